import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assignSticky, type Claimant } from './assigner.ts'

const member = (id: string, partitions: number[] = [], since = 1): Claimant => ({ id, holding: { partitions, since } })

describe('co-partitioned assignment', () => {
  it('gives a single member everything', () => {
    expect(assignSticky(4, [member('a')]).get('a')).toEqual([0, 1, 2, 3])
  })

  it('shares evenly among newcomers', () => {
    const given = assignSticky(5, [member('b'), member('a')])
    expect([given.get('a'), given.get('b')]).toEqual([
      [0, 1, 2],
      [3, 4],
    ])
  })

  it('moves only what a newcomer needs', () => {
    const given = assignSticky(6, [member('a', [0, 2, 4]), member('b', [1, 3, 5]), member('c')])
    expect([given.get('a'), given.get('b'), given.get('c')]).toEqual([
      [0, 2],
      [1, 3],
      [4, 5],
    ])
  })

  it('hands over what a lost member had and leaves the rest', () => {
    const given = assignSticky(4, [member('a', [0, 2]), member('c', [3])])
    expect([given.get('a'), given.get('c')]).toEqual([
      [0, 2],
      [1, 3],
    ])
  })

  it('believes the later assignment when a member that was paused still claims its old desks', () => {
    const given = assignSticky(4, [member('zombie', [0, 1, 2, 3], 1), member('successor', [0, 1, 2, 3], 2)])
    expect(given.get('successor')).toEqual([0, 1])
    expect(given.get('zombie')).toEqual([2, 3])
  })

  it('leaves members without work when there are more of them than desks', () => {
    const given = assignSticky(1, [member('a'), member('b', [0]), member('c')])
    expect([given.get('a'), given.get('b'), given.get('c')]).toEqual([[], [0], []])
  })

  const groups = fc.record({
    count: fc.integer({ min: 0, max: 40 }),
    members: fc.uniqueArray(
      fc.record({
        id: fc.string({ minLength: 1, maxLength: 5 }),
        holding: fc.record({
          partitions: fc.uniqueArray(fc.integer({ min: 0, max: 50 }), { maxLength: 40 }),
          since: fc.integer({ min: 0, max: 3 }),
        }),
      }),
      { minLength: 1, maxLength: 8, selector: ({ id }) => id },
    ),
  })

  it('gives every desk to exactly one member, in shares that differ by at most one, whoever leads', () => {
    fc.assert(
      fc.property(groups, ({ count, members }) => {
        const given = assignSticky(count, members)
        expect([...given.values()].flat().sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, p) => p))
        const shares = [...given.values()].map((share) => share.length)
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1)
        const other = assignSticky(count, [...members].reverse())
        for (const { id } of members) expect(other.get(id)).toEqual(given.get(id))
      }),
    )
  })

  it('changes nothing when it is asked again about its own result', () => {
    fc.assert(
      fc.property(groups, ({ count, members }) => {
        const given = assignSticky(count, members)
        const again = assignSticky(
          count,
          members.map(({ id }) => member(id, given.get(id)!, 9)),
        )
        for (const { id } of members) expect(again.get(id)).toEqual(given.get(id))
      }),
    )
  })
})
