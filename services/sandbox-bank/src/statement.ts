/** Puts the debits of executed instructions on the statement, and keeps trying until each is taken. */
import type { Clock, Witness } from '@triflow/desk'
import { NotYet } from './client-token.ts'
import type { Gateway, LineAnswer } from './gateway.ts'
import type { Instruction, Instructions } from './instructions.ts'

export interface Statement {
  /** Debits wait. */
  wake(): void
  stop(): Promise<void>
}

const GATHER_MS = 50
const LINES_MAX = 500
/** Debits that another instance left behind when it died are found within this time. */
const LOOK_EVERY_MS = 5_000
const TRY_AGAIN_MS = 500
const TRY_AGAIN_MAX_MS = 10_000

/** Longer while nothing at all gets through; as long as some do, the rest is offered again soon. */
const pauseAfter = (failures: number): number =>
  Math.min(TRY_AGAIN_MAX_MS, TRY_AGAIN_MS * 2 ** Math.min(Math.max(0, failures - 1), 5))

/** What an answer does to a debit; undefined when it is posted again. */
const settled: Record<LineAnswer['status'], 'posted' | 'unwanted' | undefined> = {
  accepted: 'posted',
  // The platform has a line under this key: it is there.
  conflict: 'posted',
  rejected: 'unwanted',
  pending: undefined,
  unavailable: undefined,
  invalid: undefined,
}

/** One gateway client per funder: a line that is not one funder's to post is offered by the next. */
export const openStatement = (options: {
  readonly instructions: Instructions
  readonly gateways: readonly Gateway[]
  readonly clock: Clock
  readonly witness: Witness
}): Statement => {
  const { instructions, gateways, clock, witness } = options
  let waiting = true
  let stopping = false
  let bell: (() => void) | undefined

  const offer = async (lines: readonly Instruction[], gateway: Gateway): Promise<readonly Instruction[]> => {
    const answers = await gateway.post(lines)
    for (const outcome of ['posted', 'unwanted'] as const) {
      const ids = lines.filter((_, at) => settled[answers[at]!.status] === outcome).map(({ id }) => id)
      if (ids.length > 0) await instructions.settle(ids, outcome)
    }
    lines.forEach(({ id }, at) => {
      const { status, code } = answers[at]!
      if (status === 'accepted') witness.count('triflow_bank_lines_posted', 1)
      else
        witness.say(status === 'rejected' || status === 'conflict' ? 'error' : 'debug', 'statement line', {
          id,
          status,
          code,
        })
    })
    return lines.filter((_, at) => settled[answers[at]!.status] === undefined)
  }

  /** One round: how many debits could be posted, and how many of them were not settled by it. */
  const round = async (): Promise<{ readonly offered: number; readonly left: number }> => {
    const unposted = await instructions.unposted(LINES_MAX)
    const undated = unposted.filter(({ valueOn }) => valueOn === '').map(({ id }) => id)
    if (undated.length > 0)
      await instructions.date(undated, await firstOf(gateways, (gateway) => gateway.businessDate()))
    // Read again: another instance may have dated some of them first, and its date stands.
    const dated = undated.length > 0 ? await instructions.unposted(LINES_MAX) : unposted
    let left: readonly Instruction[] = dated.filter(({ valueOn }) => valueOn !== '')
    const offered = left.length
    for (const gateway of gateways) if (left.length > 0) left = await offer(left, gateway).catch(soon(left))
    return { offered, left: left.length }
  }

  const pause = async (ms: number): Promise<void> => {
    await Promise.race([clock.sleep(ms), new Promise<void>((resolve) => (bell = resolve))])
  }

  const working = (async (): Promise<void> => {
    for (let failures = 0; !stopping;) {
      try {
        if (!waiting) await pause(LOOK_EVERY_MS)
        if (stopping) return
        waiting = false
        await clock.sleep(GATHER_MS)
        const { offered, left } = await round()
        if (offered > 0) waiting = true
        failures = left > 0 && left === offered ? failures + 1 : 0
        if (left > 0 && !stopping) await pause(pauseAfter(failures))
      } catch (error) {
        waiting = true
        failures++
        const level = error instanceof NotYet ? 'debug' : 'warn'
        witness.say(level, 'statement waits', { failures, error: String(error) })
        if (!stopping) await pause(pauseAfter(failures))
      }
    }
  })()

  return {
    wake: () => {
      if (waiting) return
      waiting = true
      bell?.()
    },
    stop: async () => {
      stopping = true
      bell?.()
      await working
    },
  }
}

/** A funder whose key is not there yet must not keep the others from posting. */
const soon =
  (left: readonly Instruction[]) =>
  (error: unknown): readonly Instruction[] => {
    if (error instanceof NotYet) return left
    throw error
  }

/** The first answer that any of them gives, in their order. */
const firstOf = async <T, R>(all: readonly T[], ask: (one: T) => Promise<R>): Promise<R> => {
  let last: unknown = new NotYet('nobody to ask')
  for (const one of all) {
    try {
      return await ask(one)
    } catch (error) {
      last = error
    }
  }
  throw last
}
