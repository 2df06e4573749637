/**
 * Three small desks that use everything the runtime offers, so that a simulation can break it: accounts that take
 * deposits and payments, sleep, are swept and archived; ledgers that hear them; a calendar that broadcasts.
 */
import { broadcastTopic, factsTopic, toldBy, type WireOf } from '@triflow/contracts'
import {
  accept,
  nothing,
  reject,
  type AnyDesk,
  type Context,
  type Decision,
  type DeskDefinition,
  type Evidence,
  type Input,
} from '@triflow/kernel'

type Word =
  | 'PostStatementLine'
  | 'CashReceived'
  | 'DisbursementExecuted'
  | 'DisbursementChased'
  | 'LedgerPosted'
  | 'CloseBusinessDay'
  | 'RedriveKey'
  | 'BusinessDayClosed'

type Named<N extends Word> = WireOf<N> & { readonly type: N }

export type Line = Named<'PostStatementLine'>
export type Deposited = Named<'CashReceived'>
export type Paid = Named<'DisbursementExecuted'>
export type Woken = Named<'DisbursementChased'>
export type Booked = Named<'LedgerPosted'>
export type CloseDay = Named<'CloseBusinessDay'>
export type Redrive = Named<'RedriveKey'>
export type DayClosed = Named<'BusinessDayClosed'>

export interface Account {
  readonly accountId: string
  balance: bigint
  /** Deposits ever made: a count that must survive the archive. */
  deposits: number
  wakeAt: number | undefined
  sweptOn: string
}

/** "p1" for an account whose id ends in an odd digit: neighbours share a ledger. */
export const programmeOf = (accountId: string): string => `p${Number(accountId.at(-1)) % 2}`

/** Bugs in the rules that a test may switch on, and off again as a release would. */
export const bugs = { ledger: false, sweep: false, tick: false }

const breakIf = (broken: boolean): void => {
  if (broken) throw new Error('a bug in the rules')
}

/** How long after a deposit that asks for it an account wants to be looked at again. */
export const napMs = 1500

const deposited = (
  account: Account,
  receiptId: string,
  amount: bigint,
  reference: string,
  valueOn: string,
): Deposited => ({
  type: 'CashReceived',
  receiptId,
  accountId: account.accountId,
  supplierId: '',
  debtorId: '',
  programmeId: programmeOf(account.accountId),
  currency: 'EUR',
  amountMinor: amount,
  valueOn,
  reference,
  counterparty: String(account.deposits + 1),
})

const paid = (account: Account, id: string, amount: bigint): Paid => ({
  type: 'DisbursementExecuted',
  disbursementId: id,
  accountId: account.accountId,
  purpose: '',
  causeId: '',
  invoiceId: '',
  supplierId: '',
  debtorId: '',
  programmeId: programmeOf(account.accountId),
  currency: 'EUR',
  amountMinor: amount,
  bankReference: '',
})

const woken = (account: Account): Woken => ({
  type: 'DisbursementChased',
  disbursementId: '',
  accountId: account.accountId,
  attempt: account.deposits,
  programmeId: '',
  currency: 'EUR',
  amountMinor: account.balance,
  payeeAccount: '',
  payeeName: '',
})

const decideLine = (line: Line, commandId: string, account: Account): Decision<Deposited | Paid> => {
  breakIf(line.reference === 'boom')
  if (line.amountMinor <= 0n) return reject('AmountNotPositive', String(line.amountMinor))
  if (line.direction === 'credit')
    return accept([deposited(account, commandId, line.amountMinor, line.reference, line.valueOn)])
  const amount = line.reference === 'all' ? account.balance : line.amountMinor
  if (amount > account.balance || amount === 0n) return reject('BalanceTooLow', String(account.balance))
  return accept([paid(account, commandId, amount)])
}

/** Interest of one unit at each close of day, in two steps for those who have more than ten. */
const decideSweep = (day: DayClosed, cursor: string, account: Account): Decision<Deposited> => {
  breakIf(bugs.sweep && account.balance === 13n)
  if (account.balance > 10n && cursor === '') return { facts: [], cursor: 'second' }
  if (account.balance === 0n || account.sweptOn >= day.date) return nothing
  return accept([deposited(account, `interest ${account.accountId} ${day.date}`, 1n, 'interest', day.date)])
}

