/** What the in-memory world can do to those who live in it, each by name and with a probability. */

export const faults = {
  'call.error': 'a call fails and nothing was done',
  'call.unknownDone': 'a call was done, wholly or in part, and its answer is lost',
  'call.unknownLate': 'a call is reported as failed and is done later nevertheless',
  'call.slow': 'a request or its answer takes up to eight seconds, and now and then those after it long, too',
  'log.unsent': 'a publish resolves without having sent one of its topic-partitions',
  'log.lateDelivery': 'a batch that was fetched before a pause, seek or revocation is delivered after it',
  'log.rewind': 'a rejoin moves the position of a partition that the member keeps to the beginning',
  'log.jump': 'a position outside the log, or one that the group does not know, is the end instead of the beginning',
  'log.corrupt': 'one byte of a fetched record is flipped; fetched again, it is good',
  'log.rot': 'one byte of a stored record is flipped for good',
  'log.slowPartition': 'a fetch of one topic-partition takes up to four seconds',
  'log.announced': 'a rebalance is announced by a revocation before the new assignment',
  'store.staleEntries': 'a read of several entries misses the newest',
  'store.staleArchive': 'a read of the archive shows an item as it was before its last write',
  'replies.lost': 'a reply to a waiting door is lost',
} as const

export type FaultName = keyof typeof faults

export const faultNames = Object.keys(faults) as readonly FaultName[]

/** Probabilities between 0 and 1; a fault that is not named never happens. */
export type FaultRates = Readonly<Partial<Record<FaultName, number>>>
