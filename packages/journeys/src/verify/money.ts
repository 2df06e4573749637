/** Invariants over money, judged on facts as the journals tell them: nothing here trusts a view or a running service. */
import type { WireOf } from '@triflow/contracts'

export interface Told {
  readonly desk: string
  readonly entry: number
  readonly fact: { readonly type: string }
}

type Fact<N extends Parameters<typeof is>[1]> = WireOf<N> & { type: N }

const is = <
  N extends
    | 'ClaimFinanced'
    | 'AdvanceDisbursed'
    | 'AdvanceCancelled'
    | 'CashAllocated'
    | 'CashReceived'
    | 'DisbursementRequested'
    | 'DisbursementExecuted'
    | 'DisbursementRefused'
    | 'LedgerPosted'
    | 'InvoiceIssued',
>(
  fact: { type: string },
  name: N,
): fact is WireOf<N> & { type: N } => fact.type === name

export interface MoneyReport {
  claimsFinanced: number
  advancedMinor: bigint
  disbursementsRequested: number
  disbursementsExecuted: number
  receipts: number
  receiptsAllocated: number
  ledgerEntries: number
  exposurePrefixes: number
  readonly violations: string[]
}

const causeOf = ({ purpose, causeId }: { readonly purpose: string; readonly causeId: string }): string =>
  `${purpose} ${causeId}`

/**
 * Takes facts of one desk after another, each desk's in order, and judges: exposure within the limit at every decision
 * and never negative (I6), one live claim per receivable (I2, I3), every payout with its decision and once (I5), cash
 * conserved in every allocation, books in one currency and equal to the desks' own totals (I1).
 */
