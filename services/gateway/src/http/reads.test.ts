/** Questions over HTTP: who is shown what, how far back, and page by page. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { webhookSecretsFrom } from '@triflow/platform'
import { acme, auditor, nordbank, nordwind, openWorld, suedbank, tradeOfAcme, type World } from '../testing.ts'
import type { Actor } from './authorise.ts'

let world: World
beforeAll(async () => void (world = await openWorld()))
beforeEach(() => {
  world.fake.forget()
  tradeOfAcme(world)
})
afterAll(() => world.close())

const claim = '/v1/claims/nordwind-components/INV-2026-0042/2026-03-06'
const json = async (response: Response) => (await response.json()) as Record<string, unknown>

describe('a document', () => {
  it('comes with its version, for its owner only to keep', async () => {
    const response = await world.get(acme, '/v1/orders/acme-motors/PO-4711')
    expect(response.headers.get('etag')).toBe('"1"')
    expect(response.headers.get('cache-control')).toContain('private')
    expect(await response.json()).toMatchObject({ status: 'submitted' })
  })

  it('is found by any spelling of its number', async () => {
    expect((await world.get(acme, `/v1/orders/acme-motors/${encodeURIComponent('po-４７１１ ')}`)).status).toBe(200)
  })

  it('may be asked for as of a position that the caller has seen', async () => {
    await world.get(acme, '/v1/orders/acme-motors/PO-4711', { 'triflow-position': 'order.order-02#817' })
    expect(world.fake.asked).toContainEqual({ view: 'orders', atLeast: 'order.order-02#817' })
    const bad = await world.get(acme, '/v1/orders/acme-motors/PO-4711', { 'triflow-position': '817' })
    expect(await json(bad)).toMatchObject({ status: 400, code: 'PositionInvalid' })
  })

  it('that another owns cannot be told from one that does not exist', async () => {
    const others = await json(await world.get(suedbank, claim))
    const nobodys = await json(await world.get(suedbank, claim.replace('0042', '0043')))
    expect({ ...others, instance: '', requestId: '' }).toEqual({ ...nobodys, instance: '', requestId: '' })
  })

  it('with an id that nothing can have is not found', async () => {
    expect((await world.get(acme, '/v1/orders/ACME/PO-4711')).status).toBe(404)
    expect((await world.get(acme, '/v1/invoices/nordwind-components/INV-1/2026-02-30')).status).toBe(404)
  })

  it('is not shown when the service cannot be asked, and the answer says when to try again', async () => {
    world.fake.down.add('order')
    const response = await world.get(acme, '/v1/orders/acme-motors/PO-4711')
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('2')
  })
})

describe('what each sees', () => {
  it('of a webhook: its owner the secret that signs it now, an auditor all but that', async () => {
    const webhook = '/v1/parties/nordwind-components/webhooks/bookkeeping'
    expect(await json(await world.get(nordwind, `${webhook}/secret`))).toEqual({
      id: 'nordwind-components/bookkeeping',
      version: 2,
      secret: webhookSecretsFrom(Buffer.alloc(32, 1))('nordwind-components/bookkeeping', 2),
    })
    expect(JSON.stringify(await json(await world.get(auditor, webhook)))).not.toContain('whsec_')
    expect((await world.get(auditor, `${webhook}/secret`)).status).toBe(404)
  })

  it('of deliveries: only those of its own webhooks, and those given up on a list of their own', async () => {
    const webhookId = encodeURIComponent('nordwind-components/bookkeeping')
    const listed = async (caller: Actor, path: string) =>
      (await json(await world.get(caller, `${path}?webhookId=${webhookId}`)))['items'] as unknown[]
    for (const path of ['/v1/webhook-deliveries', '/v1/webhook-dead-letters']) {
      expect(await listed(nordwind, path)).toMatchObject([{ eventId: 'financing.obligor-02.118.3' }])
      expect(await listed(acme, path)).toEqual([])
    }
  })

  it('of a claim: the funder all, the supplier the rules without the numbers, the debtor what it owes', async () => {
    expect(await json(await world.get(nordbank, claim))).toMatchObject({
      limitMinor: '1200000000',
      rules: [{ detail: 'limit 12,000,000.00' }],
    })
    const supplier = await json(await world.get(nordwind, claim))
    expect(supplier['rules']).toEqual([{ rule: 'price', outcome: 'referred' }])
    expect(supplier).not.toHaveProperty('limitMinor')
    expect(supplier).toHaveProperty('grossMinor')
    const debtor = await json(await world.get(acme, claim))
    expect(debtor).not.toHaveProperty('rules')
    expect(debtor).toMatchObject({ grossMinor: '2023000', supplierId: 'nordwind-components' })
  })

  it('of a trade: the supplier what was advanced, the buyer only what became of the invoice', async () => {
    const outcome = {
      invoiceId: 'I',
      outcome: 'financed',
      reason: '',
      decisionId: 'I@1',
      advanceMinor: '800',
      atMs: '1',
    }
    world.fake.put('financing', 'trades', 'acme-motors/PO-4711', {
      buyerId: 'acme-motors',
      supplierId: 'nordwind-components',
      outcomes: [outcome],
    })
    expect((await json(await world.get(nordwind, '/v1/trades/acme-motors/PO-4711')))['outcomes']).toEqual([outcome])
    expect((await json(await world.get(acme, '/v1/trades/acme-motors/PO-4711')))['outcomes']).toEqual([
      { invoiceId: 'I', outcome: 'financed', atMs: '1' },
    ])
  })

  it('of a programme: the supplier the terms, not what the funder would lend in all', async () => {
    expect(await json(await world.get(nordbank, '/v1/programmes/acme-nordbank'))).toHaveProperty('limitMinor')
    expect(await json(await world.get(nordwind, '/v1/programmes/acme-nordbank'))).not.toHaveProperty('limitMinor')
  })

  it('of a decision, whose id has slashes, encoded: nothing of the debtor’s exposure for the supplier', async () => {
    const path = `/v1/decisions/${encodeURIComponent('nordwind-components/INV-2026-0042/2026-03-06@1')}`
    expect(await json(await world.get(nordbank, path))).toHaveProperty('exposureAfterMinor')
    expect(await json(await world.get(nordwind, path))).not.toHaveProperty('exposureAfterMinor')
  })
})

describe('referred claims', () => {
  const put = (n: number, programmeId: string) =>
    world.fake.put('financing', 'claims', `nordwind-components/X-${String(n).padStart(3, '0')}/2026-03-06`, {
      invoiceId: `X-${n}`,
      status: 'referred',
      supplierId: 'nordwind-components',
      debtorId: 'acme-motors',
      programmeId,
    })

  it('come page by page, each once, and only a funder’s own', async () => {
    for (let n = 1; n <= 25; n++) put(n, n % 3 === 0 ? 'globex-suedbank' : 'acme-nordbank')
    const seen: unknown[] = []
    let path: string | undefined = '/v1/claims?status=referred&limit=4'
    for (let pages = 0; path !== undefined && pages < 20; pages++) {
      const response = await world.get(nordbank, path)
      expect(response.status).toBe(200)
      const { items, next } = (await response.json()) as { items: Record<string, unknown>[]; next?: string }
      expect(items.length).toBeLessThanOrEqual(4)
      seen.push(...items.map(({ invoiceId }) => invoiceId))
      const link = response.headers.get('link')
      expect(link === null).toBe(next === undefined)
      path = link === null ? undefined : /<(.+)>/.exec(link)![1]
    }
    const own = Array.from({ length: 25 }, (_, i) => i + 1).filter((n) => n % 3 !== 0)
    expect(seen.filter((id) => id !== undefined)).toEqual(own.map((n) => `X-${n}`))
    expect(new Set(seen).size).toBe(seen.length)
  })

  it('are all there for the auditor', async () => {
    const { items } = (await (await world.get(auditor, '/v1/claims?status=referred&limit=200')).json()) as {
      items: unknown[]
    }
    expect(items).toHaveLength(26)
  })

  it.each([
    ['status=nothing', 'QueryInvalid'],
    ['', 'QueryInvalid'],
    ['status=referred&status=financed', 'QueryInvalid'],
    ['status=referred&extra=1', 'QueryInvalid'],
    ['status=referred&limit=0', 'LimitInvalid'],
    ['status=referred&limit=-1', 'LimitInvalid'],
    ['status=referred&limit=1e9', 'LimitInvalid'],
    ['status=referred&limit=abc', 'LimitInvalid'],
    ['status=referred&limit=201', 'LimitInvalid'],
    ['status=referred&cursor=x', 'CursorInvalid'],
    ['status=referred&cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'CursorInvalid'],
  ])('are not listed for %s', async (query, code) => {
    expect(await json(await world.get(nordbank, `/v1/claims?${query}`))).toMatchObject({ status: 400, code })
  })

  it('do not go on from a cursor that another was given, or that was changed', async () => {
    for (let n = 1; n <= 3; n++) put(n, 'acme-nordbank')
    const { next } = (await (await world.get(nordbank, '/v1/claims?status=referred&limit=1')).json()) as {
      next: string
    }
    expect((await world.get(nordbank, `/v1/claims?status=referred&cursor=${next}`)).status).toBe(200)
    expect((await world.get(auditor, `/v1/claims?status=referred&cursor=${next}`)).status).toBe(400)
    expect((await world.get(nordbank, `/v1/claims?status=waiting&cursor=${next}`)).status).toBe(400)
    const changed = next.slice(0, -1) + (next.endsWith('A') ? 'B' : 'A')
    expect((await world.get(nordbank, `/v1/claims?status=referred&cursor=${changed}`)).status).toBe(400)
  })
})
