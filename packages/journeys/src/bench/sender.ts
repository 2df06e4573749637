/** Sends by the clock: what is due is sent, however long what was sent before takes, so that a slow moment is not left out of the figures. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log, OutgoingRecord } from '@triflow/desk'
import { appendAll } from './appending.ts'
import { nowMs } from './decisions.ts'
import type { Slot } from './schedule.ts'

export interface Sent {
  readonly slot: Slot
  readonly dueAtMs: number
  /** When the request was begun; what it is after `dueAtMs` is this process's own lateness. */
  readonly sentAtMs: number
  readonly onLogAtMs: number
}

interface Due {
  readonly slot: Slot
  readonly record: OutgoingRecord
}

/** Resolves when all slots are on the log. Records of one partition keep their order: one request of it is in flight at a time. */
export const sendOnSchedule = async (options: {
  readonly log: Log
  readonly slots: readonly Slot[]
  readonly startAtMs: number
  readonly recordOf: (slot: Slot) => OutgoingRecord
  readonly onSent: (sent: Sent) => void
}): Promise<void> => {
  const { log, slots, startAtMs, recordOf, onSent } = options
  const lanes = new Map<number, { waiting: Due[]; busy: Promise<void> | undefined }>()
  const failed: unknown[] = []

  const drain = async (lane: { waiting: Due[] }): Promise<void> => {
    while (lane.waiting.length > 0) {
      const due = lane.waiting
      lane.waiting = []
      const sentAtMs = nowMs()
      await appendAll(
        log,
        due.map(({ record }) => record),
      )
      const onLogAtMs = nowMs()
      for (const { slot } of due) onSent({ slot, dueAtMs: startAtMs + slot.dueMs, sentAtMs, onLogAtMs })
    }
  }

  let next = 0
  while (next < slots.length && failed.length === 0) {
    const now = nowMs()
    for (; next < slots.length && startAtMs + slots[next]!.dueMs <= now; next++) {
      const record = recordOf(slots[next]!)
      const lane = lanes.get(record.partition) ?? { waiting: [], busy: undefined }
      lanes.set(record.partition, lane)
      lane.waiting.push({ slot: slots[next]!, record })
    }
    for (const lane of lanes.values()) {
      if (lane.busy || lane.waiting.length === 0) continue
      lane.busy = drain(lane).then(
        () => void (lane.busy = undefined),
        (error: unknown) => void failed.push(error),
      )
    }
    if (next < slots.length) await sleep(Math.max(1, Math.floor(startAtMs + slots[next]!.dueMs - nowMs())))
  }
  for (const lane of lanes.values()) {
    await lane.busy
    if (failed.length === 0) await drain(lane)
  }
  if (failed.length > 0) throw failed[0]
}

/** Legs that were on the log per second, of those due from a moment on. Not by `Math.max(…)`: they may be a million. */
export const reachedPerSecond = (sent: readonly Sent[], fromMs: number): number => {
  const last = sent.reduce((latest, { onLogAtMs }) => Math.max(latest, onLogAtMs), fromMs)
  return last > fromMs ? (sent.length * 1_000) / (last - fromMs) : 0
}
