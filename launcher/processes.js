// Starts, stops and kills each part of a world by name, from the launcher or from any other process (chaos runs do).
import { existsSync, mkdirSync } from 'node:fs'
import {
  Explained,
  claimPorts,
  isAlive,
  livingProcess,
  spawnSupervised,
  stopSupervised,
  waitUntil,
} from '../packages/engines/src/index.js'
import { engineRuns, haltEngine, launchEngine } from './engines.js'
import { adminUrl, engineNames, nodeOptions, paths, readWorld, root, serviceEnv, serviceNames } from './world.js'

export { engineNames, gatewayUrl, nodeOptions, readWorld, serviceNames } from './world.js'

const READY_MS = 60_000

/** Starts a service with the world's ports and environment if it is not running, and waits until it is ready. */
export const startService = async (name, { world = worldOrExplain(), wait = true, timeoutMs = READY_MS } = {}) => {
  known(name, serviceNames)
  const at = paths(world.state)
  let record = livingProcess(at.pid(name))
  if (!record) {
    if (!existsSync(at.main(name))) throw missing([name])
    await claimPorts(name, Object.values(world.services[name].ports))
    mkdirSync(at.keys, { recursive: true })
    record = spawnSupervised({
      name,
      command: world.node,
      args: [...nodeOptions, at.main(name)],
      cwd: root,
      env: serviceEnv(world, name),
      logFile: at.log(name),
      pidFile: at.pid(name),
    })
  }
  if (wait) await waitUntilReady(name, { world, timeoutMs })
  return { pid: record.pid, adminUrl: adminUrl(world, name) }
}

/** Stops a service: SIGTERM lets it finish what it holds, SIGKILL is the crash a chaos run wants. */
export const stopService = async (name, { world = worldOrExplain(), signal = 'SIGTERM', graceMs = 10_000 } = {}) => {
  known(name, serviceNames)
  return stopSupervised(paths(world.state).pid(name), { signal, graceMs })
}

/** Resolves when the service says it is ready, and explains if it ends or takes too long. */
export const waitUntilReady = async (name, { world = worldOrExplain(), timeoutMs = READY_MS } = {}) => {
  const log = paths(world.state).log(name)
  const record = livingProcess(paths(world.state).pid(name))
  const ready = await waitUntil(
    // Alive is asked after the answer: another program on the same port must not pass for a service that died.
    async () => !record || ((await answersReady(world, name)) && isAlive(record)) || !isAlive(record),
    timeoutMs,
    50,
  )
  if (!record || !isAlive(record)) {
    throw new Explained(`The ${name} service ended while it was starting.`, { remedy: 'Its last lines say why.', log })
  }
  if (!ready) {
    throw new Explained(`The ${name} service was not ready within ${Math.round(timeoutMs / 1000)} s.`, {
      remedy: 'Its last lines may say what it waits for.',
      log,
    })
  }
}

/** Starts Kafka or the store on the world's port and data if it is not running. */
export const startEngine = async (name, { world = worldOrExplain(), note } = {}) => {
  known(name, engineNames)
  await launchEngine(world, name, { note })
}

/** Stops Kafka or the store; with SIGKILL as a crash would. */
export const stopEngine = async (name, { world = worldOrExplain(), signal, graceMs } = {}) => {
  known(name, engineNames)
  if (world.engines[name].mode === 'given') {
    throw new Explained(`${name} was given by address, so it is not ours to stop.`, {
      remedy: 'Run this on local or Docker engines.',
    })
  }
  return haltEngine(world, name, { signal, graceMs })
}

/** The process id of a running service or local engine, for signals such as SIGSTOP. */
export const pidOf = (name, { world = worldOrExplain() } = {}) => livingProcess(paths(world.state).pid(name))?.pid

/** What runs: `ready`, `starting` (alive, not yet ready) or `stopped`. */
export const stateOf = async (name, { world = worldOrExplain() } = {}) => {
  if (engineNames.includes(name)) return (await engineRuns(world, name)) ? 'ready' : 'stopped'
  if (!livingProcess(paths(world.state).pid(name))) return 'stopped'
  return (await answersReady(world, name)) ? 'ready' : 'starting'
}

/** Fails with one sentence if this checkout lacks a service, before anything is started. */
export const checkServicesExist = () => {
  const absent = serviceNames.filter((name) => !existsSync(paths().main(name)))
  if (absent.length > 0) throw missing(absent)
}

const missing = (names) =>
  new Explained(
    `This checkout has no ${names.map((name) => `services/${name}/src/main.ts`).join(', ')}, so the system cannot start.`,
    {
      remedy: 'Check out the whole repository.',
    },
  )

const answersReady = async (world, name) => {
  try {
    const answer = await fetch(`${adminUrl(world, name)}/readyz`, { signal: AbortSignal.timeout(2_000) })
    await answer.arrayBuffer()
    return answer.ok
  } catch {
    return false
  }
}

const worldOrExplain = () => {
  const world = readWorld()
  if (!world)
    throw new Explained('Nothing has been started in this checkout yet.', { remedy: 'Run `./triflow up` first.' })
  return world
}

const known = (name, names) => {
  if (!names.includes(name)) {
    throw new Explained(`There is no ${name}.`, { remedy: `Choose one of ${names.join(', ')}.` })
  }
}
