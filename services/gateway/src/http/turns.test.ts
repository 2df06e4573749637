/** Turns: never more at once than allowed at the moment, one tenant's row beside another's, and an error frees the turn. */
import { describe, expect, it } from 'vitest'
import { turns } from './turns.ts'

const turnOfLoop = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Work that ends when told to, and the order in which it began. */
const workshop = (most: () => number) => {
  const began: string[] = []
  const ends: (() => void)[] = []
  const row = turns(most)
  return {
    row,
    began,
    begin: (tenant: string) =>
      row.take(tenant, async () => {
        began.push(tenant)
        await new Promise<void>((resolve) => ends.push(resolve))
      }),
    endOne: async () => {
      ends.shift()!()
      await turnOfLoop()
    },
  }
}

describe('turns', () => {
  it('are given to the tenant whose last turn is longest ago, so that a long row does not hold up a short one', async () => {
    const { begin, began, endOne } = workshop(() => 1)
    const all = [...Array.from({ length: 4 }, () => begin('acme')), begin('globex')]
    await turnOfLoop()
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
    await endOne()
    await endOne()
    expect(row.running()).toBe(1)
    await endOne()
    expect(row.running()).toBe(1)
    most = 2
    await endOne()
    expect(row.running()).toBe(2)
    await endOne()
    await endOne()
    await Promise.all(all)
    expect(row.running()).toBe(0)
  })

  it('are free again when the work throws', async () => {
    const row = turns(() => 1)
    await expect(row.take('acme', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(await row.take('acme', async () => 'done')).toBe('done')
    expect(row.running()).toBe(0)
  })
})
