import { expect, it } from 'vitest'
import { createGathering } from './gathering.ts'

it('what comes within the time goes together, and a clock that is set back holds nothing up', () => {
  const gathering = createGathering(100)
  expect(gathering.leftMs(5_000)).toBe(0)
  gathering.begin(5_000)
  expect([5_000, 5_040, 5_100, 9_000].map(gathering.leftMs)).toEqual([100, 60, 0, 0])
  expect(gathering.leftMs(5_000 - 3_600_000)).toBe(0)
  expect(createGathering(0).leftMs(1)).toBe(0)
})
