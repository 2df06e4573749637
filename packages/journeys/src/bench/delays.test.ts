import { describe, expect, it } from 'vitest'
import { delaysOf, tellDelays } from './delays.ts'

describe('delays in five numbers', () => {
  it('are values that were measured, by nearest rank', () => {
    const values = Array.from({ length: 1_000 }, (_, index) => 1_000 - index)
    expect(delaysOf(values)).toEqual({ count: 1_000, p50: 500, p90: 900, p99: 990, p999: 999, most: 1_000 })
  })

  it('let the slowest of a few be all of the high ones', () => {
    expect(delaysOf([3, 1, 2])).toEqual({ count: 3, p50: 2, p90: 3, p99: 3, p999: 3, most: 3 })
  })

  it('say so when nothing was measured, instead of a zero', () => {
    expect(tellDelays(delaysOf([]))).toBe('none measured')
  })

  it('show tenths only below ten', () => {
    expect(tellDelays({ count: 5, p50: 3.14, p90: 9.96, p99: 25.4, p999: 99.5, most: 1_200 })).toBe(
      '3.1 / 10 / 25 / 100 / 1200',
    )
  })
})
