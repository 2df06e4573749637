/** Judges a history of calls without the platform: what clients were told must fit together, whatever happened meanwhile. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Command } from 'commander'
import { JourneyProblem } from '../surroundings.ts'
import type { HistoryEvent, Seen, WishSaid } from './history.ts'

export interface HistoryReport {
  readonly calls: number
  readonly acknowledged: number
  readonly unknown: number
  readonly looks: number
  /** Things whose making was acknowledged. */
  readonly made: number
  /** Each as a sentence; empty when all is well. */
  readonly violations: readonly string[]
}

/** A completed or open call: its beginning and, if it had one, its end. */
interface Call {
  readonly invoke: HistoryEvent
  end?: HistoryEvent
}

const isSeen = (value: unknown): value is Seen => typeof value === 'object' && value !== null && 'id' in value

/** Ends belong to a beginning before them, once, of the same process and about the same thing. */
const pair = (events: readonly HistoryEvent[], violations: string[]): Call[] => {
  const calls = new Map<number, Call>()
  for (const event of events) {
    const known = calls.get(event.call)
    if (event.type === 'invoke') {
      if (known) violations.push(`call ${event.call} begins twice`)
      calls.set(event.call, { invoke: event })
    } else if (!known) violations.push(`call ${event.call} ends and never began`)
    else if (known.end) violations.push(`call ${event.call} ends twice`)
    else if (known.invoke.key !== event.key || known.invoke.process !== event.process)
      violations.push(`call ${event.call} begins and ends as two different calls`)
    else known.end = event
  }
  return [...calls.values()]
}

/** The same key: one content, and one outcome for all who were told one. */
const sameKeySameOutcome = (calls: readonly Call[], violations: string[]): void => {
  const told = new Map<string, { readonly outcome: string; readonly sha256: string }>()
  for (const { invoke, end } of calls) {
    if (invoke.operation !== 'wish' || !end || end.type === 'info') continue
    const outcome = JSON.stringify([end.type, end.value])
    const { sha256 } = invoke.value as WishSaid
    const before = told.get(invoke.key)
    if (!before) told.set(invoke.key, { outcome, sha256 })
    else if (before.sha256 !== sha256) violations.push(`${invoke.key} was judged with two contents`)
    else if (before.outcome !== outcome) violations.push(`${invoke.key} was answered ${before.outcome} and ${outcome}`)
  }
}

const looksOf = (calls: readonly Call[]): { call: Call; seen: readonly Seen[] }[] =>
  calls.flatMap((call) => {
    const { invoke, end } = call
    if (end?.type !== 'ok' || (invoke.operation !== 'read' && invoke.operation !== 'list')) return []
    const seen = Array.isArray(end.value) ? end.value.filter(isSeen) : isSeen(end.value) ? [end.value] : []
    return [{ call, seen }]
  })

const made = /^(order|invoice) /

/** Whatever is seen was asked for before the look ended. Failed wishes count: their ids may be another's who succeeded. */
const noPhantoms = (calls: readonly Call[], violations: string[]): void => {
  const askedAt = new Map<string, number>()
  for (const { invoke } of calls) {
    const id = (invoke.value as WishSaid | null)?.makes
    if (id && invoke.at < (askedAt.get(id) ?? Infinity)) askedAt.set(id, invoke.at)
  }
  for (const { call, seen } of looksOf(calls))
    for (const { id } of seen)
      if (made.test(id) && !(askedAt.get(id)! <= call.end!.at))
        violations.push(`${call.invoke.key} showed ${id}, which nobody had asked for`)
}

/**
 * What was acknowledged is there at the end. A thing was last looked at by its name, or stands in the last of the lists
 * that name all of its kind, and there exactly once.
 */
