/** Watches what the obligor desks decide, as any other reader of the topic would see it. */
import { decodeMessage, factsTopic, header } from '@triflow/contracts'
import { headerText, type Batch, type Log, type LogRecord, type Membership } from '@triflow/desk'
import type { Decision } from './gate.ts'

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
  const next = new Map<number, number>()
  const reading = Promise.withResolvers<void>()
  const joined: { watching?: Membership } = {}
  let assigned: readonly number[] = []

  const read = (): void => {
    const { watching } = joined
    if (!watching || assigned.length === 0) return
    for (const partition of assigned) watching.seek({ topic, partition }, next.get(partition) ?? 0)
    watching.resume(assigned.map((partition) => ({ topic, partition })))
    reading.resolve()
  }

  const onBatch = ({ partition, fetchedOffset, records }: Batch): void => {
    const seenAtMs = nowMs()
    const expected = next.get(partition) ?? 0
    if (fetchedOffset !== expected) return joined.watching?.seek({ topic, partition }, expected)
    for (const record of records) {
      if (record.offset < expected) continue
      next.set(partition, record.offset + 1)
      const decision = decisionIn(record)
      if (decision) seen.push({ ...decision, seenAtMs })
    }
  }

  const watching = (joined.watching = await log.join({
    group: 'triflow.bench.decisions',
    topics: [topic],
    onAssigned: (partitions) => {
      assigned = partitions
      read()
    },
    onBatch,
    onRevoked: () => {},
  }))
  read()
  await reading.promise
  return { seen, stop: () => watching.leave() }
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
