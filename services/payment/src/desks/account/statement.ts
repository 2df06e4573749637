/** Statement lines: the bank's word of what reached the collection account and what left for the supplier. */
import { accept, nothing, parseDate, reject, type Decision } from '@triflow/kernel'
import { archiveKeyOfDisbursement, disbursementNamed, executed, isUnanswered } from './disbursement.ts'
import { checksToTell, numbersNamed } from './funds.ts'
import type { Shared, State } from './state.ts'
import type { CashReceived, Fact, PostStatementLine } from './vocabulary.ts'

export const receiptIdOf = (accountId: string, lineId: string): string => `${accountId}/${lineId}`

export const archiveKeyOfLine = (accountId: string, lineId: string): string => `line/${accountId}/${lineId}`

type Content = Pick<CashReceived, 'amountMinor' | 'currency' | 'valueOn' | 'reference' | 'counterparty'>

/** Content of a line, to tell the same line again from another line under its id. */
export const contentOf = (direction: 'credit' | 'debit', line: Content): string =>
  JSON.stringify([direction, String(line.amountMinor), line.currency, line.valueOn, line.reference, line.counterparty])

/** Archive keys that a line may ask for: itself, and the disbursement that a debit names. */
export const keysOfLine = (line: PostStatementLine): readonly string[] => {
  const own = archiveKeyOfLine(line.accountId, line.lineId)
  return line.direction === 'debit' ? [own, archiveKeyOfDisbursement(line.reference.trim())] : [own]
}

/** Judges one line: refused when it cannot be ours, nothing when it is known, else cash, reconciliation or a break. */
export const judgeLine = (
  line: PostStatementLine,
  state: State,
  shared: Shared,
  loaded: ReadonlyMap<string, unknown>,
): Decision<Fact> => {
  if (!state.standing.programmeId) return reject('UnknownCollectionAccount', line.accountId)
  const currency = shared.currencies.get(state.standing.programmeId)
  if (!currency) return reject('UnknownProgramme', state.standing.programmeId)
  if (line.currency !== currency) return reject('CurrencyDiffers', `${line.currency} on an account in ${currency}`)
  if (line.amountMinor <= 0n) return reject('AmountNotPositive', String(line.amountMinor))
  if (!line.lineId) return reject('LineIdMissing', 'the bank’s own id of the line')
  if (!parseDate(line.valueOn)) return reject('InvalidDate', line.valueOn)
  if (line.direction !== 'credit' && line.direction !== 'debit') return reject('UnknownDirection', line.direction)

  const content = contentOf(line.direction, line)
  const known =
    state.lines.get(line.lineId) ?? (loaded.get(archiveKeyOfLine(line.accountId, line.lineId)) as string | undefined)
  if (known !== undefined)
    return known === content
      ? nothing
      : reject('StatementLineConflict', `${line.lineId} was posted before with other content`)
  return line.direction === 'credit' ? credit(line, state) : debit(line, state, loaded)
}

const credit = (line: PostStatementLine, state: State): Decision<Fact> =>
  accept([
    {
      type: 'CashReceived',
      receiptId: receiptIdOf(state.accountId, line.lineId),
      accountId: state.accountId,
      supplierId: state.supplierId,
      debtorId: state.debtorId,
      programmeId: state.standing.programmeId,
      currency: line.currency,
      amountMinor: line.amountMinor,
      valueOn: line.valueOn,
      reference: line.reference,
      counterparty: line.counterparty,
    },
    ...checksToTell(state, {
      standing: state.standing,
      creditsSeen: state.creditsSeen + 1,
      alsoNamed: numbersNamed(line.reference),
    }),
  ])

/** A debit must be one of our disbursements, of the same amount, and only once; anything else is a break for a person. */
const debit = (line: PostStatementLine, state: State, loaded: ReadonlyMap<string, unknown>): Decision<Fact> => {
  const { accountId } = state
  const { lineId, amountMinor, currency, valueOn, reference, counterparty } = line
  const said = { accountId, lineId, amountMinor, currency, valueOn, reference, counterparty }
  const broken = (reason: string): Decision<Fact> => accept([{ type: 'ReconciliationBroken', ...said, reason }])

  const named = disbursementNamed(line.reference, state, loaded)
  if (!named) return broken('names no disbursement of ours')
  if (named.amountMinor !== amountMinor || named.currency !== currency) {
    return broken(`${named.disbursementId} is over ${named.amountMinor} ${named.currency}`)
  }
  switch (named.status) {
    case 'held':
      return broken(`${named.disbursementId} was never sent`)
    case 'refused':
    case 'replaced':
      return broken(`${named.disbursementId} was refused by the bank`)
    case 'reconciled':
      return broken(`${named.disbursementId} was debited before`)
    default: {
      const reconciled: Fact = { type: 'DisbursementReconciled', disbursementId: named.disbursementId, ...said }
      const open = state.disbursements.get(named.disbursementId)
      // The statement is the bank's word too: it answers a disbursement that no report has answered.
      return accept(open && isUnanswered(open) ? [executed(state, open, lineId), reconciled] : [reconciled])
    }
  }
}
