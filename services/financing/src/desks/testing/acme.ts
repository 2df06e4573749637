/** For tests: a maker of pumps, Acme, that buys castings from Borsig and is financed by Hansa Bank. */
import type { ProgrammeTerms } from '../programmes.ts'
import type * as obligor from '../obligor/vocabulary.ts'
import type * as trade from '../trade/vocabulary.ts'

export const acme = 'acme'
export const borsig = 'borsig'
export const orderId = 'acme/PO-1'
export const invoiceId = 'borsig/R-100/2026-03-02'

export const hansaProgramme: ProgrammeTerms = {
  programmeId: 'acme-hansa',
  debtorId: acme,
  funderId: 'hansa-bank',
  currency: 'EUR',
  limitMinor: 100_000_00n,
  advanceRateBps: 8_000,
  annualRateBps: 435,
  dayCountBasis: 360,
  penaltyRateBps: 650,
  goodsEvidence: 'receipt',
  acceptance: 'deemed',
  priceToleranceBps: 200,
  priceToleranceMinor: 500n,
  minTenorDays: 7,
  maxTenorDays: 180,
  suspenseAfterDays: 3,
  advanceBase: 'net',
}

export const programmeOpened = (terms: Partial<ProgrammeTerms> = {}) =>
  ({ type: 'ProgrammeOpened', programme: { ...hansaProgramme, ...terms }, policyVersion: 7n }) as const

export const dayOpened = (date: string) => ({ type: 'BusinessDayOpened', date }) as const
export const dayClosed = (date: string, next: string) => ({ type: 'BusinessDayClosed', date, next }) as const

// ---- the order, as the trade desk hears of it ------------------------------------------------------------------------

/** 100 housings at 50.00 and 40 shafts at 20.00. */
export const orderLines: trade.OrderLine[] = [
  { line: 1, sku: 'HOUSING', quantity: 100n, unitPriceMinor: 50_00n },
  { line: 2, sku: 'SHAFT', quantity: 40n, unitPriceMinor: 20_00n },
]

export const submitted = (changes: Partial<Extract<trade.Heard, { type: 'OrderSubmitted' }>> = {}): trade.Heard => ({
  type: 'OrderSubmitted',
  orderId,
  buyerId: acme,
  supplierId: borsig,
  issuedOn: '2026-02-20',
  currency: 'EUR',
  lines: orderLines,
  version: 1,
  ...changes,
})

export const accepted = (version = 1): trade.Heard => ({ type: 'OrderAccepted', orderId, version })

export const billedLine = (orderLine: number, quantity: bigint, unitPriceMinor?: bigint): trade.BilledLine => {
  const ordered = orderLines[orderLine - 1]
  const price = unitPriceMinor ?? ordered?.unitPriceMinor ?? 1_00n
  return {
    line: orderLine,
    orderLine,
    sku: ordered?.sku ?? 'OTHER',
    quantity,
    unitPriceMinor: price,
    netMinor: quantity * price,
  }
}

export const wholeBill = [billedLine(1, 100n), billedLine(2, 40n)]

export const billed = (changes: Partial<trade.OrderBilled> = {}): trade.OrderBilled => ({
  type: 'OrderBilled',
  orderId,
  invoiceId,
  supplierId: borsig,
  debtorId: acme,
  number: 'R-100',
  issuedOn: '2026-03-02',
  dueOn: '2026-05-31',
  currency: 'EUR',
  version: 1,
  lines: wholeBill,
  orderIds: [orderId],
  ...changes,
})

const goods = (quantities: Record<number, bigint>): trade.GoodsLine[] =>
  Object.entries(quantities).map(([line, quantity]) => ({ orderId, orderLine: Number(line), quantity }))

const parties = { orderId, supplierId: borsig, buyerId: acme }

export const received = (quantities: Record<number, bigint>, receiptId = 'acme/GR/1'): trade.Heard => ({
  type: 'OrderReceived',
  ...parties,
  receiptId,
  receivedOn: '2026-03-02',
  lines: goods(quantities),
})

