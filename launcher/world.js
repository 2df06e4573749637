// The one table of ports, addresses and variables; everything started on this machine gets its surroundings from here.
import { codeVersion } from './code-version.js'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { arePortsFree, livingProcess, nextFreePort, writeWhole } from '../packages/engines/src/index.js'
import { BLOCK_PORTS, reserveBlock } from './port-blocks.js'

/** The checkout that this launcher belongs to. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Services in the order they are started; the gateway comes last because it is the door to all others. */
export const serviceNames = [
  'party',
  'order',
  'logistics',
  'financing',
  'payment',
  'webhook',
  'sandbox-bank',
  'gateway',
]

/** Engines in the order they are started. */
export const engineNames = ['kafka', 'mongo']

const usualPorts = {
  party: { grpc: 7101, admin: 7201 },
  order: { grpc: 7102, admin: 7202 },
  logistics: { grpc: 7103, admin: 7203 },
  financing: { grpc: 7104, admin: 7204 },
  payment: { grpc: 7105, admin: 7205 },
  'sandbox-bank': { grpc: 7106, admin: 7206 },
  webhook: { grpc: 7107, admin: 7207 },
  gateway: { grpc: 7100, admin: 7200, http: 8080 },
  kafka: { broker: 9092, controller: 9093 },
  mongo: { store: 27017 },
}

/** The usual world of this checkout; every other is private, as the tests' is. */
export const isUsual = (state) => state === join(root, '.triflow')

/** Where a world keeps its data, logs and pid files: `.triflow`, or what TRIFLOW_STATE_DIR names (the tests' own). */
export const stateDir = () => resolve(root, process.env.TRIFLOW_STATE_DIR ?? '.triflow')

/** Every path the launcher uses; toolchain and engine archives are shared by all worlds of a checkout. */
export const paths = (state = stateDir()) => ({
  state,
  toolchain: join(root, '.triflow', 'toolchain'),
  engines: join(root, '.triflow', 'engines'),
  stamps: join(root, '.triflow', 'stamps'),
  compiled: join(root, '.triflow', 'compiled'),
  world: join(state, 'run', 'world.json'),
  lock: join(state, 'run', 'lock'),
  run: join(state, 'run'),
  data: join(state, 'data'),
  anchors: join(state, 'data', 'anchors'),
  logs: join(state, 'logs'),
  keys: join(state, 'keys'),
  setupLog: join(state, 'logs', 'setup.log'),
  pid: (name) => join(state, 'run', `${name}.pid`),
  log: (name) => join(state, 'logs', `${name}.log`),
  main: (name) => join(root, 'services', name, 'src', 'main.ts'),
})

