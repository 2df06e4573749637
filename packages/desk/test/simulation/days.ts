/** Runs one day of the town from a seed to its rest: calm, with one step struck, or with everything going wrong at random. */
import type { FaultRates } from '../../src/memory/faults.ts'
import { createRandom } from '../../src/memory/random.ts'
import type { Step, Verdict } from '../../src/memory/world.ts'
import { proofsOf } from './proofs.ts'
import { openTown, type Town, type Wish } from './town.ts'
import { longDay, shortDay } from './wishes.ts'

export interface Day {
  readonly town: Town
  readonly steps: readonly Step[]
  /** Empty when all is well. */
  readonly faults: readonly string[]
}

/** Nothing was written anywhere for so long that nothing is under way: longer than a session and every pause of a retry. */
const restMs = 15_000

const budget = 60_000

/** Resolves when nothing has been written for a while. */
export const toRest = async (town: Town): Promise<boolean> => {
  const { world, engines } = town
  let size = -1
  let since = world.now()
  const isResting = (): boolean => {
    const now = engines.broker.topics.appended() + engines.database.journal.size + town.nodes.length
    if (now !== size) {
      size = now
      since = world.now()
    }
    return world.now() - since > restMs
  }
  return (await world.run(isResting, budget)) !== 'spent'
}

const finish = async (
  town: Town,
  wishes: readonly Wish[],
  steps: readonly Step[],
  asked: () => boolean,
): Promise<Day> => {
  const rested = await toRest(town)
  const faults = rested ? [] : ['the town never comes to rest']
  if (!asked()) faults.push('the door could not log everything')
  town.world.setJudge(() => undefined)
  return { town, steps, faults: [...faults, ...(await proofsOf(town, wishes))] }
}

/** Asks for everything in turn, in bursts with pauses of up to so long between them; tells whether all of it is logged. */
export const askAll = (town: Town, wishes: readonly Wish[], pauseMs = 0): (() => boolean) => {
  let asked = 0
  const { clock } = town.world.process('people')
  void (async () => {
    for (const wish of wishes) {
      await town.ask(wish)
      asked++
      if (pauseMs > 0 && town.world.random() < 0.4) await clock.sleep(Math.floor(town.world.random() * pauseMs))
    }
  })()
  return () => asked === wishes.length
}

const answers: readonly Verdict[] = ['error', 'unknown-done', 'unknown-late']

/**
 * What may befall a step: its process dies with it; a request may also fail, lose its answer or come late. A short test
 * run takes one of these three for each request, in turn, and leaves dying after it to the step that brings its answer.
 */
export const verdictsFor = (step: Step, thorough: boolean): readonly Verdict[] => {
  if (step.kind !== 'request') return ['crash-before']
  return thorough ? ['crash-before', 'crash-after', ...answers] : [answers[step.index % answers.length]!]
}

/** Steps of the nodes; the door and the cluster itself do not die here. */
export const isNodes = (step: Step): boolean => step.process.startsWith('node')

export interface Strike {
  readonly at: number
  readonly verdict: Verdict
}

/** The short day with at most one step struck. A node that dies is replaced at once, by one that knows nothing. */
export const quietDay = async (seed: number, strike?: Strike, traced = false): Promise<Day> => {
  const town = openTown(seed, { traced })
  const steps: Step[] = []
  town.world.setJudge((step) => {
    steps.push(step)
    return step.index === strike?.at ? strike.verdict : undefined
  })
  const open = (): void => void town.openNode().onKill(open)
  open()
  return finish(town, shortDay, steps, askAll(town, shortDay))
}

/** How often each thing goes wrong on a wild day, at most; each day has its own mixture. */
const wildest: FaultRates = {
  'call.error': 0.06,
  'call.unknownDone': 0.06,
  'call.unknownLate': 0.04,
  'call.slow': 0.03,
  'log.unsent': 0.1,
  'log.lateDelivery': 0.8,
  'log.rewind': 0.8,
  'log.jump': 0.5,
  'log.corrupt': 0.03,
  'log.slowPartition': 0.03,
  'log.announced': 0.5,
  'store.staleEntries': 0.1,
  'replies.lost': 0.2,
}

const mixture = (random: () => number): FaultRates =>
  Object.fromEntries(Object.entries(wildest).map(([name, most]) => [name, random() < 0.5 ? 0 : most * random()]))

/** One in so many steps something happens to a node. */
const mishapEvery = 60

/** A long day, two nodes that share the desks, and every fault at random; then calm, and what must hold then. */
export const wildDay = async (
  seed: number,
  traced = false,
  spoil: (town: Town) => unknown = () => undefined,
): Promise<Day> => {
  const random = createRandom(seed ^ 0xda7)
  const wishes = longDay(seed, 40)
  const town = openTown(seed, { faults: mixture(random), traced })
  spoil(town)
  const { world } = town
  const nodeAtRandom = () => town.nodes[town.nodes.length - 1 - Math.floor(random() * 2)]!
  let calm = false
  const open = (): void => {
    town.openNode().onKill(() => world.cluster.turn('start a node', open, calm ? 0 : Math.floor(random() * 4000)))
  }
  open()
  open()
  const mishap = (): void => {
    const node = nodeAtRandom()
    const dice = random()
    if (dice < 0.4) return node.kill()
    if (dice < 0.7) {
      node.freeze()
      return world.cluster.turn('thaw', () => node.thaw(), Math.floor(random() * 15_000))
    }
    if (dice < 0.85)
      return town.engines.broker.rebalance(`triflow.${['payment.account', 'payment.ledger'][Math.floor(random() * 2)]}`)
    world.skew(node, Math.floor((random() - 0.5) * 10_000))
  }
  world.setJudge(() => {
    if (!calm && random() < 1 / mishapEvery) mishap()
    return undefined
  })
  const asked = askAll(town, wishes, 4000)
  await world.run(asked, 3000 + Math.floor(random() * 2000))
  calm = true
  world.setFaults({})
  for (const node of town.nodes) node.thaw()
  return finish(town, wishes, [], asked)
}

/** A town at rest after a short day, whose only node has gone. */
export const afterTheDay = async (): Promise<Town> => {
  const town = openTown(1)
  const node = town.openNode()
  askAll(town, shortDay)
  await toRest(town)
  node.kill()
  return town
}