export const delivered = (quantities: Record<number, bigint>, shipmentId = 'rhenus/W-1'): trade.Heard => ({
  type: 'OrderDelivered',
  ...parties,
  shipmentId,
  happenedOn: '2026-03-01',
  lines: goods(quantities),
})

export const returned = (quantities: Record<number, bigint>, returnId = 'acme/RT/1'): trade.Heard => ({
  type: 'OrderReturned',
  ...parties,
  returnId,
  returnedOn: '2026-03-03',
  lines: goods(quantities),
})

export const fundsStand = (changes: Partial<trade.FundsChecked> = {}): trade.FundsChecked => ({
  type: 'FundsChecked',
  orderId,
  invoiceId,
  invoiceVersion: 1,
  stands: true,
  missing: [],
  history: 'new-pair',
  ...changes,
})

export const outcome = <T extends trade.ClaimOutcome['type']>(
  type: T,
  of = invoiceId,
  reason = '',
): trade.ClaimOutcome => ({ type, invoiceId: of, invoiceVersion: 1, reason, waitsFor: reason }) as trade.ClaimOutcome

// ---- the claim, as the obligor desk hears of it ----------------------------------------------------------------------

export const enrolled = (changes: Partial<obligor.SupplierEnrolled> = {}): obligor.SupplierEnrolled => ({
  type: 'SupplierEnrolled',
  supplierId: borsig,
  debtorId: acme,
  programmeId: 'acme-hansa',
  termsReference: 'HANSA-2026-1',
  acceptedBy: 'B. Orsig',
  acceptedOn: '2026-01-15',
  ...changes,
})

/** An invoice of the net amount with 19 % tax on it. */
export const issued = (changes: Partial<obligor.InvoiceIssued> = {}): obligor.InvoiceIssued => {
  const netMinor = changes.netMinor ?? 5_800_00n
  const taxMinor = changes.taxMinor ?? (netMinor * 19n) / 100n
  return {
    type: 'InvoiceIssued',
    invoiceId,
    supplierId: borsig,
    debtorId: acme,
    number: 'R-100',
    issuedOn: '2026-03-02',
    dueOn: '2026-05-31',
    currency: 'EUR',
    netMinor,
    taxMinor,
    grossMinor: netMinor + taxMinor,
    orderIds: [orderId],
    version: 1,
    ...changes,
  }
}

export const share = (changes: Partial<obligor.ShareHeard> = {}): obligor.ShareHeard => ({
  type: 'ShareMatched',
  orderId,
  supplierId: borsig,
  debtorId: acme,
  invoiceId,
  invoiceVersion: 1,
  revision: 1,
  financeableNetMinor: 5_800_00n,
  evidence: [
    { about: 'goods', desk: 'logistics.shipment-01', entry: 9n, index: 0, sha256: 'ab', type: 'OrderReceived' },
  ],
  verdict: 'matched',
  reason: '',
  otherInvoiceId: '',
  lastEventAtMs: 1_699_999_999_000n,
  ...changes,
})

export const cash = (amountMinor: bigint, changes: Partial<obligor.CashReceived> = {}): obligor.CashReceived => ({
  type: 'CashReceived',
  receiptId: 'L-1',
  supplierId: borsig,
  debtorId: acme,
  programmeId: 'acme-hansa',
  currency: 'EUR',
  amountMinor,
  valueOn: '2026-05-31',
  reference: '',
  ...changes,
})

const payout = { supplierId: borsig, debtorId: acme, invoiceId, purpose: 'advance', causeId: `${invoiceId}@1` }

export const executed = (changes: Partial<obligor.DisbursementExecuted> = {}): obligor.DisbursementExecuted => ({
  type: 'DisbursementExecuted',
  ...payout,
  ...changes,
})

export const bankRefused = (changes: Partial<obligor.DisbursementRefused> = {}): obligor.DisbursementRefused => ({
  type: 'DisbursementRefused',
  ...payout,
  detail: 'account closed',
  ...changes,
})
