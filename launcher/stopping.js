// Stops parts of a world in the order that loses nothing: the door first, then the services, the engines last.
import { stopSupervised } from '../packages/engines/src/index.js'
import { haltEngine } from './engines.js'
import { engineNames, paths, readWorld, serviceNames } from './world.js'

const SERVICE_GRACE_MS = 10_000
const ENGINE_GRACE_MS = 20_000

/**
 * Stops the named parts, each group at once.
 * @returns {Promise<{ name: string, outcome: import('./processes.d.ts').StopOutcome }[]>} those that were running
 */
export const stopParts = async (state, names) => {
  const world = readWorld(state)
  const at = paths(state)
  const stop = async (name) => {
    const outcome =
      engineNames.includes(name) && world
        ? await haltEngine(world, name, { graceMs: ENGINE_GRACE_MS })
        : await stopSupervised(at.pid(name), { graceMs: SERVICE_GRACE_MS })
    return { name, outcome }
  }
  const door = ['gateway']
  const inner = serviceNames.filter((name) => !door.includes(name))
  const outcomes = []
  // Whoever still holds work finds the others and the engines alive while it finishes.
  for (const group of [door, inner, engineNames]) {
    outcomes.push(...(await Promise.all(group.filter((name) => names.includes(name)).map(stop))))
  }
  return outcomes.filter(({ outcome }) => outcome !== 'absent')
}
