/** Turns: never more at once than allowed at the moment, one tenant's row beside another's, rests that answers do not wait for. */
import { describe, expect, it } from 'vitest'
import { turns } from './turns.ts'

const turnOfLoop = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Work that ends when told to, and the order in which it began. */
const workshop = (most: () => number, restMs?: (tookMs: number) => number) => {
  const began: string[] = []
  const ends: (() => void)[] = []
  const row = turns(most, restMs)
  return {
    row,
    began,
    begin: (tenant: string, size = 1) =>
      row.take(tenant, size, async () => {
        began.push(tenant)
        await new Promise<void>((resolve) => ends.push(resolve))
      }),
    endOne: async () => {
      await turnOfLoop()
      ends.shift()!()
      await turnOfLoop()
    },
  }
}

describe('turns', () => {
  it('are given to the tenant whose last turn is longest ago, so that a long row does not hold up a short one', async () => {
    const { begin, began, endOne } = workshop(() => 1)
    const all = [...Array.from({ length: 4 }, () => begin('acme')), begin('globex')]
    for (let n = 0; n < 5; n++) await endOne()
    await Promise.all(all)
    expect(began).toEqual(['acme', 'globex', 'acme', 'acme', 'acme'])
  })

  it('are as many at once as is allowed at the moment, but never none', async () => {
    let most = 3
    const { row, begin, endOne } = workshop(() => most)
    const all = Array.from({ length: 6 }, (_, n) => begin(`tenant-${n}`))
    await turnOfLoop()
    expect(row.running()).toBe(3)
    most = 0
    for (const left of [2, 1, 1]) {
      await endOne()
      expect(row.running()).toBe(left)
    }
    most = 2
    await endOne()
    expect(row.running()).toBe(2)
    await endOne()
    await endOne()
    await Promise.all(all)
    expect(row.running()).toBe(0)
  })

  it('are bounded by the size of what runs; what is larger than the bound runs alone', async () => {
    const { row, begin, began, endOne } = workshop(() => 10)
    const all = [begin('acme', 4), begin('globex', 4), begin('hooli', 4), begin('initech', 40)]
    await turnOfLoop()
    expect([began, row.running()]).toEqual([['acme', 'globex'], 8])
    await endOne()
    expect([began.at(-1), row.running()]).toEqual(['hooli', 8])
    await endOne()
    await endOne()
    expect([began.at(-1), row.running()]).toEqual(['initech', 40])
    await endOne()
    await Promise.all(all)
  })

  it('leave their room empty for a rest, which their own result does not wait for', async () => {
    const { begin, began, endOne } = workshop(
      () => 1,
      () => 30,
    )
    const first = begin('acme')
    const second = begin('globex')
    const ended = performance.now()
    await endOne()
    await first
    expect(began).toEqual(['acme'])
    while (began.length < 2) await turnOfLoop()
    expect(performance.now() - ended).toBeGreaterThanOrEqual(29)
    await endOne()
    await second
  })

  it('are free again when the work throws', async () => {
    const row = turns(() => 1)
    await expect(row.take('acme', 1, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(await row.take('acme', 1, async () => 'done')).toBe('done')
    await turnOfLoop()
    expect(row.running()).toBe(0)
  })
})