const accountDesk: DeskDefinition<Account, { closed: string }, Line, never, DayClosed, Deposited | Paid | Woken> = {
  name: 'payment.account',
  keepsTrace: true,
  initialState: (key) => ({ accountId: key, balance: 0n, deposits: 0, wakeAt: undefined, sweptOn: '' }),
  initialShared: () => ({ closed: '' }),
  decide: (input: Input<Line, never, DayClosed>, account: Account, context: Context<{ closed: string }>) => {
    if (input.kind === 'command') return decideLine(input.command, input.commandId, account)
    if (input.kind === 'sweep') return decideSweep(input.cause, input.cursor, account)
    breakIf(bugs.tick && input.kind === 'tick')
    if (input.kind === 'tick' && account.wakeAt !== undefined && account.wakeAt <= context.at)
      return accept([woken(account)])
    return nothing
  },
  evolve: (account: Account, fact: Deposited | Paid | Woken, at: number) => {
    if (fact.type === 'CashReceived') {
      account.balance += fact.amountMinor
      account.deposits += 1
      if (fact.reference === 'nap') account.wakeAt = at + napMs
      if (fact.reference === 'interest') account.sweptOn = fact.valueOn
    }
    if (fact.type === 'DisbursementExecuted') account.balance -= fact.amountMinor
    if (fact.type === 'DisbursementChased') account.wakeAt = undefined
    return account
  },
  evolveShared: (_shared, fact) => ({ closed: fact.date }),
  sweeps: () => true,
  isClosed: (account) => account.balance === 0n && account.deposits > 0,
  wakeAt: (account) => account.wakeAt,
  routes: (fact) => {
    const own = { topic: factsTopic('payment.account'), key: fact.accountId }
    return fact.type === 'DisbursementChased'
      ? [own]
      : [own, { topic: toldBy('payment.account', 'programme'), key: fact.programmeId }]
  },
}

export interface Ledger {
  readonly programmeId: string
  total: bigint
}

const ledgerDesk: DeskDefinition<Ledger, null, never, Deposited | Paid, never, Booked> = {
  name: 'payment.ledger',
  keepsTrace: true,
  initialState: (key) => ({ programmeId: key, total: 0n }),
  initialShared: () => null,
  decide: (input, ledger) => {
    if (input.kind !== 'heard') return nothing
    const { fact, evidence } = input
    breakIf(bugs.ledger && fact.amountMinor === 13n)
    const amountMinor = fact.type === 'CashReceived' ? fact.amountMinor : -fact.amountMinor
    const booked: Booked = {
      type: 'LedgerPosted',
      programmeId: ledger.programmeId,
      entryId: String(ledger.total + amountMinor),
      currency: 'EUR',
      memo: fact.type,
      status: 'posted',
      postings: [{ debit: 'bank', credit: fact.accountId, amountMinor }],
      causeId: `${evidence.desk}@${evidence.entry}/${evidence.index}`,
    }
    return accept([booked])
  },
  evolve: (ledger: Ledger, fact: Booked | Deposited | Paid, _at: number, _evidence?: Evidence) => {
    if (fact.type === 'LedgerPosted') ledger.total += fact.postings[0]!.amountMinor
    return ledger
  },
  evolveShared: (shared) => shared,
  routes: (fact) => [{ topic: factsTopic('payment.ledger'), key: fact.programmeId }],
}

const calendarDesk: DeskDefinition<{ closed: string }, null, CloseDay, never, never, DayClosed> = {
  name: 'party.calendar',
  initialState: () => ({ closed: '' }),
  initialShared: () => null,
  decide: (input, calendar) => {
    if (input.kind !== 'command') return nothing
    if (input.command.date <= calendar.closed) return reject('DayAlreadyClosed', calendar.closed)
    return accept([{ type: 'BusinessDayClosed', date: input.command.date, next: input.command.next }])
  },
  evolve: (calendar, fact) => {
    calendar.closed = fact.date
    return calendar
  },
  evolveShared: (shared) => shared,
  routes: () => [{ topic: broadcastTopic, key: '' }],
}

// The runtime takes desks of any vocabulary; `never` for what a desk does not hear is narrower than that.
export const simulatedDesks = [accountDesk, ledgerDesk, calendarDesk] as readonly unknown[] as readonly AnyDesk[]