const acknowledgedIsThere = (calls: readonly Call[], violations: string[]): number => {
  const acknowledged = new Set<string>()
  for (const { invoke, end } of calls) {
    const id = invoke.operation === 'wish' ? (invoke.value as WishSaid).makes : undefined
    if (id && end?.type === 'ok') acknowledged.add(id)
  }
  const lastByName = new Map<string, boolean>()
  const lastLists = new Map<string, readonly Seen[]>()
  for (const { call, seen } of looksOf(calls)) {
    if (call.invoke.operation === 'list') lastLists.set(call.invoke.key, seen)
    else if (seen[0]) lastByName.set(seen[0].id, true)
    else for (const id of namedBy(call.invoke.key)) lastByName.set(id, false)
  }
  const listed = new Map<string, number>()
  for (const seen of lastLists.values()) for (const { id } of seen) listed.set(id, (listed.get(id) ?? 0) + 1)
  for (const id of acknowledged) {
    if (!lastByName.has(id) && !listed.has(id)) violations.push(`${id} was acknowledged and never looked for again`)
    else if (lastByName.get(id) === false) violations.push(`${id} was acknowledged and is not there`)
    if ((listed.get(id) ?? 0) > 1) violations.push(`${id} is there ${listed.get(id)} times`)
  }
  return acknowledged.size
}

/** The id that a path asks for, for a look that found nothing. */
const namedBy = (path: string): string[] => {
  const [, kind, rest] = /^\/v1\/(orders|trades|claims|invoices)\/(.+)$/.exec(path) ?? []
  if (!kind || !rest) return []
  return [`${kind === 'orders' || kind === 'trades' ? 'order' : 'invoice'} ${decodeURIComponent(rest)}`]
}

/** One receivable, one winner. */
const financedOnce = (calls: readonly Call[], violations: string[]): void => {
  const winners = new Map<string, Set<string>>()
  for (const { invoke, end } of calls) {
    if (invoke.operation !== 'finance' || end?.type !== 'ok') continue
    const known = winners.get(invoke.key) ?? new Set()
    winners.set(invoke.key, known.add(String(end.value)))
  }
  for (const [receivable, claims] of winners)
    if (claims.size > 1) violations.push(`${receivable} was financed ${claims.size} times: ${[...claims].join(', ')}`)
}

const withinLimit = (calls: readonly Call[], violations: string[]): void => {
  for (const { call, seen } of looksOf(calls))
    for (const { exposure } of seen) {
      if (!exposure) continue
      const [out, limit] = [BigInt(exposure.exposureMinor), BigInt(exposure.limitMinor)]
      if (out > limit || out < 0n)
        violations.push(`${call.invoke.key} showed ${out} out of a limit of ${limit} (call ${call.invoke.call})`)
    }
}

export const checkHistory = (events: readonly HistoryEvent[]): HistoryReport => {
  const violations: string[] = []
  const calls = pair(events, violations)
  sameKeySameOutcome(calls, violations)
  noPhantoms(calls, violations)
  const things = acknowledgedIsThere(calls, violations)
  financedOnce(calls, violations)
  withinLimit(calls, violations)
  const ends = calls.map(({ end }) => end?.type)
  return {
    calls: calls.length,
    acknowledged: calls.filter(({ invoke, end }) => invoke.operation === 'wish' && end?.type === 'ok').length,
    unknown: ends.filter((end) => end === undefined || end === 'info').length,
    looks: looksOf(calls).length,
    made: things,
    violations,
  }
}

export const readHistory = async (file: string): Promise<HistoryEvent[]> => {
  const events: HistoryEvent[] = []
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    try {
      if (line !== '') events.push(JSON.parse(line) as HistoryEvent)
    } catch (error) {
      throw new JourneyProblem(`Line ${events.length + 1} of ${file} is no event.`, 'Name a file made by chaos.', error)
    }
  }
  return events
}

export const tellHistory = ({
  calls,
  acknowledged,
  unknown,
  looks,
  made: things,
  violations,
}: HistoryReport): string[] => [
  `${calls} calls: ${acknowledged} wishes acknowledged, ${looks} looks, ${unknown} of unknown end; ${things} things made`,
  ...violations.slice(0, 20).map((violation) => `  ${violation}`),
  violations.length === 0 ? 'history: all is well' : `history: ${violations.length} violations`,
]

export const register = (program: Command): void => {
  program
    .command('check-history')
    .description(
      'judge a history of calls that chaos wrote: acknowledged is there once, one outcome a key, nothing unasked for, limits',
    )
    .argument('<file>', 'JSONL, as in .triflow/chaos-faults/history.jsonl')
    .action(async (file: string) => {
      const events = await readHistory(file).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
        throw new JourneyProblem(`There is no ${file}.`, 'Run ./triflow chaos --faults all, which says where it is.')
      })
      const report = checkHistory(events)
      for (const line of tellHistory(report)) console.log(line)
      process.exitCode = report.violations.length === 0 ? 0 : 1
    })
}
