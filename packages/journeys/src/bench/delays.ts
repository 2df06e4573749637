/** Delays of many trades in the few numbers that people compare. */
import { percentile } from '../report/percentiles.ts'

export interface Delays {
  readonly count: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly most: number
}

/** Milliseconds in, milliseconds out, by nearest rank; undefined when nothing was measured. */
export const delaysOf = (values: readonly number[]): Delays | undefined => {
  const at = (share: number): number => percentile(values, share)!
  if (values.length === 0) return undefined
  return { count: values.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), most: at(1) }
}

/** "3.1 / 8.0 / 25 / 40 / 61": the order of the fields. */
export const tellDelays = (delays: Delays | undefined): string =>
  delays ? [delays.p50, delays.p90, delays.p99, delays.p999, delays.most].map(tellMs).join(' / ') : 'none measured'

/** A tenth of a millisecond matters below ten. */
export const tellMs = (ms: number): string => (ms < 9.95 ? ms.toFixed(1) : String(Math.round(ms)))
