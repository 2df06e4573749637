import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { busyLately, stretched } from './pace.ts'

describe('how long to wait for company', () => {
  it.each([
    { ms: 5, busy: 0, waits: 5 },
    { ms: 5, busy: 0.5, waits: 10 },
    { ms: 5, busy: 0.75, waits: 20 },
    { ms: 5, busy: 0.9, waits: 20 },
    { ms: 5, busy: 1, waits: 20 },
    { ms: 100, busy: 0, waits: 100 },
    { ms: 100, busy: 1, waits: 100 },
  ])('$ms ms are $waits when $busy of the time is taken', ({ ms, busy, waits }) => {
    expect(stretched(ms, busy)).toBe(waits)
  })

  it('knows a busy process from an idle one', async () => {
    await sleep(550)
    const idle = busyLately()
    const end = performance.now() + 550
    while (performance.now() < end) await new Promise(setImmediate)
    expect(busyLately()).toBeGreaterThan(Math.max(0.5, idle))
  })
})
