/** The invoice desk's rules, as sentences. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { specification } from '@triflow/kernel/specification'
import { invoiceRules } from './rules.ts'
import type {
  ConfirmInvoice,
  CreditNoteIssued,
  DisputeInvoice,
  InvoiceConfirmed,
  InvoiceDisputed,
  InvoiceIssued,
  InvoiceLine,
  IssueCreditNote,
  IssueInvoice,
  OrderBilled,
} from './vocabulary.ts'

const id = 'litware/INV-7/2026-02-01'
const { given } = specification(invoiceRules, id)

const pallets: InvoiceLine = {
  line: 1,
  orderId: 'wide-world/PO-2',
  orderLine: 1,
  sku: '77',
  quantity: 10n,
  unitPriceMinor: 2_500n,
  netMinor: 25_000n,
}
const straps: InvoiceLine = {
  line: 2,
  orderId: 'wide-world/PO-1',
  orderLine: 3,
  sku: '78',
  quantity: 200n,
  unitPriceMinor: 25n,
  netMinor: 5_000n,
}
const crates: InvoiceLine = { ...pallets, line: 3, orderLine: 2, quantity: 1n, netMinor: 2_500n }

const issue: IssueInvoice = {
  type: 'IssueInvoice',
  invoiceId: id,
  supplierId: 'litware',
  debtorId: 'wide-world',
  number: 'INV-7',
  issuedOn: '2026-02-01',
  dueOn: '2026-03-03',
  currency: 'USD',
  netMinor: 32_500n,
  taxMinor: 4_875n,
  grossMinor: 37_375n,
  lines: [crates, straps, pallets],
}
const { type: _type, lines: _lines, ...head } = issue
const orderIds = ['wide-world/PO-1', 'wide-world/PO-2']
const issued: InvoiceIssued = { type: 'InvoiceIssued', ...head, orderIds, version: 1, lineCount: 3 }
const billed = (orderId: string, lines: InvoiceLine[]): OrderBilled => {
  const { netMinor: _net, taxMinor: _tax, grossMinor: _gross, ...rest } = head
  return { type: 'OrderBilled', orderId, ...rest, orderIds, version: 1, lines }
}
const past = [issued, billed('wide-world/PO-1', [straps]), billed('wide-world/PO-2', [pallets, crates])]

const note: IssueCreditNote = {
  type: 'IssueCreditNote',
  invoiceId: id,
  creditNoteNumber: 'CN-1',
  issuedOn: '2026-02-10',
  netMinor: 2_500n,
  taxMinor: 375n,
  reason: 'crate broken',
}
const parties = { supplierId: 'litware', debtorId: 'wide-world' }
const credited: CreditNoteIssued = { ...note, type: 'CreditNoteIssued', ...parties, currency: 'USD' }

const confirm: ConfirmInvoice = { type: 'ConfirmInvoice', invoiceId: id, confirmedBy: 'Kim Buyer' }
const confirmed: InvoiceConfirmed = { ...confirm, type: 'InvoiceConfirmed', ...parties }
const dispute: DisputeInvoice = { type: 'DisputeInvoice', invoiceId: id, reason: 'wrong price' }
const disputed: InvoiceDisputed = { ...dispute, type: 'InvoiceDisputed', ...parties }

describe('issuing an invoice', () => {
  it('issues it and bills each order with its own lines, orders and lines sorted', () =>
    given([]).when(issue).then(past))

  it('refuses the same document again, also with its lines in another order', () => {
    given(past).when(issue).thenRejected('InvoiceAlreadyIssued')
    given(past)
      .when({ ...issue, lines: [pallets, straps, crates] })
      .thenRejected('InvoiceAlreadyIssued')
    given([...past, confirmed])
      .when(issue)
      .thenRejected('InvoiceAlreadyIssued')
  })

  it.each(['inv-7', ' INV - 7', 'ＩＮＶ-７'])('refuses the same document under its number re-typed as "%s"', (number) =>
    given(past)
      .when({ ...issue, number })
      .thenRejected('InvoiceRetyped'),
  )

  it.each([
    { taxMinor: 0n, grossMinor: 32_500n },
    { dueOn: '2026-05-01' },
    { debtorId: 'adatum' },
    { lines: [pallets] },
    { lines: [crates, pallets, { ...straps, quantity: 100n, unitPriceMinor: 50n }] },
    { number: 'inv-7', taxMinor: 0n, grossMinor: 32_500n },
  ] satisfies Partial<IssueInvoice>[])('raises a conflict for other content under the same id: %o', (other) =>
    given(past)
      .when({ ...issue, ...other })
      .thenRejected('InvoiceConflicts'),
  )

  it('takes the same number of another day as another invoice, for free numbering repeats numbers', () => {
    const later = { ...issue, invoiceId: 'litware/INV-7/2026-02-02', issuedOn: '2026-02-02' }
    specification(invoiceRules, later.invoiceId)
      .given([])
      .when(later)
      .thenTypes(['InvoiceIssued', 'OrderBilled', 'OrderBilled'])
  })

  const alone = (line: Partial<InvoiceLine>): Partial<IssueInvoice> => ({ lines: [{ ...pallets, ...line }] })
  it.each([
    [{ supplierId: 'Litware' }, 'SupplierMalformed'],
    [{ debtorId: '' }, 'DebtorMalformed'],
    [{ debtorId: 'litware' }, 'SupplierIsDebtor'],
    [{ number: ' / ' }, 'InvoiceNumberEmpty'],
    [{ number: 'INV-8' }, 'InvoiceIdMismatch'],
    [{ issuedOn: '2026-02-02' }, 'InvoiceIdMismatch'],
    [{ issuedOn: '2026-02-30' }, 'DateInvalid'],
    [{ dueOn: 'soon' }, 'DateInvalid'],
    [{ dueOn: '2026-01-31' }, 'DueBeforeIssue'],
    [{ currency: 'XXX' }, 'CurrencyUnknown'],
    [{ lines: [] }, 'LinesMissing'],
    [{ lines: Array.from({ length: 1_001 }, () => pallets) }, 'TooManyLines'],
    [
      { lines: Array.from({ length: 101 }, (_, n) => ({ ...pallets, line: n + 1, orderId: `wide-world/PO-${n}` })) },
      'TooManyOrders',
    ],
    [alone({ line: 0 }), 'LineNumberInvalid'],
    [{ lines: [pallets, { ...straps, line: 1 }] }, 'LineRepeated'],
    [alone({ orderId: '' }), 'LineNamesNoOrder'],
    [alone({ orderId: 'wide-world/po 2' }), 'LineNamesNoOrder'],
    [alone({ orderId: 'wide-world/' }), 'LineNamesNoOrder'],
    [alone({ orderLine: 0 }), 'LineNamesNoOrder'],
    [alone({ quantity: 0n, netMinor: 0n }), 'QuantityNotPositive'],
    [alone({ unitPriceMinor: -1n, netMinor: -10n }), 'PriceNegative'],
    [alone({ netMinor: 25_001n }), 'InvoiceDoesNotAdd'],
    [{ netMinor: 32_499n, grossMinor: 37_374n }, 'InvoiceDoesNotAdd'],
    [{ grossMinor: 37_376n }, 'InvoiceDoesNotAdd'],
    [{ taxMinor: -1n, grossMinor: 32_499n }, 'InvoiceDoesNotAdd'],
    [
      { ...alone({ unitPriceMinor: 0n, netMinor: 0n }), netMinor: 0n, taxMinor: 0n, grossMinor: 0n },
      'InvoiceAmountNotPositive',
    ],
    [{ taxMinor: 10n ** 18n, grossMinor: 10n ** 18n + 32_500n }, 'AmountTooLarge'],
  ] satisfies [Partial<IssueInvoice>, string][])('refuses %o as %s', (wrong, code) =>
    given([])
      .when({ ...issue, ...wrong })
      .thenRejected(code),
  )

  it('takes an invoice due on the day it is issued, free of tax', () =>
    given([])
      .when({ ...issue, dueOn: '2026-02-01', taxMinor: 0n, grossMinor: 32_500n })
      .thenTypes(['InvoiceIssued', 'OrderBilled', 'OrderBilled']))
})

describe('crediting an invoice', () => {
  it('credits what is left, before and after confirmation and in a dispute', () => {
    given(past).when(note).then([credited])
    given([...past, confirmed])
      .when(note)
      .then([credited])
    given([...past, disputed])
      .when(note)
      .then([credited])
  })

  it('takes the same credit note again without a fact, and refuses another one under its number', () => {
    given([...past, credited])
      .when(note)
      .thenNothing()
    given([...past, credited])
      .when({ ...note, creditNoteNumber: 'cn-1 ' })
      .thenNothing()
    given([...past, credited])
      .when({ ...note, netMinor: 1n })
      .thenRejected('CreditNoteConflicts')
  })

  it('credits to the last cent and not one more, and is done when nothing is left', () => {
    const rest = { ...note, creditNoteNumber: 'CN-2', netMinor: 30_000n, taxMinor: 4_500n }
    given([...past, credited])
      .when(rest)
      .thenTypes(['CreditNoteIssued'])
    given([...past, credited])
      .when({ ...rest, netMinor: 30_001n })
      .thenRejected('CreditExceedsInvoice')
    given([...past, credited])
      .when({ ...rest, taxMinor: 4_501n })
      .thenRejected('CreditExceedsInvoice')
    const whole = { ...credited, ...rest, type: 'CreditNoteIssued' as const }
    expect(invoiceRules.isClosed(given([...past, credited, whole]).state())).toBe(true)
    expect(invoiceRules.isClosed(given([...past, credited]).state())).toBe(false)
    expect(invoiceRules.isClosed(given([]).state())).toBe(false)
  })

  it.each([
    [{ creditNoteNumber: ' ' }, 'CreditNoteNumberEmpty'],
    [{ issuedOn: '' }, 'DateInvalid'],
    [{ reason: ' ' }, 'ReasonMissing'],
    [{ netMinor: 0n, taxMinor: 0n }, 'CreditAmountNotPositive'],
    [{ netMinor: -1n }, 'CreditAmountNotPositive'],
    [{ taxMinor: -1n }, 'CreditAmountNotPositive'],
  ] satisfies [Partial<IssueCreditNote>, string][])('refuses %o as %s', (wrong, code) =>
    given(past)
      .when({ ...note, ...wrong })
      .thenRejected(code),
  )

  it('refuses a credit note on an unknown invoice', () => given([]).when(note).thenRejected('InvoiceUnknown'))

  it('never credits more than was invoiced, whatever is asked', () => {
    const anyNote = fc.record({
      creditNoteNumber: fc.constantFrom('CN-1', 'CN-2', 'CN-3', 'CN-4', 'CN-5'),
      netMinor: fc.bigInt({ min: -1n, max: 20_000n }),
      taxMinor: fc.bigInt({ min: -1n, max: 3_000n }),
    })
    fc.assert(
      fc.property(fc.array(anyNote, { maxLength: 20 }), (notes) => {
        let state = given(past).state()
        const context = { key: id, at: 0, shared: {}, loaded: new Map() }
        for (const asked of notes) {
          const input = { kind: 'command' as const, commandId: 'c', command: { ...note, ...asked } }
          for (const fact of invoiceRules.decide(input, state, context).facts)
            state = structuredClone(invoiceRules.evolve(state, fact))
          expect(state.creditedNetMinor >= 0n && state.creditedNetMinor <= issue.netMinor).toBe(true)
          expect(state.creditedTaxMinor >= 0n && state.creditedTaxMinor <= issue.taxMinor).toBe(true)
        }
      }),
      { numRuns: 200, seed: 20260201 },
    )
  })
})

describe('confirming and disputing an invoice', () => {
  it('confirms once', () => {
    given(past).when(confirm).then([confirmed])
    given([...past, confirmed])
      .when(confirm)
      .thenNothing()
    given(past)
      .when({ ...confirm, confirmedBy: '' })
      .thenRejected('ConfirmerMissing')
    given([]).when(confirm).thenRejected('InvoiceUnknown')
  })

  it('disputes once, with a reason', () => {
    given(past).when(dispute).then([disputed])
    given([...past, disputed])
      .when(dispute)
      .thenNothing()
    given([...past, disputed])
      .when({ ...dispute, reason: 'late' })
      .thenRejected('InvoiceDisputed')
    given(past)
      .when({ ...dispute, reason: '' })
      .thenRejected('ReasonMissing')
    given([]).when(dispute).thenRejected('InvoiceUnknown')
  })

  it('refuses to confirm what is disputed and to dispute what is confirmed', () => {
    given([...past, disputed])
      .when(confirm)
      .thenRejected('InvoiceDisputed')
    given([...past, confirmed])
      .when(dispute)
      .thenRejected('InvoiceConfirmed')
  })
})
