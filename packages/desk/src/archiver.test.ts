/** What leaves desks reaches the archive, in few calls, whatever fails on the way. */
import { describe, expect, it } from 'vitest'
import { createArchiver } from './archiver.ts'
import { createMemoryWitness, createWorld } from './memory/index.ts'
import type { ArchivedItem } from './ports.ts'

const item = (key: string, sequence = 1): ArchivedItem => ({ key, sequence, bytes: Buffer.from(key) })

const opened = (failures = 0) => {
  const world = createWorld(1)
  const { clock } = world.process('a')
  const calls: string[][] = []
  let left = failures
  const store = {
    archive: async (_kind: string, items: readonly ArchivedItem[]) => {
      calls.push(items.map(({ key }) => key))
      await clock.sleep(10)
      if (left-- > 0) throw new Error('not now')
    },
  }
  let isStopped = false
  const archiver = createArchiver('order.order', store, clock, createMemoryWitness(), () => isStopped)
  const done: string[] = []
  const push = (key: string, wanted = () => true): void =>
    archiver.push({ desk: 'order.order-00', items: [item(key)], wanted, archived: () => void done.push(key) })
  return { world, archiver, calls, done, push, stop: () => (isStopped = true) }
}

describe('an archiver', () => {
  it('writes what has left meanwhile in one call', async () => {
    const { world, calls, done, push } = opened()
    for (const key of ['a', 'b', 'c']) push(key)
    await world.run(() => false)
    expect(calls).toEqual([['a'], ['b', 'c']])
    expect(done).toEqual(['a', 'b', 'c'])
    push('d')
    await world.run(() => false)
    expect(done).toEqual(['a', 'b', 'c', 'd'])
  })

  it('says when everything that had left by then is there, also what it had to try twice', async () => {
    const { world, archiver, done, push } = opened(1)
    const told: string[][] = []
    const tell = (): unknown => archiver.flushed('order.order-00').then(() => told.push([...done]))
    tell()
    push('a')
    push('b')
    tell()
    await world.run(() => false)
    expect(told).toEqual([[], ['a', 'b']])
  })

  it('tries again until it is done, and tells of each once', async () => {
    const { world, calls, done, push } = opened(3)
    push('a')
    await world.run(() => false)
    expect(calls).toEqual([['a'], ['a'], ['a'], ['a']])
    expect(done).toEqual(['a'])
  })

  it('leaves to the next owner what a lost desk has not written', async () => {
    const { world, calls, done, push } = opened(1)
    let isOurs = true
    push('a', () => isOurs)
    push('b')
    isOurs = false
    await world.run(() => false)
    expect(calls).toEqual([['a'], ['b']])
    expect(done).toEqual(['b'])
  })

  it('stops trying when it is told to', async () => {
    const { world, calls, push, stop } = opened(9)
    push('a')
    stop()
    await world.run(() => false)
    expect(calls).toEqual([['a']])
  })
})
