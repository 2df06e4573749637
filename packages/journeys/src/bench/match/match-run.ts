/** One contender's run over the kept backlog: started on data that nobody has touched, watched, brought to rest, judged. */
import { decodeMessage, header } from '@triflow/contracts'
import { headerText, type Log, type LogRecord } from '@triflow/desk'
import type { BenchWorld } from '../bench-world.ts'
import type { Running } from '../child.ts'
import { readAll } from '../topic-reading.ts'
import { highOf, watchRun, type WatchedRun } from '../watched-run.ts'
import type { Contender } from './contenders.ts'
import { tellLanes, tellShare, type LaneWords, type ShareWords } from './expected.ts'
import { matchGate } from './match-gate.ts'
import type { MatchPlan, Oddities } from './workload.ts'

export interface Workload {
  readonly plan: MatchPlan
  readonly odd: Oddities
  readonly events: number
  /** Orders that can be matched. */
  readonly matched: number
  /** Sum over all events of the checksum of what they carry, whatever their order. */
  readonly sum: number
}

/**
 * `onTold` hears how many records have been told so far. What is done `afterwards`, with the backlog behind it, may tell
 * more orders: it resolves with how many there are then, all of which are judged.
 */
export const runContender = async (
  world: BenchWorld,
  contender: Contender,
  workload: Workload,
  onTold: (told: number) => void,
  afterwards: (running: Running, run: WatchedRun) => Promise<number> = async () => workload.plan.orders,
): Promise<{ run: WatchedRun; wrong: readonly string[] }> => {
  await world.putBack()
  const { log } = world
  const alsoTells = [...contender.alsoTells, ...(contender.shares ? [contender.shares] : [])]
  const watch = await watchRun(world, { name: contender.name, out: contender.out, alsoTells })
  const running = await contender.start(world)
  try {
    await watch.untilDone(running, (told) => isDone(log, contender, workload, told), onTold)
    const run = watch.figures(running, workload.events)
    const orders = await afterwards(running, run)
    await running.stop()
    const all = { ...workload, plan: { ...workload.plan, orders } }
    const wrong = contender.decides
      ? await judge(log, contender, all)
      : await compareWithHeard(log, contender, workload)
    return { run, wrong }
  } finally {
    await running.stop()
  }
}

/** A pause is not the end: desks that are taken over anew tell nothing for a while. */
const isDone = async (
  log: Log,
  { shares }: Contender,
  { events, matched }: Workload,
  told: number,
): Promise<boolean> => (shares ? (await highOf(log, [shares])) >= matched : told >= events)

const judge = async (log: Log, contender: Contender, { plan, odd }: Workload): Promise<readonly string[]> => {
  const gate = matchGate(plan, odd)
  const strange: string[] = []
  await readAll(log, contender.out, (record) => {
    const type = headerText(record, header.type)
    const fact = (): unknown => decodeMessage(type, record.value!)
    if (type.endsWith('.ShareMatched')) {
      const share = fact() as ShareWords & { orderId: string }
      gate.share(share.orderId, tellShare(share))
    } else if (type.endsWith('.TradeProgressed')) {
      const lanes = fact() as LaneWords & { orderId: string }
      gate.lanes(lanes.orderId, tellLanes(lanes))
    } else strange.push(`a ${type || 'record without a type'} stands among the decisions`)
  })
  for (const topic of contender.alsoTells.filter((name) => name.endsWith('.dead-letters'))) {
    const dead = await highOf(log, [topic])
    if (dead > 0) strange.push(`${dead} records could not be taken and are in ${topic}`)
  }
  return [...strange, ...gate.wrong()]
}

/** What has no logic tells everything that it heard, once. */
const compareWithHeard = async (
  log: Log,
  contender: Contender,
  { events, sum }: Workload,
): Promise<readonly string[]> => {
  let told = 0
  let toldSum = 0
  await readAll(log, contender.out, (record) => {
    told += 1
    toldSum = addTo(toldSum, record.headers)
  })
  const wrong: string[] = []
  if (told !== events) wrong.push(`${told} records were told instead of ${events}`)
  if (toldSum !== sum) wrong.push('what was told is not what was heard')
  return wrong
}

/** Adds a record's own checksum, which covers all that is believed of it; the order of adding does not matter. */
export const addTo = (sum: number, headers: LogRecord['headers']): number =>
  (sum + parseInt(Buffer.from(headers[header.checksum]!).toString('latin1'), 16)) % 2 ** 32
