/** Facts of the financing desks reach the right readers and survive the wire. */
import { describe, expect, it } from 'vitest'
import { decodeMessage, encodeMessage, fullNameOf, topics } from '@triflow/contracts'
import type { obligor } from './desks/index.ts'
import { obligorHistory, tradeHistory } from './desks/testing/history.ts'
import { obligorDesk, tradeDesk } from './wire.ts'

const said = [...tradeHistory(), ...obligorHistory()]
const known = topics.map((topic) => topic.name)

/** Topic (without the desk's own) and key that the first fact of a type is told on. */
const toldAgain = (type: obligor.Fact['type']) => {
  const fact = obligorHistory().find((one) => one.type === type)!
  return obligorDesk
    .routes(fact)
    .slice(1)
    .map(({ topic, key }) => `${topic.replace('triflow.financing.obligor.', '')} ${key}`)
}

describe('the trade desk', () => {
  it('tells progress on its own topic only, and a share to the debtor’s desk too', () => {
    for (const fact of tradeHistory()) {
      const own = { topic: 'triflow.financing.trade', key: 'acme/PO-1' }
      const copies = fact.type === 'ShareMatched' ? [{ topic: 'triflow.financing.trade.by-debtor', key: 'acme' }] : []
      expect(tradeDesk.routes(fact)).toEqual([own, ...copies])
    }
  })
})

describe('the obligor desk', () => {
  it('tells every fact first on its own topic, by debtor', () => {
    for (const fact of obligorHistory())
      expect(obligorDesk.routes(fact)[0]).toEqual({ topic: 'triflow.financing.obligor', key: 'acme' })
  })

  it.each<[obligor.Fact['type'], string[]]>([
    ['ClaimFinanced', ['by-pair borsig|acme', 'by-order acme/PO-1']],
    ['ClaimWaiting', ['by-order acme/PO-1']],
    ['ClaimReferred', ['by-order acme/PO-103']],
    ['ClaimRefused', ['by-order acme/PO-102']],
    ['AdvanceDisbursed', ['by-programme acme-hansa']],
    ['AdvanceCancelled', ['by-programme acme-hansa']],
    ['CashAllocated', ['by-pair borsig|acme', 'by-programme acme-hansa']],
    ['CashSuspended', ['by-programme acme-hansa']],
    ['DilutionRecorded', ['by-programme acme-hansa']],
    ['CashWaiting', []],
    ['DebtorDayClosed', []],
  ])('tells %s again %j', (type, routes) => expect(toldAgain(type)).toEqual(routes))

  it('tells a decision to every order that the invoice bills', () => {
    const financed = obligorHistory().find((fact) => fact.type === 'ClaimFinanced')!
    const routes = obligorDesk.routes({ ...financed, orderIds: ['acme/PO-1', 'acme/PO-2'] })
    expect(routes.filter(({ topic }) => topic.endsWith('by-order')).map(({ key }) => key)).toEqual([
      'acme/PO-1',
      'acme/PO-2',
    ])
  })

  it('tells nothing to the books of no programme', () => {
    const dilution = obligorHistory().find((fact) => fact.type === 'DilutionRecorded')!
    expect(obligorDesk.routes({ ...dilution, programmeId: '' })).toHaveLength(1)
  })
})

it('uses only topics that the table knows', () => {
  for (const fact of tradeHistory()) for (const { topic } of tradeDesk.routes(fact)) expect(known).toContain(topic)
  for (const fact of obligorHistory()) for (const { topic } of obligorDesk.routes(fact)) expect(known).toContain(topic)
})

it('says facts that come back from their bytes as they were said', () => {
  expect(new Set(said.map(({ type }) => type)).size).toBe(13)
  for (const fact of said) expect(decodeMessage(fullNameOf(fact.type), encodeMessage(fact))).toEqual(fact)
})
