/** Many wishes as one upload: every line has its own key, and is sent again until its outcome is known. */
import type { Caller, Outcome } from './caller.ts'
import { backoffMs, patience, pause } from './pauses.ts'
import { refusalOf, Refusal, type FieldProblem } from './problems.ts'

export interface BulkLine {
  /** Path and body values of the single door. */
  readonly document: object
  readonly idempotencyKey: string
}

export interface LineResult {
  readonly line: number
  readonly status: 'accepted' | 'rejected' | 'invalid' | 'pending' | 'conflict' | 'unavailable'
  readonly code?: string
  readonly detail?: string
  readonly id?: string
  readonly position?: string
  readonly replayed?: boolean
  readonly errors?: readonly FieldProblem[]
}

export interface BulkOptions {
  /** Lines per request; the whole of a phase usually fits. */
  readonly linesPerRequest?: number
  /** How long a line may stay without an outcome. */
  readonly patienceMs?: number
  /** Told as outcomes come in. */
  readonly onSettled?: (count: number) => void
  /** Position of what the lines refer to. */
  readonly seen?: string
}

/** "There is no such thing" is tried again for a moment: what a line refers to may have been accepted just now. */
const maySettle = (result: LineResult | undefined): boolean =>
  result === undefined ||
  result.status === 'pending' ||
  result.status === 'unavailable' ||
  (result.status === 'invalid' && result.code === 'NotFound')

const UNFINISHED = new Set(['BodyTooSlow', 'BodyBroken'])

const settledAs = (what: string, result: LineResult, document: object): Outcome => {
  const { status, code = '', detail = '', id = '', position = '', replayed = false, errors } = result
  if (status === 'accepted' || status === 'rejected') return { status, code, detail, id, position, replayed }
  throw new Refusal(`${what}: ${JSON.stringify(document).slice(0, 300)}`, 422, code || status, detail, '', errors)
}

/** Results of the lines of an answer. */
export const parseResults = (text: string): LineResult[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as LineResult]
      } catch {
        return [] // the stream was cut within this line: nothing was told of it
      }
    })

/** Outcomes in the order of the lines. Throws on a line that can never be taken: that is a fault of this job. */
export const uploadAll = async (
  caller: Caller,
  name: string,
  lines: readonly BulkLine[],
  { linesPerRequest = 1_000, patienceMs = 120_000, onSettled, seen = '' }: BulkOptions = {},
): Promise<Outcome[]> => {
  const what = `${caller.actor} uploads ${name}`
  const outcomes = new Array<Outcome | undefined>(lines.length)
  let open = lines.map((_, index) => index)
  const { isOver } = patience(patienceMs)
  for (let attempt = 0; open.length > 0; attempt++) {
    if (attempt > 0) await pause(backoffMs(attempt))
    const before = open.length
    for (let from = 0; from < before; from += linesPerRequest) {
      const batch = open.slice(from, from + linesPerRequest)
      const text = batch
        .map((index) => JSON.stringify({ ...lines[index]!.document, idempotencyKey: lines[index]!.idempotencyKey }))
        .join('\n')
      const answer = await caller.upload(name, `${text}\n`, lines[batch[0]!]!.idempotencyKey, seen)
      if (answer.status !== 200) throw refusalOf(what, answer.status, answer.text)
      const results = new Map(parseResults(answer.text).map((result) => [result.line, result]))
      let settled = 0
      batch.forEach((index, position) => {
        const result = results.get(position + 1)
        if (result?.status === 'invalid' && UNFINISHED.has(result.code ?? '')) return
        if (maySettle(result) && !(isOver() && result)) return
        outcomes[index] = settledAs(what, result!, lines[index]!.document)
        settled++
      })
      if (settled) onSettled?.(settled)
    }
    open = open.filter((index) => outcomes[index] === undefined)
    if (open.length > 0 && isOver())
      throw new Refusal(
        what,
        503,
        'Pending',
        `${open.length} lines have no outcome after ${Math.round(patienceMs / 1000)} s`,
      )
  }
  return outcomes as Outcome[]
}

/** The same where every line must be accepted. */
export const uploadAccepted = async (
  caller: Caller,
  name: string,
  lines: readonly BulkLine[],
  options?: BulkOptions,
): Promise<Outcome[]> => {
  const outcomes = await uploadAll(caller, name, lines, options)
  outcomes.forEach((outcome, index) => {
    if (outcome.status === 'rejected')
      throw new Refusal(
        `${caller.actor} uploads ${name}: ${JSON.stringify(lines[index]!.document).slice(0, 300)}`,
        409,
        outcome.code,
        outcome.detail,
      )
  })
  return outcomes
}
