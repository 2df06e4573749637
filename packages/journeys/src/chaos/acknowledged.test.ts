/** What was acknowledged is said again: a lost outcome, a changed one and one that was judged anew are each found. */
import { describe, expect, it } from 'vitest'
import type { Caller, Outcome } from '../client/caller.ts'
import type { Door } from '../client/door.ts'
import { keepAcknowledged } from './acknowledged.ts'

const accepted = (position: string, replayed = false): Outcome => ({
  status: 'accepted',
  code: '',
  detail: '',
  id: 'acme/1',
  position,
  replayed,
})

/** A door whose platform can be made to forget. */
const fakeDoor = () => {
  const outcomes = new Map<string, Outcome>()
  let judged = 0
  const judge = (key: string): Outcome => {
    const known = outcomes.get(key)
    if (known) return { ...known, replayed: true }
    const outcome = accepted(`order.order-00#${++judged}`)
    outcomes.set(key, outcome)
    return outcome
  }
  const caller = {
    actor: 'acme',
    write: async ({ idempotencyKey }: { idempotencyKey: string }) => judge(idempotencyKey),
    upload: async (_name: string, text: string) => ({
      status: 200,
      headers: {},
      text: text
        .split('\n')
        .filter(Boolean)
        .map((line, index) =>
          JSON.stringify({
            line: index + 1,
            ...judge((JSON.parse(line) as { idempotencyKey: string }).idempotencyKey),
          }),
        )
        .join('\n'),
    }),
  } as unknown as Caller
  return { outcomes, door: { url: '', as: async () => caller, close: async () => {} } satisfies Door }
}

const said = async () => {
  const { outcomes, door } = fakeDoor()
  const keeping = keepAcknowledged(door)
  const acme = await keeping.door.as('acme')
  await acme.write({ path: '/v1/orders', body: {}, idempotencyKey: 'one' })
  await acme.upload('orders', '{"idempotencyKey":"two"}\n{"idempotencyKey":"three"}\n', 'all')
  return { outcomes, keeping }
}

describe('acknowledged wishes', () => {
  it('are all the same again when nothing was lost', async () => {
    const { keeping } = await said()
    expect(keeping.count()).toBe(3)
    expect(await keeping.repeatAll()).toEqual([])
  })

  it.each(['one', 'two', 'three'])('show that the outcome of %s was lost', async (key) => {
    const { outcomes, keeping } = await said()
    outcomes.delete(key)
    expect(await keeping.repeatAll()).toEqual([expect.stringContaining(`${key} was answered`)])
  })

  it('show that an outcome is another now', async () => {
    const { outcomes, keeping } = await said()
    outcomes.set('two', { ...outcomes.get('two')!, status: 'rejected', code: 'OrderKnown' })
    expect(await keeping.repeatAll()).toEqual([expect.stringContaining('now "rejected OrderKnown')])
  })
})
