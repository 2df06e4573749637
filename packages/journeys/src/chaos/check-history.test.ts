/** An honest history passes; each way of doctoring it is found, by a sentence that says what is wrong. */
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Caller, Document, Outcome } from '../client/caller.ts'
import type { Door } from '../client/door.ts'
import { checkHistory, readHistory } from './check-history.ts'
import { openHistory, type HistoryEvent } from './history.ts'

const accepted = (id: string): Outcome => ({
  status: 'accepted',
  code: '',
  detail: '',
  id,
  position: '',
  replayed: false,
})
const order = { buyerId: 'acme', number: 'PO-1' }
const invoice = { supplierId: 'nordwind', number: 'INV-1', issuedOn: '2026-03-02' }
const claim: Document = { id: 'nordwind/INV-1/2026-03-02', status: 'disbursed' }
const position: Document = { id: 'demo', limitMinor: '100000', exposureMinor: '80000' }

/** A platform that took an order and an invoice, lost one answer, and shows both. */
const honest = async (): Promise<HistoryEvent[]> => {
  const file = join(mkdtempSync(join(tmpdir(), 'history-')), 'history.jsonl')
  const history = openHistory(file)
  let refused = true
  const caller = {
    actor: 'acme',
    write: async ({ path }: { path: string }) => {
      if (path === '/v1/invoices' && refused) {
        refused = false
        throw new Error('no answer')
      }
      return accepted(path === '/v1/orders' ? 'acme/PO-1' : 'nordwind/INV-1/2026-03-02')
    },
    upload: async () => ({
      status: 200,
      headers: {},
      text: '{"line":1,"status":"accepted","id":"acme/PO-2"}\n{"line":2,"status":"rejected","code":"OrderKnown"}\n{"lin',
    }),
    read: async (path: string) =>
      path.startsWith('/v1/orders')
        ? { id: path.slice('/v1/orders/'.length) }
        : path.includes('position')
          ? position
          : claim,
    list: async () => [claim],
  } as unknown as Caller
  const door = history.record({ url: '', as: async () => caller, close: async () => {} } satisfies Door)
  const acme = await door.as('acme')
  await acme.write({ path: '/v1/orders', body: order, idempotencyKey: 'one' })
  await acme.write({ path: '/v1/orders', body: order, idempotencyKey: 'one' })
  await acme.write({ path: '/v1/invoices', body: invoice, idempotencyKey: 'two' }).catch(() => {})
  await acme.write({ path: '/v1/invoices', body: invoice, idempotencyKey: 'two' })
  const line = (number: string) => JSON.stringify({ ...order, number, idempotencyKey: number })
  await acme.upload('orders', `${line('PO-2')}\n${line('PO-3')}\n${line('PO-4')}\n`, 'all')
  await acme.read('/v1/orders/acme/PO-1')
  await acme.read('/v1/orders/acme/PO-2')
  await acme.read('/v1/programmes/demo/position')
  await acme.list('/v1/claims?status=disbursed')
  await history.during(
    { process: 'bank', operation: 'finance', key: 'receivable 1', value: null },
    async () => claim,
    ({ id }) => ({ type: 'ok', value: id }),
  )
  history.close()
  expect(readFileSync(file, 'utf8').trim().split('\n').length).toBeGreaterThan(20)
  return readHistory(file)
}

const changed = async (change: (event: HistoryEvent) => HistoryEvent | undefined): Promise<readonly string[]> =>
  checkHistory((await honest()).flatMap((event) => change(event) ?? [])).violations

const isEnd = (event: HistoryEvent, key: string): boolean => event.type === 'ok' && event.key.includes(key)

describe('a history', () => {
  it('of an honest platform passes, lost answers and refusals included', async () => {
    const { violations, ...counts } = checkHistory(await honest())
    expect(violations).toEqual([])
    expect(counts).toEqual({ calls: 12, acknowledged: 4, unknown: 2, looks: 4, made: 3 })
  })

  it('shows that an acknowledged order is not there', async () => {
    expect(await changed((event) => (isEnd(event, 'orders/acme/PO-1') ? { ...event, value: null } : event))).toEqual([
      'order acme/PO-1 was acknowledged and is not there',
    ])
  })

  it('shows that an acknowledged order was never looked for, which proves nothing', async () => {
    expect(await changed((event) => (event.key.includes('orders/acme/PO-2') ? undefined : event))).toEqual([
      'order acme/PO-2 was acknowledged and never looked for again',
    ])
  })

  it('shows that a claim is there twice', async () => {
    const twice = await changed((event) =>
      isEnd(event, '/v1/claims')
        ? { ...event, value: [...(event.value as unknown[]), ...(event.value as unknown[])] }
        : event,
    )
    expect(twice).toEqual(['invoice nordwind/INV-1/2026-03-02 is there 2 times'])
  })

  it('shows that a key had two outcomes, and that one was judged with two contents', async () => {
    const one = 'acme /v1/orders one'
    const otherAnswer = await changed((event) =>
      event.call === 2 && event.type === 'ok' ? { ...event, value: 'acme/PO-9' } : event,
    )
    expect(otherAnswer).toEqual([expect.stringContaining(`${one} was answered`)])
    const otherContent = await changed((event) =>
      event.call === 2
        ? { ...event, value: event.type === 'invoke' ? { makes: 'order acme/PO-1', sha256: 'x' } : event.value }
        : event,
    )
    expect(otherContent).toEqual([`${one} was judged with two contents`])
  })

  it('shows what nobody had asked for', async () => {
    const phantom = await changed((event) =>
      isEnd(event, '/v1/claims')
        ? { ...event, value: [...(event.value as unknown[]), { id: 'invoice x/y/z' }] }
        : event,
    )
    expect(phantom).toEqual(['/v1/claims?status=disbursed showed invoice x/y/z, which nobody had asked for'])
  })

  it('shows that more was out than the limit allows, and that it was below zero', async () => {
    const exposed = (exposureMinor: string) =>
      changed((event) =>
        isEnd(event, 'position')
          ? { ...event, value: { id: 'programme demo', exposure: { limitMinor: '100', exposureMinor } } }
          : event,
      )
    expect(await exposed('100')).toEqual([])
    expect(await exposed('101')).toEqual([expect.stringContaining('showed 101 out of a limit of 100')])
    expect(await exposed('-1')).toEqual([expect.stringContaining('showed -1 out')])
  })

  it('shows that two claims were financed on one receivable', async () => {
    const events = await honest()
    const other = events
      .filter(({ operation }) => operation === 'finance')
      .map((event) => ({
        ...event,
        call: 99,
        ...(event.type === 'ok' ? { value: 'other/INV-1/2026-03-02' } : {}),
      }))
    expect(checkHistory([...events, ...other]).violations).toEqual([
      expect.stringContaining('receivable 1 was financed 2 times'),
    ])
  })

  it('shows that a call ends without having begun', async () => {
    expect(await changed((event) => (event.call === 1 && event.type === 'invoke' ? undefined : event))).toContain(
      'call 1 ends and never began',
    )
  })
})