export const moneyAudit = () => {
  const report: MoneyReport = {
    claimsFinanced: 0,
    advancedMinor: 0n,
    disbursementsRequested: 0,
    disbursementsExecuted: 0,
    receipts: 0,
    receiptsAllocated: 0,
    ledgerEntries: 0,
    exposurePrefixes: 0,
    violations: [],
  }
  const exposure = new Map<string, bigint>()
  const live = new Map<string, string>()
  const decisions = new Map<string, Fact<'ClaimFinanced'>>()
  /** By what gave cause: a decision or a receipt. A refused reserve is sent anew under another id, for the same cause. */
  const payable = new Map<string, { amountMinor: bigint; currency: string }>()
  const paid = new Set<string>()
  const requested = new Map<string, Fact<'DisbursementRequested'>>()
  const final = new Map<string, string>()
  const received = new Map<string, bigint>()
  const allocated = new Map<string, bigint>()
  /** Debits less credits; together they are zero, since every posting has both sides. */
  const balances = new Map<string, bigint>()
  /** Of each programme's books. */
  const currencies = new Map<string, string>()
  const outstanding = new Map<string, bigint>()
  const wrong = (told: Told, sentence: string): void =>
    void report.violations.push(`${told.desk}@${told.entry}: ${sentence}`)

  const expose = (told: Told, programmeId: string, change: bigint): bigint => {
    const after = (exposure.get(programmeId) ?? 0n) + change
    exposure.set(programmeId, after)
    report.exposurePrefixes += 1
    if (after < 0n) wrong(told, `exposure of ${programmeId} falls to ${after}`)
    return after
  }

  const take = (told: Told): void => {
    const { fact } = told
    if (is(fact, 'ClaimFinanced')) {
      report.claimsFinanced += 1
      report.advancedMinor += fact.advanceMinor
      const after = expose(told, fact.programmeId, fact.advanceMinor)
      if (after > fact.limitMinor)
        wrong(told, `exposure ${after} of ${fact.programmeId} is above its limit ${fact.limitMinor}`)
      if (after !== fact.exposureAfterMinor) wrong(told, `exposure told as ${fact.exposureAfterMinor} is ${after}`)
      if (live.has(fact.invoiceId))
        wrong(told, `${fact.invoiceId} is financed twice (${live.get(fact.invoiceId)} and ${fact.decisionId})`)
      live.set(fact.invoiceId, fact.decisionId)
      if (decisions.has(fact.decisionId)) wrong(told, `decision ${fact.decisionId} takes effect twice`)
      decisions.set(fact.decisionId, fact)
      payable.set(`advance ${fact.decisionId}`, { amountMinor: fact.payoutMinor, currency: fact.currency })
      const lanes = new Set(fact.evidence.map((evidence) => evidence.about))
      for (const lane of ['invoice', 'goods', 'funds'])
        if (!lanes.has(lane)) wrong(told, `${fact.decisionId} was decided without ${lane} evidence`)
      if (fact.advanceMinor > fact.eligibleMinor) wrong(told, `${fact.decisionId} advances more than is eligible`)
    }
    if (is(fact, 'AdvanceDisbursed'))
      outstanding.set(fact.programmeId, (outstanding.get(fact.programmeId) ?? 0n) + fact.advanceMinor)
    if (is(fact, 'AdvanceCancelled')) {
      expose(told, fact.programmeId, -fact.advanceMinor)
      live.delete(fact.invoiceId)
    }
    if (is(fact, 'CashAllocated')) takeAllocation(told, fact)
    if (is(fact, 'CashReceived')) {
      report.receipts += 1
      if (received.has(fact.receiptId)) wrong(told, `receipt ${fact.receiptId} is told twice`)
      received.set(fact.receiptId, fact.amountMinor)
    }
    if (is(fact, 'DisbursementRequested')) {
      report.disbursementsRequested += 1
      if (requested.has(fact.disbursementId)) wrong(told, `disbursement ${fact.disbursementId} is requested twice`)
      requested.set(fact.disbursementId, fact)
    }
    if (is(fact, 'DisbursementExecuted') || is(fact, 'DisbursementRefused')) {
      if (fact.type === 'DisbursementExecuted') report.disbursementsExecuted += 1
      if (final.has(fact.disbursementId)) wrong(told, `disbursement ${fact.disbursementId} ends twice`)
      final.set(fact.disbursementId, fact.type)
      const asked = requested.get(fact.disbursementId)
      if (!asked) wrong(told, `disbursement ${fact.disbursementId} ends without having been requested`)
      else if (asked.amountMinor !== fact.amountMinor)
        wrong(told, `disbursement ${fact.disbursementId} ends with another amount`)
      if (fact.type === 'DisbursementExecuted') {
        const cause = causeOf(fact)
        if (paid.has(cause)) wrong(told, `disbursement ${fact.disbursementId} pays the ${cause} again`)
        paid.add(cause)
      }
    }
    if (is(fact, 'LedgerPosted')) takeLedger(told, fact)
  }

  const takeAllocation = (told: Told, fact: Fact<'CashAllocated'>): void => {
    report.receiptsAllocated += 1
    expose(told, fact.programmeId, -fact.principalMinor)
    outstanding.set(fact.programmeId, (outstanding.get(fact.programmeId) ?? 0n) - fact.principalMinor)
    const conserved = fact.principalMinor + fact.penaltyMinor + fact.toSupplierMinor - fact.discountReturnedMinor
    if (conserved !== fact.amountMinor)
      wrong(told, `receipt ${fact.receiptId}: ${fact.amountMinor} came in, ${conserved} is accounted for`)
    const parts = fact.allocations.reduce((sum, allocation) => sum + allocation.amountMinor, 0n)
    if (parts !== fact.amountMinor)
      wrong(told, `receipt ${fact.receiptId}: parts sum to ${parts}, not ${fact.amountMinor}`)
    if (allocated.has(fact.receiptId)) wrong(told, `receipt ${fact.receiptId} is allocated twice`)
    allocated.set(fact.receiptId, fact.amountMinor)
    if (fact.toSupplierMinor > 0n)
      payable.set(`reserve ${fact.receiptId}`, { amountMinor: fact.toSupplierMinor, currency: fact.currency })
  }

  const takeLedger = (told: Told, fact: Fact<'LedgerPosted'>): void => {
    report.ledgerEntries += 1
    const books = currencies.get(fact.programmeId) ?? fact.currency
    currencies.set(fact.programmeId, books)
    if (books !== fact.currency)
      wrong(told, `${fact.entryId} posts ${fact.currency}, and the books of ${fact.programmeId} are in ${books}`)
    if (fact.status !== 'posted') return
    for (const posting of fact.postings) {
      if (posting.amountMinor <= 0n) wrong(told, `${fact.entryId} posts ${posting.amountMinor}`)
      const debit = `${fact.programmeId} ${posting.debit}`
      const credit = `${fact.programmeId} ${posting.credit}`
      balances.set(debit, (balances.get(debit) ?? 0n) + posting.amountMinor)
      balances.set(credit, (balances.get(credit) ?? 0n) - posting.amountMinor)
    }
  }

  /** What can only be judged when every desk has been heard. */
  const finish = (): MoneyReport => {
    const wrongAtEnd = (sentence: string): void => void report.violations.push(sentence)
    for (const [id, request] of requested) {
      const due = payable.get(causeOf(request))
      if (!due) wrongAtEnd(`disbursement ${id} has no decision or allocation behind it`)
      else if (due.amountMinor !== request.amountMinor || due.currency !== request.currency)
        wrongAtEnd(
          `disbursement ${id} asks ${request.amountMinor} ${request.currency} where ${due.amountMinor} ${due.currency} is due`,
        )
    }
    for (const [receiptId] of allocated)
      if (!received.has(receiptId)) wrongAtEnd(`receipt ${receiptId} is allocated and was never received`)
    for (const [programmeId, owed] of outstanding) {
      const booked = balances.get(`${programmeId} advances:outstanding`) ?? 0n
      if (booked !== owed) wrongAtEnd(`${programmeId}: the books say ${booked} outstanding, the obligor desk ${owed}`)
    }
    return report
  }

  return { take, finish }
}
