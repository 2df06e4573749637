/** Whether a fact is the next one its desk said here, one heard before, or the sign of a loss or a fork. */
import type { Position } from './record.ts'

/** Number and fingerprint of the last fact believed from one desk on one topic-partition. */
export interface Mark {
  readonly number: number
  readonly hash: string
}

/** `missing` and `forked` stop the reader: neither heals by reading on. */
export type Numbering = 'next' | 'duplicate' | 'missing' | 'forked'

/**
 * A desk numbers all its records and tells each copy the number it last wrote to the same topic-partition, so a reader
 * of any one topic-partition can prove that nothing is missing and nothing was said twice with another meaning.
 * A number below the mark counts as a duplicate: its bytes are no longer known here, and `verify` finds older forks.
 */
export const judgeNumber = (mark: Mark | undefined, position: Position, hash: string): Numbering => {
  const last = mark?.number ?? 0
  if (position.number < last) return 'duplicate'
  if (mark && position.number === last) return hash === mark.hash ? 'duplicate' : 'forked'
  if (position.previous === last) return 'next'
  return position.previous > last ? 'missing' : 'forked'
}

/** Where a reader keeps its mark of a desk: `previous` counts per topic-partition, so the mark does too. */
export const markName = (desk: string, topic: string, partition: number): string => `${desk}>${topic}/${partition}`

/** The input that a mark belongs to. */
export const inputOf = (mark: string): string => mark.slice(mark.indexOf('>') + 1)

export const inputName = (topic: string, partition: number): string => `${topic}/${partition}`

/** A reader's position is stored per partition, since two instances share a reader partition by partition. */
export const laneName = (reader: string, partition: number): string => `${reader}/${String(partition).padStart(2, '0')}`
