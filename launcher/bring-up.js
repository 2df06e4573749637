// Brings a world up: tools and packages, then engines and services side by side, and takes back what it began if that fails.
import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { livingProcess, prepareEngines } from '../packages/engines/src/index.js'
import { chooseEngines, engineRuns, launchEngine, originOf } from './engines.js'
import { checkServicesExist, startService, stateOf } from './processes.js'
import { abandon, inBackground, stillWanted, withLock } from './session.js'
import { stopParts } from './stopping.js'
import { generateCode, installPackages, prepareToolchain } from './toolchain.js'
import { engineNames, movedPorts, paths, planWorld, readWorld, serviceNames, writeWorld } from './world.js'

/** Node and pnpm, packages, generated contracts. Safe to repeat; costs next to nothing when nothing changed. */
export const prepareCode = async (session, { alsoBeside } = {}) => {
  const { progress, verbose } = session
  const tools = await progress.step('toolchain', () => prepareToolchain({ verbose }))
  stillWanted(session)
  const beside = alsoBeside && inBackground(session, alsoBeside(tools))
  await progress.step('packages', () => installPackages(tools, { verbose }))
  stillWanted(session)
  await progress.step('contracts', () => generateCode(tools, { verbose }))
  stillWanted(session)
  return { tools, beside }
}

/**
 * Makes sure that the engines and these services run.
 * @returns {Promise<{ world: import('./processes.d.ts').World, already: boolean }>}
 */
export const bringUp = (session, { services = serviceNames } = {}) =>
  withLock(session, async () => {
    checkServicesExist()
    noteStalePids(session)
    const running = await runningWorld(session.state, services)
    if (running) {
      await prepareCode(session)
      return { world: running, already: true }
    }
    try {
      return { world: await startAll(session, services), already: false }
    } catch (error) {
      await abandon(session)
      throw error
    }
  })

const startAll = async (session, names) => {
  const { progress } = session
  let world
  // Maven fetches and Kafka rehearses while pnpm installs; the services wait for neither to be up, only to be there.
  const { beside: engines } = await prepareCode(session, {
    alsoBeside: async (tools) => {
      world = await planFresh(session, tools.node)
      await prepareLocalEngines(session, world)
      stillWanted(session)
      return { up: inBackground(session, startEngines(session, world)) }
    },
  })
  const { up } = await engines
  stillWanted(session)
  if (names.length === 0) {
    await up
    return world
  }
  const services = progress.step('services', async () => {
    await Promise.all(
      names.map((name) => {
        stillWanted(session)
        if (!livingProcess(paths(session.state).pid(name))) session.started.add(name)
        return startService(name, { world })
      }),
    )
    return `services: ${names.join(', ')}`
  })
  await Promise.all([up, inBackground(session, services)])
  return world
}

/** Chooses engines and ports and remembers them; what runs on ports that had to move is stopped first. */
export const planFresh = async (session, node) => {
  const modes = await chooseEngines(session.state)
  const before = readWorld(session.state)
  let world = await planWorld({ node, modes, state: session.state })
  const living = serviceNames.filter((name) => livingProcess(paths(session.state).pid(name)))
  const sameDoors = (one, other) =>
    JSON.stringify([one?.engines, one?.services]) === JSON.stringify([other.engines, other.services])
  if (living.length > 0 && !sameDoors(before, world)) {
    session.progress.note('Some services run with addresses that no longer hold; they are started again.')
    await stopParts(session.state, living)
    world = await planWorld({ node, modes, state: session.state })
  }
  for (const sentence of movedPorts(world)) session.progress.note(sentence)
  writeWorld(world)
  return world
}

/** Java archives and our store, if any engine of this world is local. */
export const prepareLocalEngines = async ({ progress }, world) => {
  if (!Object.values(world.engines).some(({ mode }) => mode === 'local')) return
  const at = paths(world.state)
  await progress.step('local engines', () =>
    prepareEngines({ home: at.engines, logFile: at.setupLog, note: progress.note }),
  )
}

/** Starts both engines side by side and records which of them are this run's to stop. */
export const startEngines = async (session, world) => {
  const { progress } = session
  await Promise.all(
    engineNames.map((name) =>
      progress.step(name, async () => {
        stillWanted(session)
        const { mode, address } = world.engines[name]
        if (mode !== 'given' && !(await engineRuns(world, name))) session.started.add(name)
        await launchEngine(world, name, { note: progress.note })
        return `${name} (${originOf({ mode })}) at ${address.replace(/\/\/[^@/]*@/, '//…@')}`
      }),
    ),
  )
}

const runningWorld = async (state, services) => {
  const world = readWorld(state)
  if (!world) return undefined
  const states = await Promise.all([...engineNames, ...services].map((name) => stateOf(name, { world })))
  return states.every((one) => one === 'ready') ? world : undefined
}

const noteStalePids = ({ state, progress }) => {
  const { run } = paths(state)
  if (!existsSync(run)) return
  const stale = readdirSync(run)
    .filter((file) => file.endsWith('.pid') && !livingProcess(join(run, file)))
    .map((file) => basename(file, '.pid'))
  if (stale.length > 0)
    progress.note(`Left over from a run that did not end cleanly, and ignored: ${stale.join(', ')}.`)
}
