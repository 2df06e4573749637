// The verbs that look after the running world: up, down, status, logs, reset.
import { existsSync, rmSync, statSync, openSync, readSync, closeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Explained } from '../packages/engines/src/index.js'
import { bringUp } from './bring-up.js'
import { originOf, wipeDockerEngines } from './engines.js'
import { releaseBlock } from './port-blocks.js'
import { pidOf, stateOf } from './processes.js'
import { lastLines } from './progress.js'
import { openSession, withLock } from './session.js'
import { stopParts } from './stopping.js'
import { engineNames, gatewayUrl, isUsual, paths, readWorld, serviceNames, stateDir } from './world.js'

const all = [...engineNames, ...serviceNames]
const say = (text) => process.stdout.write(`${text}\n`)

/** Starts everything and leaves it running. */
export const up = async ({ verbose, engines = false }) => {
  const session = openSession({ verbose })
  const { world, already } = await bringUp(session, { services: engines ? [] : serviceNames })
  if (engines) return 0
  say(
    already
      ? `Everything is running already; the gateway is at ${gatewayUrl(world)}`
      : `The gateway is at ${gatewayUrl(world)}`,
  )
  say('`./triflow status` shows the parts, `./triflow down` stops them.')
  return 0
}

/** Stops everything, data kept. */
export const down = async ({ verbose }) => {
  const session = openSession({ verbose })
  const stopped = await withLock(session, () => session.progress.step('stopping', () => stopParts(session.state, all)))
  const killed = stopped.filter(({ outcome }) => outcome === 'killed').map(({ name }) => name)
  if (killed.length > 0)
    session.progress.note(`Had to be killed because they did not stop in time: ${killed.join(', ')}.`)
  say(
    stopped.length === 0
      ? 'Nothing was running.'
      : `Stopped ${stopped.map(({ name }) => name).join(', ')}; the data are kept.`,
  )
  return 0
}

/** Stops everything and deletes what it stored. */
export const reset = async ({ verbose }) => {
  const session = openSession({ verbose })
  await withLock(session, async () => {
    const world = readWorld(session.state)
    await stopParts(session.state, all)
    if (world) await wipeDockerEngines(world)
    const { data, logs, keys, compiled, world: worldFile } = paths(session.state)
    for (const part of [data, logs, keys, worldFile]) rmSync(part, { recursive: true, force: true })
    // It belongs to the checkout: a private world that is opened anew would have all others compile again.
    if (isUsual(session.state)) rmSync(compiled, { recursive: true, force: true })
    releaseBlock(session.state)
  })
  say('Stopped everything and deleted its data, logs and keys; the next start begins with an empty world.')
  return 0
}

/** One line for each part; the exit code says whether all are ready. */
export const status = async () => {
  const world = readWorld()
  if (!world) {
    say('Nothing has been started in this checkout yet.')
    return 1
  }
  let ready = 0
  for (const name of all) {
    const state = await stateOf(name, { world })
    if (state === 'ready') ready++
    const part = world.engines[name] ?? world.services[name]
    const ports = Object.entries(part.ports).map(([kind, port]) => `${kind} ${port}`)
    const pid = pidOf(name, { world })
    say(
      [
        name.padEnd(13),
        state.padEnd(9),
        (pid ? `pid ${pid}` : part.mode ? originOf(part) : '').padEnd(15),
        ports.join('  '),
      ].join(' '),
    )
  }
  say(ready === all.length ? `All ready; the gateway is at ${gatewayUrl(world)}` : `${ready} of ${all.length} ready.`)
  return ready === all.length ? 0 : 1
}

/** Shows the end of one log, or a little of each; with --follow goes on. */
export const logs = async ({ follow = false, lines = '60' }, [name]) => {
  if (name && !all.includes(name))
    throw new Explained(`There is no ${name}.`, { remedy: `Choose one of ${all.join(', ')}.` })
  const chosen = name ? [name] : all
  const ends = new Map()
  for (const one of chosen) {
    const file = paths(stateDir()).log(one)
    ends.set(one, existsSync(file) ? statSync(file).size : 0)
    const shown = lastLines(file, name ? Number(lines) : 8)
    if (!name) say(`── ${one} (${file})`)
    if (shown.length > 0) say(shown.join('\n'))
    else if (name) say(`${one} has not written a log yet.`)
  }
  while (follow) {
    await sleep(300)
    for (const one of chosen) ends.set(one, copyFrom(paths(stateDir()).log(one), ends.get(one)))
  }
  return 0
}

const copyFrom = (file, from) => {
  const size = existsSync(file) ? statSync(file).size : 0
  if (size <= from) return size
  const bytes = Buffer.alloc(size - from)
  const source = openSync(file, 'r')
  try {
    readSync(source, bytes, 0, bytes.length, from)
  } finally {
    closeSync(source)
  }
  process.stdout.write(bytes)
  return size
}
