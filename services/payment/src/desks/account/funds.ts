/** The funds side of an invoice: does the money side stand, and if not, everything that is missing. */
import { normaliseNumber } from '@triflow/kernel'
import type { Invoice, Standing, State } from './state.ts'
import type { FundsChecked, FundsCode } from './vocabulary.ts'

/** Orders told of per decision; what is left over is told on the next tick. */
export const ORDERS_PER_DECISION = 500

/** Words of one number that a person may have typed apart: "INV 2026 001". */
const LONGEST_RUN = 6
/** References are bank fields of at most 140 characters; more words than this name nothing. */
const MOST_WORDS = 48

/**
 * Every number that a payment's reference could mean: its words as the platform compares numbers, runs of neighbouring
 * words joined, and the whole. At least what the obligor desk reads in it, rather more: too many only makes an invoice
 * wait until the receipt is explained. Whole words, so that invoice 12 is not found inside 4125.
 */
export const numbersNamed = (reference: string): readonly string[] => {
  const typed = reference
    .normalize('NFKC')
    .split(/[^\p{L}\p{N}\-._]+/u)
    .map(normaliseNumber)
    .filter((word) => word !== '')
    .slice(0, MOST_WORDS)
  const bare = typed.map((word) => word.replace(/^[-._]+|[-._]+$/g, '')).filter((word) => word !== '')
  const named = new Set<string>()
  // As typed, "INV - 7" names INV-7; without what stands at a word's edge, "(ref. INV-7.)" does.
  for (const words of [bare, typed]) {
    for (let from = 0; from < words.length; from++) {
      let joined = ''
      for (const word of words.slice(from, from + LONGEST_RUN)) named.add((joined += word))
    }
  }
  const whole = normaliseNumber(reference)
  if (whole) named.add(whole)
  return [...named]
}

/** What the payee lacks before money may be sent to it. An account that is not registered is not verified either. */
export const payeeMissing = ({ payee }: Pick<Standing, 'payee'>): readonly FundsCode[] => {
  const missing: FundsCode[] = []
  if (!payee?.accountNumber) missing.push('payee-account')
  if (!payee?.verified) missing.push('payee-verification')
  if (payee?.onHold) missing.push('payee-hold')
  return missing
}

/** What the account and its payee lack. The debtor must have been told whom to pay: before that, paying the supplier frees it. */
export const standingMissing = (standing: Standing): readonly FundsCode[] => [
  ...(standing.programmeId && standing.notifiedOn ? [] : (['collection-account'] as const)),
  ...payeeMissing(standing),
]

export const history = (creditsSeen: number): string => (creditsSeen === 0 ? 'new-pair' : `${creditsSeen} payments`)

interface View {
  readonly standing: Standing
  readonly creditsSeen: number
  /** Numbers named by a receipt that this same decision takes in. */
  readonly alsoNamed?: readonly string[]
}

/**
 * Codes that the invoice lacks now. A receipt that names the invoice counts until the obligor desk has said what the
 * receipt pays; then only what was allocated to the invoice counts, so that a number used twice does not block the
 * later invoice for ever.
 */
const missingOf = (invoice: Invoice, ofStanding: readonly FundsCode[], named: ReadonlySet<string>): FundsCode[] =>
  invoice.received || named.has(invoice.number) ? [...ofStanding, 'already-paid'] : [...ofStanding]

const namedIn = (state: State, alsoNamed: readonly string[] = []): ReadonlySet<string> => {
  const named = new Set(alsoNamed)
  for (const numbers of state.unexplained.values()) for (const number of numbers) named.add(number)
  return named
}

/**
 * One fact per order of each invoice whose answer is not the one last told, in the order the invoices came; of all open
 * invoices, or of one.
 */
export const checksToTell = (
  state: State,
  view: View,
  of: Iterable<readonly [string, Invoice]> = state.invoices,
): readonly FundsChecked[] => {
  const ofStanding = standingMissing(view.standing)
  const named = namedIn(state, view.alsoNamed)
  const facts: FundsChecked[] = []
  for (const [invoiceId, invoice] of of) {
    const missing = missingOf(invoice, ofStanding, named)
    if (missing.join() === invoice.told) continue
    // An invoice's orders are told together, as its answer is remembered once.
    if (facts.length > 0 && facts.length + invoice.orderIds.length > ORDERS_PER_DECISION) break
    for (const orderId of invoice.orderIds) {
      facts.push({
        type: 'FundsChecked',
        orderId,
        invoiceId,
        invoiceVersion: invoice.version,
        accountId: state.accountId,
        stands: missing.length === 0,
        missing: [...missing],
        history: history(view.creditsSeen),
      })
    }
  }
  return facts
}

export const checksOfInvoice = (state: State, view: View, invoiceId: string): readonly FundsChecked[] => {
  const invoice = state.invoices.get(invoiceId)
  return invoice ? checksToTell(state, view, [[invoiceId, invoice]]) : []
}
