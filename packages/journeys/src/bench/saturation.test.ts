/** Capacity is looked for by doubling the callers until more of them bring nothing. */
import { describe, expect, it } from 'vitest'
import { isSaturated, untilSaturated } from './saturation.ts'

/** Tries against a platform that takes so many orders per second, told by the number of callers. */
const tried = async (perSecond: (callers: number) => number, callersMost = 1_024) => {
  const steps = await untilSaturated(callersMost, async (callers) => ({
    callers,
    acceptedPerSecond: perSecond(callers),
  }))
  return { callers: steps.map(({ callers }) => callers), saturated: isSaturated(steps) }
}

describe('callers are doubled', () => {
  it('until two steps in a row bring no more than 5 %', async () => {
    expect(await tried((callers) => Math.min(callers * 10, 1_000))).toEqual({
      callers: [4, 8, 16, 32, 64, 128, 256, 512],
      saturated: true,
    })
  })

  it('beyond one step that brings little, since the next may bring much', async () => {
    const perSecond: Record<number, number> = { 4: 100, 8: 105, 16: 200, 32: 210, 64: 210, 128: 900 }
    expect(await tried((callers) => perSecond[callers]!)).toEqual({ callers: [4, 8, 16, 32, 64], saturated: true })
  })

  it('past a step that brings less, measured against the best', async () => {
    const perSecond: Record<number, number> = { 4: 100, 8: 60, 16: 104 }
    expect(await tried((callers) => perSecond[callers]!)).toEqual({ callers: [4, 8, 16], saturated: true })
  })

  it('up to a bound, and then it is not known whether there is more', async () => {
    expect(await tried((callers) => callers, 32)).toEqual({ callers: [4, 8, 16, 32], saturated: false })
    expect(await tried((callers) => Math.min(callers, 16), 32)).toEqual({ callers: [4, 8, 16, 32], saturated: false })
  })
})
