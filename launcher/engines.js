// Decides where Kafka and the store come from, and starts and stops them there: given by address, in Docker, or local Java.
import { createHash } from 'node:crypto'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  Explained,
  accepts,
  livingProcess,
  startKafka,
  startMongo,
  stopSupervised,
  waitUntil,
} from '../packages/engines/src/index.js'
import { engineNames, isUsual, paths, readWorld, root } from './world.js'

const run = promisify(execFile)
const givenBy = { kafka: 'TRIFLOW_KAFKA_BROKERS', mongo: 'TRIFLOW_MONGO_URL' }
const title = { kafka: 'Kafka', mongo: 'the store' }

/**
 * Where each engine comes from: an address in the environment, else Docker if it runs, else local Java.
 * TRIFLOW_ENGINES=local or =docker settles it by hand; an engine that runs already stays where it is.
 */
export const chooseEngines = async (state, { env = process.env } = {}) => {
  const before = readWorld(state)
  const choose = async (name) => {
    const address = env[givenBy[name]]
    if (address) return { mode: 'given', address }
    if (before && livingProcess(paths(state).pid(name))) return { mode: 'local' }
    if (env.TRIFLOW_ENGINES === 'local') return { mode: 'local' }
    return { mode: env.TRIFLOW_ENGINES === 'docker' || (await dockerRuns()) ? 'docker' : 'local' }
  }
  return { kafka: await choose('kafka'), mongo: await choose('mongo') }
}

/**
 * Starts one engine of the world if it is not running; resolves once it serves clients.
 * @param {import('./processes.d.ts').World} world
 */
export const launchEngine = async (world, name, { note = () => {} } = {}) => {
  const engine = world.engines[name]
  if (engine.mode === 'given') return checkGiven(name, engine.address)
  if (engine.mode === 'docker') {
    await createContainers(world)
    return compose(world, 'up', '-d', '--wait', name)
  }
  const at = paths(world.state)
  const jvm = process.env.TRIFLOW_ENGINES_JVM === 'steady' ? 'steady' : 'quick'
  const files = { home: at.engines, dataDir: join(at.data, name), logFile: at.log(name), pidFile: at.pid(name) }
  const common = { ...files, jvm, note }
  if (name === 'mongo') return startMongo({ ...common, port: engine.ports.store })
  return startKafka({ ...common, port: engine.ports.broker, controllerPort: engine.ports.controller })
}

/** Stops one engine; a given one is not ours to stop. */
export const haltEngine = async (world, name, { signal = 'SIGTERM', graceMs = 20_000 } = {}) => {
  const { mode } = world.engines[name]
  if (mode === 'given') return 'absent'
  if (mode === 'docker') {
    await (signal === 'SIGTERM' ? compose(world, 'stop', name) : compose(world, 'kill', '-s', signal, name))
    return 'stopped'
  }
  return stopSupervised(paths(world.state).pid(name), { signal, graceMs })
}

/** Whether the engine serves clients now. */
export const engineRuns = async (world, name) => {
  const { mode, address, ports } = world.engines[name]
  if (mode === 'given') return reachable(address)
  if (mode === 'local') return livingProcess(paths(world.state).pid(name)) !== undefined
  const { stdout } = await compose(world, 'ps', '--status', 'running', '-q', name).catch(() => ({ stdout: '' }))
  return stdout.trim() !== '' && accepts(Object.values(ports)[0])
}

/** Removes containers and their volumes; local data are files and removed with the folder. */
export const wipeDockerEngines = async (world) => {
  if (Object.values(world.engines).some(({ mode }) => mode === 'docker')) await compose(world, 'down', '-v')
}

/** One word for status and progress lines. */
export const originOf = ({ mode }) => ({ given: 'given by address', docker: 'Docker', local: 'local' })[mode]

const dockerRuns = () =>
  run('docker', ['info'], { timeout: 8_000 }).then(
    () => true,
    () => false,
  )

const compose = async (world, ...args) => {
  const { kafka, mongo } = world.engines
  const env = {
    ...process.env,
    ...(kafka.ports.broker ? { TRIFLOW_KAFKA_PORT: String(kafka.ports.broker) } : {}),
    ...(mongo.ports.store ? { TRIFLOW_MONGO_PORT: String(mongo.ports.store) } : {}),
  }
  // Worlds of one checkout must not share containers: the tests' world is a project of its own.
  const project = isUsual(world.state) ? 'triflow' : `triflow-${shortHash(world.state)}`
  try {
    return await run('docker', ['compose', '-p', project, ...args], { cwd: root, env, timeout: 600_000 })
  } catch (cause) {
    throw new Explained(
      `docker compose ${args[0]} failed: ${String(cause.stderr ?? cause)
        .trim()
        .split('\n')
        .at(-1)}`,
      {
        remedy: 'Repair Docker, or set TRIFLOW_ENGINES=local to use Java instead.',
        cause,
      },
    )
  }
}

let creating
/** Once, for all engines in Docker: two compose commands at a time would both make the project's network. */
const createContainers = (world) =>
  (creating ??= compose(
    world,
    'up',
    '--no-start',
    ...engineNames.filter((name) => world.engines[name].mode === 'docker'),
  ))

const checkGiven = async (name, address) => {
  if (await waitUntil(() => reachable(address), 15_000, 500)) return
  throw new Explained(`${givenBy[name]} says ${withoutPassword(address)}, but nothing answers there.`, {
    remedy: `Start it, or unset ${givenBy[name]} so that ${title[name]} is started for you.`,
  })
}

/** True if one of the hosts in a broker list or connection string accepts connections. */
const reachable = async (address) => {
  const hosts = address
    .replace(/^mongodb(\+srv)?:\/\//, '')
    .replace(/^.*@/, '')
    .split('/')[0]
    .split(',')
  if (address.startsWith('mongodb+srv:')) return true // only the driver can resolve it
  for (const host of hosts) {
    const [, name, port] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(host.trim())
    if (await accepts(Number(port ?? (address.startsWith('mongodb') ? 27017 : 9092)), name)) return true
  }
  return false
}

const withoutPassword = (address) => address.replace(/\/\/[^@/]*@/, '//…@')

const shortHash = (text) => createHash('sha256').update(text).digest('hex').slice(0, 8)
