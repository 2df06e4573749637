import { describe, expect, it } from 'vitest'
import { CannotGoOn, untilItWorks } from './retrying.ts'
import { unheard } from './testing.ts'

const clock = { now: () => 0, sleep: async () => {}, soon: (task: () => void) => task() }
const options = {
  clock,
  witness: unheard,
  stopped: () => false,
  isHopeless: (error: unknown) => error instanceof CannotGoOn,
}

describe('trying again', () => {
  it('goes on until it works', async () => {
    let attempts = 0
    expect(
      await untilItWorks('log', async () => (++attempts < 4 ? Promise.reject(new Error('down')) : 'up'), options),
    ).toBe('up')
    expect(attempts).toBe(4)
  })

  it('does not try what cannot work', async () => {
    await expect(
      untilItWorks('cluster', async () => Promise.reject(new CannotGoOn('other desks')), options),
    ).rejects.toThrow('other desks')
  })

  it('ends without a result when it is told to stop', async () => {
    let attempts = 0
    expect(
      await untilItWorks('log', async () => Promise.reject(new Error(String(++attempts))), {
        ...options,
        stopped: () => attempts >= 2,
      }),
    ).toBeUndefined()
    expect(attempts).toBe(2)
  })
})
