/** For tests: a short life of both desks in which every fact they know is said. */
import type { Fact as ObligorFact } from '../obligor/vocabulary.ts'
import { obligorRules } from '../obligor/rules.ts'
import type { Fact as TradeFact } from '../trade/vocabulary.ts'
import { tradeRules } from '../trade/rules.ts'
import * as acme from './acme.ts'
import { playing } from './playing.ts'

/** An order billed twice: the first bill matched, the second refused. */
export const tradeHistory = (): readonly TradeFact[] => {
  const desk = playing(tradeRules, acme.orderId)
  desk.broadcast(acme.programmeOpened())
  desk.hearAll([
    acme.submitted(),
    acme.accepted(),
    acme.billed(),
    acme.received({ 1: 60n, 2: 40n }),
    acme.fundsStand(),
    acme.received({ 1: 40n }, 'acme/GR/2'),
  ])
  const again = acme.billed({ invoiceId: 'borsig/R-200/2026-03-04', number: 'R-200', issuedOn: '2026-03-04' })
  desk.hearAll([again, acme.fundsStand({ invoiceId: again.invoiceId })])
  return desk.said
}

const other = (n: number) => {
  const own = { invoiceId: `borsig/R-${n}/2026-03-03`, number: `R-${n}`, issuedOn: '2026-03-03' }
  return { own, invoice: acme.issued({ ...own, orderIds: [`acme/PO-${n}`] }), orderId: `acme/PO-${n}` }
}

/**
 * R-100 short, financed at close, paid out and repaid early; R-102 waits for the limit and is paid before it is financed;
 * R-103 is referred and approved, and the bank refuses it; R-104 is refused; a receipt nobody explains is suspended.
 */
export const obligorHistory = (): readonly ObligorFact[] => {
  const desk = playing(obligorRules, acme.acme)
  desk.broadcast(acme.programmeOpened({ limitMinor: 5_000_00n, suspenseAfterDays: 1 }))
  desk.broadcast(acme.dayOpened('2026-03-02'))
  desk.hear(acme.enrolled())
  desk.hearAll([
    acme.issued(),
    acme.share({ verdict: 'reduced', reason: 'ShortReceived', financeableNetMinor: 5_000_00n }),
  ])
  desk.broadcast(acme.dayClosed('2026-03-02', '2026-03-03'))
  desk.hear(acme.executed())
  const waiting = other(102)
  desk.hearAll([waiting.invoice, acme.share({ ...waiting.own, orderId: waiting.orderId })])
  desk.hear(acme.cash(6_902_00n, { receiptId: 'L-2', reference: 'R-102', valueOn: '2026-03-03' }))
  desk.hear(acme.cash(6_902_00n, { receiptId: 'L-1', reference: 'R-100', valueOn: '2026-04-16' }))
  const dear = other(103)
  desk.hearAll([
    dear.invoice,
    acme.share({ ...dear.own, orderId: dear.orderId, verdict: 'referred', reason: 'PriceOverTolerance' }),
  ])
  desk.wish({
    type: 'ApproveClaim',
    debtorId: acme.acme,
    invoiceId: dear.own.invoiceId,
    officer: 'H. Ansa',
    reason: 'agreed',
  })
  desk.hear(acme.bankRefused({ invoiceId: dear.own.invoiceId, causeId: `${dear.own.invoiceId}@1` }))
  const twice = other(104)
  desk.hearAll([
    twice.invoice,
    acme.share({
      ...twice.own,
      orderId: twice.orderId,
      verdict: 'refused',
      reason: 'GoodsAlreadyBilled',
      otherInvoiceId: acme.invoiceId,
      financeableNetMinor: 0n,
    }),
  ])
  desk.hear({
    type: 'CreditNoteIssued',
    supplierId: acme.borsig,
    debtorId: acme.acme,
    invoiceId: acme.invoiceId,
    currency: 'EUR',
    netMinor: 100_00n,
    taxMinor: 19_00n,
  })
  desk.hear(acme.cash(3_33n, { receiptId: 'L-3', valueOn: '2026-03-03' }))
  desk.broadcast(acme.dayClosed('2026-04-16', '2026-04-17'))
  return desk.said
}
