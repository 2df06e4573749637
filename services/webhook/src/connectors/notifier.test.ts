/** Whom the notifier tells of what, and what it says. */
import { describe, expect, it } from 'vitest'
import type { Said, ViewDocument, Views } from '@triflow/desk'
import { notifier } from './notifier.ts'
import { CLOCKS_DIFFER_MS } from './subscriptions.ts'

const said = { desk: 'financing.obligor-1', entry: 12, index: 3, at: Date.UTC(2026, 2, 2, 8) } as Said

const financed = {
  type: 'ClaimFinanced',
  invoiceId: 'litware/RE 1/2026-01-05',
  supplierId: 'litware',
  debtorId: 'wide-world',
  programmeId: 'wwi',
  funderId: 'woodgrove',
  payoutMinor: 990n,
  limitMinor: 1_000n,
}

const scene = (wants: Record<string, readonly string[]>, since: readonly number[] = []) => {
  let reads = 0
  let now = 0
  const documents = Object.entries(wants).map(
    ([id, kinds]) => ({ id, body: { partyId: id.split('/')[0], kinds, since } }) as unknown as ViewDocument,
  )
  const views: Pick<Views, 'load' | 'list'> = {
    load: () => Promise.reject(new Error('not asked')),
    list: async (_view, { after = '', limit }) => {
      reads++
      return documents.filter(({ id }) => id > after).slice(0, limit)
    },
  }
  const connector = notifier({ now: () => now })
  return {
    connector,
    tell: (fact: Record<string, unknown> & { type: string }) => connector.act(fact, said, views),
    later: (ms: number) => (now += ms),
    reads: () => reads,
    register: (id: string, kinds: readonly string[]) =>
      documents.push({ id, body: { partyId: id.split('/')[0], kinds } } as unknown as ViewDocument),
  }
}

describe('the notifier', () => {
  it('asks for one delivery to each webhook of each party concerned, under the fact’s own id', async () => {
    const { tell } = scene({
      'litware/books': ['ClaimFinanced'],
      'litware/orders': ['OrderSubmitted'],
      'woodgrove/desk': ['ClaimFinanced', 'ClaimReferred'],
      'fabrikam/books': ['ClaimFinanced'],
    })
    const reports = await tell(financed)
    expect(reports.map(({ id }) => id)).toEqual([
      'litware/books/financing.obligor-1.12.3',
      'woodgrove/desk/financing.obligor-1.12.3',
    ])
    expect(JSON.parse(String(reports[0]!.command['body']))).toEqual({
      type: 'ClaimFinanced',
      timestamp: '2026-03-02T08:00:00.000Z',
      data: {
        invoiceId: 'litware/RE 1/2026-01-05',
        supplierId: 'litware',
        debtorId: 'wide-world',
        programmeId: 'wwi',
        href: '/v1/claims/litware/RE%201/2026-01-05',
      },
    })
  })

  it('wants only what somebody can subscribe to', () => {
    const { connector } = scene({})
    expect(connector.wants({ type: 'ClaimFinanced' })).toBe(true)
    expect(connector.wants({ type: 'DebtorDayClosed' })).toBe(false)
    expect(connector.wants({ type: 'toString' })).toBe(false)
  })

  it('finds whoever wants to be told, however many do', async () => {
    const many = Array.from({ length: 1_200 }, (_, n) => [`litware/w-${String(n).padStart(4, '0')}`, ['ClaimFinanced']])
    const { tell, reads } = scene(Object.fromEntries(many) as Record<string, string[]>)
    expect(await tell(financed)).toHaveLength(1_200)
    expect(reads()).toBe(3)
  })

  it('looks up who wants to be told once a second, and then knows of the new', async () => {
    const { tell, later, reads, register } = scene({})
    for (let n = 0; n < 10; n++) expect(await tell(financed)).toEqual([])
    expect(reads()).toBe(1)
    register('wide-world/erp', ['ClaimFinanced'])
    later(1_000)
    expect(await tell(financed)).toHaveLength(1)
    expect(reads()).toBe(2)
  })

  it('does not tell what happened before it was asked to, but for what clocks may differ by', async () => {
    const books = { 'litware/books': ['ClaimFinanced'] }
    expect(await scene(books, [said.at + CLOCKS_DIFFER_MS]).tell(financed)).toHaveLength(1)
    expect(await scene(books, [said.at + CLOCKS_DIFFER_MS + 1]).tell(financed)).toEqual([])
  })
})
