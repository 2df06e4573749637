/**
 * How long it pays to wait for company. Each round of fetching, deciding, writing and publishing costs what several records
 * cost: with time to spare a record should not wait, with none left fewer rounds are what shortens the queue.
 */
import { performance } from 'node:perf_hooks'

/** What a wait is stretched to at most, milliseconds: a record may wait so long at each desk that it passes. */
const STRETCHED_MOST_MS = 20
const LOOK_EVERY_MS = 500

/** A wait of `ms` while idle, stretched by how little of its time (0 to 1 is `busy`) a process has left. */
export const stretched = (ms: number, busy: number): number =>
  Math.max(ms, Math.min(STRETCHED_MOST_MS, ms / Math.max(0.01, 1 - busy)))

let before = performance.eventLoopUtilization()
let lookedAt = performance.now()
let busy = 0

/** Which part of its time this process was at work lately. */
export const busyLately = (): number => {
  const now = performance.now()
  if (now - lookedAt < LOOK_EVERY_MS) return busy
  const current = performance.eventLoopUtilization()
  busy = performance.eventLoopUtilization(current, before).utilization
  before = current
  lookedAt = now
  return busy
}
