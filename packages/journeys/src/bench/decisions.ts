/** Watches what the obligor desks decide, as any other reader of the topic would see it. */
import { decodeMessage, factsTopic, header } from '@triflow/contracts'
import { headerText, type Log, type LogRecord } from '@triflow/desk'
import type { Decision } from './gate.ts'
import { readAll, readTopic } from './topic-reading.ts'

const topic = factsTopic('financing.obligor')
const decisions = new Set(['ClaimFinanced', 'ClaimReferred', 'ClaimRefused', 'ClaimWaiting'])

/** Times are milliseconds since the epoch. The desks give whole ones, of the turn in which they drafted. */
export interface SeenDecision extends Decision {
  readonly seenAtMs: number
  /** The obligor desk's turn. */
  readonly decidedAtMs: number
  /** The trade desk's turn that completed the match; 0 for a decision that finances nothing. */
  readonly matchedAtMs: number
}

/** Monotonic, and comparable with the clock of other processes. */
export const nowMs = (): number => performance.timeOrigin + performance.now()

export interface DecisionWatch {
  /** All since the beginning of the topic, in the order in which they were seen. */
  readonly seen: readonly SeenDecision[]
  stop(): Promise<void>
}

/** Resolves when it reads: a decision made after that is seen as soon as the log hands it out. */
export const watchDecisions = async (log: Log): Promise<DecisionWatch> => {
  const seen: SeenDecision[] = []
  const { stop } = await readTopic(log, {
    topic,
    group: 'triflow.bench.decisions',
    onRecords: (records) => {
      const seenAtMs = nowMs()
      for (const record of records) {
        const decision = decisionIn(record)
        if (decision) seen.push({ ...decision, seenAtMs })
      }
    },
  })
  return { seen, stop }
}

/** All that stand on the log when a run is over. */
export const decisionsIn = async (log: Log): Promise<readonly Decision[]> => {
  const all: Decision[] = []
  await readAll(log, topic, (record) => {
    const decision = decisionIn(record)
    if (decision) all.push(decision)
  })
  return all
}

const decisionIn = (record: LogRecord): Omit<SeenDecision, 'seenAtMs'> | undefined => {
  const name = headerText(record, header.type)
  const type = name.slice(name.lastIndexOf('.') + 1)
  if (!decisions.has(type)) return undefined
  const fact = decodeMessage(name, record.value!) as unknown as {
    invoiceId: string
    advanceMinor?: bigint
    payoutMinor?: bigint
    lastEventAtMs?: bigint
  }
  return {
    type,
    invoiceId: fact.invoiceId,
    advanceMinor: fact.advanceMinor ?? 0n,
    payoutMinor: fact.payoutMinor ?? 0n,
    matchedAtMs: Number(fact.lastEventAtMs ?? 0n),
    decidedAtMs: Date.parse(headerText(record, header.time)),
  }
}
