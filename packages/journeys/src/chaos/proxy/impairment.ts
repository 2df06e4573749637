/** What can be wrong with the wire itself: slow, narrow, cut into small pieces, silent, or false in a byte. */
import type { Random } from '../../generator/random.ts'
import type { Region } from './record-bytes.ts'

export type Direction = 'request' | 'reply'

/** Everything that is left out is as on a sound wire. */
export interface Impairment {
  readonly directions?: readonly Direction[]
  readonly delayMs?: number
  /** At most this much more, drawn per frame; order is kept. */
  readonly jitterMs?: number
  readonly bytesPerSecond?: number
  readonly sliceBytes?: number
  /** One byte of so many frames in a thousand is changed. */
  readonly corruptPerMille?: number
  /** Only within records of Kafka, from a record's key to its end. */
  readonly corruptRecordsOnly?: boolean
  /** Nothing arrives, and nobody is told: no FIN, no RST. */
  readonly silent?: boolean
}

export const hits = ({ directions }: Impairment, direction: Direction): boolean =>
  directions === undefined || directions.includes(direction)

/** The frame with one byte changed, when the lot says so. */
export const corrupted = (
  frame: Buffer,
  records: () => readonly Region[],
  { corruptPerMille = 0, corruptRecordsOnly = false }: Impairment,
  random: Random,
): Buffer => {
  if (corruptPerMille === 0 || frame.length === 0) return frame
  const regions: readonly Region[] = corruptRecordsOnly ? records() : [[0, frame.length]]
  if (regions.length === 0 || random.below(1_000) >= corruptPerMille) return frame
  const [from, to] = random.pick(regions)
  const changed = Buffer.from(frame)
  const at = from + random.below(to - from)
  changed[at] = changed[at]! ^ (1 << random.below(8))
  return changed
}

export const sliced = (frame: Buffer, sliceBytes: number | undefined): Buffer[] => {
  if (!sliceBytes || frame.length <= sliceBytes) return [frame]
  const pieces: Buffer[] = []
  for (let from = 0; from < frame.length; from += sliceBytes) pieces.push(frame.subarray(from, from + sliceBytes))
  return pieces
}

/** The wire's delay and its jitter. */
export const travelMs = ({ delayMs = 0, jitterMs = 0 }: Impairment, random: Random): number =>
  delayMs + (jitterMs > 0 ? random.below(jitterMs + 1) : 0)

/** The time that a narrow wire is busy with these bytes. */
export const narrowMs = (bytes: number, { bytesPerSecond }: Impairment): number =>
  bytesPerSecond === undefined ? 0 : (bytes * 1_000) / bytesPerSecond