/** The world that was last planned here, or undefined if there is none or its file is unreadable. */
export const readWorld = (state = stateDir()) => {
  const file = paths(state).world
  if (!existsSync(file)) return undefined
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

/** Remembers the world for every later command and for whoever restarts a part of it. */
export const writeWorld = (world) => writeWhole(paths(world.state).world, `${JSON.stringify(world, null, 2)}\n`)

/**
 * Chooses ports: what lives keeps its own, the rest gets the preferred one or, where a stranger sits, the next free.
 * The usual world prefers the usual ports; a private one has a block of its own and never leaves it.
 * @param {{ node: string, modes: { kafka: import('./processes.d.ts').EngineMode, mongo: import('./processes.d.ts').EngineMode }, state?: string }} plan
 */
export const planWorld = async ({ node, modes, state = stateDir() }) => {
  const before = readWorld(state)
  const { preferred, end } = isUsual(state) ? { preferred: usualPorts, end: 65_536 } : await privatePorts(state)
  const taken = new Set()
  const reserved = new Set(portsIn(preferred))
  const alive = (name) => livingProcess(paths(state).pid(name)) !== undefined
  const kept = (name) => (before && alive(name) ? (before.services[name] ?? before.engines[name])?.ports : undefined)
  for (const name of [...engineNames, ...serviceNames])
    Object.values(kept(name) ?? {}).forEach((port) => taken.add(port))

  const portsOf = async (name) => {
    if (kept(name)) return kept(name)
    const ports = {}
    for (const [kind, port] of Object.entries(preferred[name])) {
      ports[kind] = await nextFreePort(port, taken, reserved, end)
    }
    return ports
  }

  const engines = {}
  for (const name of engineNames) {
    const same = before?.engines[name]
    // A container's port is taken by the container itself, which is not a stranger.
    const ports = modes[name].mode === 'docker' && same?.mode === 'docker' ? same.ports : await portsOf(name)
    engines[name] = modes[name].mode === 'given' ? { ...modes[name], ports: {} } : { ...modes[name], ports }
  }
  engines.kafka.address ??= `127.0.0.1:${engines.kafka.ports.broker}`
  engines.mongo.address ??= mongoUrl(engines.mongo)
  const services = {}
  for (const name of serviceNames) services[name] = { ports: await portsOf(name) }
  return { version: 1, state, node, engines, services }
}

const privatePorts = async (state) => {
  const first = await reserveBlock(state, { usable: (port) => arePortsFree(portsIn(rowFrom(port))) })
  return { preferred: rowFrom(first), end: first + BLOCK_PORTS }
}

/** As many ports as the usual world has, one after the other. */
const rowFrom = (first) => {
  let next = first
  const renumbered = (ports) => Object.fromEntries(Object.keys(ports).map((kind) => [kind, next++]))
  return Object.fromEntries(Object.entries(usualPorts).map(([name, ports]) => [name, renumbered(ports)]))
}

const portsIn = (table) => Object.values(table).flatMap((ports) => Object.values(ports))

/** Sentences about every port that is not the usual one, so that nobody waits at the wrong door. */
export const movedPorts = (world) =>
  Object.entries({ ...world.engines, ...world.services }).flatMap(([name, { mode, ports }]) =>
    mode === 'given'
      ? []
      : Object.entries(ports)
          .filter(([kind, port]) => isUsual(world.state) && port !== usualPorts[name][kind])
          .map(
            ([kind, port]) =>
              `Port ${usualPorts[name][kind]} is in use by another program, so ${name} (${kind}) takes ${port}.`,
          ),
  )

/** A world that an older checkout planned has fewer until it is started again. */
const servicesIn = (world) => serviceNames.filter((name) => world.services[name])

/** What every process of this world is told: engines, peers, keys, and what the developer set from outside. */
export const sharedEnv = (world) => {
  const { TRIFLOW_DESKS = '4', TRIFLOW_LOG_LEVEL = 'info' } = process.env
  const env = {
    TRIFLOW_KAFKA_BROKERS: world.engines.kafka.address,
    TRIFLOW_MONGO_URL: world.engines.mongo.address,
    TRIFLOW_KEYS_DIR: paths(world.state).keys,
    TRIFLOW_ANCHORS_DIR: paths(world.state).anchors,
    TRIFLOW_DESKS,
    TRIFLOW_LOG_LEVEL,
    TRIFLOW_GATEWAY_URL: gatewayUrl(world),
    TRIFLOW_BANK_ACTOR: process.env.TRIFLOW_BANK_ACTOR ?? 'demo-bank,haiqing-bank',
    TRIFLOW_CODE_VERSION: process.env.TRIFLOW_CODE_VERSION ?? codeVersion(),
    KAFKAJS_NO_PARTITIONER_WARNING: '1',
    // Receivers that a developer tries are on this machine, too.
    TRIFLOW_WEBHOOK_EGRESS: process.env.TRIFLOW_WEBHOOK_EGRESS ?? 'anywhere',
  }
  for (const name of servicesIn(world)) env[`${envName(name)}_GRPC`] = `127.0.0.1:${world.services[name].ports.grpc}`
  return env
}

/**
 * The services' young objects are many and short-lived: a roomier nursery keeps them from being promoted. And most of their
 * memory is buffers, which by default call for a whole collection whenever they have grown by 64 MB, several times in
 * two seconds under load: they count as part of the heap, which may double before it is collected.
 */
export const nodeOptions = [
  '--disable-warning=ExperimentalWarning',
  '--max-semi-space-size=32',
  '--external-memory-accounted-in-global-limit',
  '--heap-growing-percent=100',
]

/** The environment of one service. */
export const serviceEnv = (world, name) => {
  const { grpc, admin, http } = world.services[name].ports
  return {
    ...process.env,
    ...sharedEnv(world),
    TRIFLOW_GRPC_PORT: String(grpc),
    TRIFLOW_ADMIN_PORT: String(admin),
    // There is one process of each service, so whoever was here before it is gone.
    TRIFLOW_MEMBER: 'only',
    // Half of what it takes to start is compiling the same modules again. For services alone: what was compiled under other
    // options of Node is thrown away, and would be by each in turn.
    NODE_COMPILE_CACHE: paths(world.state).compiled,
    ...(http === undefined ? {} : { TRIFLOW_HTTP_PORT: String(http) }),
  }
}

/** The environment of a journey: the public door, and every admin door for those who watch or break things. */
export const jobEnv = (world) => {
  const env = { ...process.env, ...sharedEnv(world), TRIFLOW_STATE_DIR: world.state }
  for (const name of servicesIn(world)) env[`${envName(name)}_ADMIN`] = adminUrl(world, name)
  return env
}

/** The address a buyer, supplier, carrier or funder talks to. */
export const gatewayUrl = (world) => `http://127.0.0.1:${world.services.gateway.ports.http}`

/** Health and metrics of one service. */
export const adminUrl = (world, name) => `http://127.0.0.1:${world.services[name].ports.admin}`

const envName = (name) => `TRIFLOW_${name.toUpperCase().replaceAll('-', '_')}`

// The container is a replica set that knows itself by a name only containers can resolve.
const mongoUrl = ({ mode, ports }) =>
  `mongodb://127.0.0.1:${ports.store}/triflow${mode === 'docker' ? '?directConnection=true' : ''}`
