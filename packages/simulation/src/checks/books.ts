/** I1 at rest: what the books say of accounts that stand between two others is what the facts leave there. */
import type { WireOf } from '@triflow/contracts'
import type { Finder } from './findings.ts'
import type { Journals } from './journals.ts'

type Amounts = Map<string, bigint>

const add = (amounts: Amounts, name: string, amountMinor: bigint): void =>
  void amounts.set(name, (amounts.get(name) ?? 0n) + amountMinor)

/** Credits less debits by "programme account". */
const bookedIn = ({ factsOf }: Journals): Amounts => {
  const booked: Amounts = new Map()
  for (const { message } of factsOf('LedgerPosted')) {
    const { programmeId, status, postings } = message as unknown as WireOf<'LedgerPosted'>
    if (status !== 'posted') continue
    for (const { debit, credit, amountMinor } of postings) {
      add(booked, `${programmeId} ${debit}`, -amountMinor)
      add(booked, `${programmeId} ${credit}`, amountMinor)
    }
  }
  return booked
}

/** What must stand there: cash nobody has explained yet, in suspense or not, and what suppliers are owed of it. */
const owedIn = ({ factsOf }: Journals): Amounts => {
  const owed: Amounts = new Map()
  const waiting = new Map<string, { programmeId: string; amountMinor: bigint; account: string }>()
  for (const { message } of factsOf('CashReceived')) {
    const { receiptId, programmeId, amountMinor } = message as unknown as WireOf<'CashReceived'>
    waiting.set(receiptId, { programmeId, amountMinor, account: 'cash:unallocated' })
  }
  for (const { message } of factsOf('CashSuspended')) {
    const receipt = waiting.get(String(message.receiptId))
    if (receipt) receipt.account = 'cash:suspense'
  }
  for (const { message } of factsOf('CashAllocated')) {
    const { receiptId, programmeId, supplierId, toSupplierMinor } = message as unknown as WireOf<'CashAllocated'>
    waiting.delete(receiptId)
    add(owed, `${programmeId} payable:supplier:${supplierId}`, toSupplierMinor)
  }
  for (const { programmeId, amountMinor, account } of waiting.values())
    add(owed, `${programmeId} ${account}`, amountMinor)
  for (const { message } of factsOf('DisbursementExecuted')) {
    const { purpose, programmeId, supplierId, amountMinor } = message as unknown as WireOf<'DisbursementExecuted'>
    if (purpose === 'reserve') add(owed, `${programmeId} payable:supplier:${supplierId}`, -amountMinor)
  }
  return owed
}

const isBetween = (name: string): boolean => / (cash:|payable:supplier:|disbursements:pending)/.test(name)

/** What a supplier was advanced comes back only after it went out: until the bank has said so, nobody knows whether it did. */
const checkRepaid = ({ facts }: Journals, finder: Finder): void => {
  const out = new Set<unknown>()
  for (const { desk, entry, message } of facts) {
    if (message.type === 'AdvanceDisbursed') out.add(message.invoiceId)
    if (message.type !== 'CashAllocated') continue
    for (const { invoiceId, principalMinor } of (message as unknown as WireOf<'CashAllocated'>).allocations)
      finder.must(
        'I1',
        principalMinor === 0n || out.has(invoiceId),
        () => `${desk}@${entry} takes ${principalMinor} back of ${invoiceId}, which has not been paid out`,
      )
  }
}

export const checkBooks = (journals: Journals, finder: Finder): void => {
  checkRepaid(journals, finder)
  const [booked, owed] = [bookedIn(journals), owedIn(journals)]
  for (const name of new Set([...booked.keys(), ...owed.keys()])) {
    if (!isBetween(name)) continue
    const [is, must] = [booked.get(name) ?? 0n, owed.get(name) ?? 0n]
    finder.must('I1', is === must, () => `the books say ${is} in ${name}, the facts leave ${must} there`)
  }
}
