/** How each change and each copy was caught: what was expected, and what the platform's views say. */
import { orderId } from '@triflow/kernel'
import { invoiceId } from '@triflow/kernel'
import { invoicePath } from '../actors/buyer.ts'
import { segment } from '../actors/documents.ts'
import type { Players } from '../cast.ts'
import { listIn, textIn } from '../report/reading.ts'
import { money, type TruthRow } from '../report/tables.ts'
import { inParallel } from '../watching.ts'
import { CURRENCY } from './export.ts'
import type { Cast } from './history.ts'
import type { Change, Copy } from './mutate.ts'
import { nameOf, postCopy } from './play.ts'

const changeRow = async (players: Players, cast: Cast, change: Change): Promise<TruthRow> => {
  const { invoice, orderNumber, orderLine, expected } = change
  const trade = await players
    .of(cast.bank.partyId)
    .read(`/v1/trades/${cast.wholesaler.partyId}/${segment(orderNumber)}`)
  const id = invoiceId(invoice.supplierId, invoice.number, invoice.issuedOn)
  const share = trade && listIn(trade, 'shares').find((one) => one['invoiceId'] === id)
  const line = share && listIn(share, 'lines').find((one) => one['orderLine'] === orderLine)
  const told = ({ share: verdict, reason, line: ofLine, financeableNetMinor }: Change['expected']) =>
    `${verdict}${reason ? ` ${reason}` : ''}, line ${ofLine}, ${money(financeableNetMinor, CURRENCY)}`
  const known = told(expected)
  const found =
    share && line
      ? told({
          share: textIn(share, 'verdict'),
          reason: textIn(share, 'reason'),
          line: textIn(line, 'verdict'),
          financeableNetMinor: BigInt(textIn(share, 'financeableNetMinor')),
        })
      : 'no share told'
  return {
    truth: `${change.kind}: order ${orderId(cast.wholesaler.partyId, orderNumber)}, ${change.what}`,
    known,
    found,
    ok: known === found,
  }
}

/** Caught at the door: the platform repeats its no. Taken as an invoice: its claim says why it is refused, and which goods it repeats. */
const copyRow = async (
  players: Players,
  cast: Cast,
  programmeId: string,
  { kind, copy, original, expected }: Copy,
): Promise<TruthRow> => {
  const outcome = await postCopy(players.of(copy.supplierId), programmeId, copy)
  const truth = `${kind}: ${copy.supplierId} ${JSON.stringify(copy.number)} of ${copy.issuedOn}`
  const known = `${expected.caughtBy} refused: ${expected.reason}`
  if (outcome.status === 'rejected')
    return { truth, known, found: `invoice refused: ${outcome.code}`, ok: known === `invoice refused: ${outcome.code}` }
  const claim = await players.of(cast.bank.partyId).read(`/v1/claims/${invoicePath(nameOf(copy))}`)
  const names = claim?.['otherInvoiceId'] === invoiceId(original.supplierId, original.number, original.issuedOn)
  const found = `claim ${String(claim?.['status'] ?? 'unknown')}: ${String(claim?.['reason'] ?? '')}${names ? '' : ', without naming the original'}`
  return { truth, known, found, ok: known === found }
}

export const caughtRows = async (
  players: Players,
  cast: Cast,
  programmeId: string,
  { changes, copies }: { readonly changes: readonly Change[]; readonly copies: readonly Copy[] },
): Promise<TruthRow[]> => [
  ...(await inParallel(changes, 8, (change) => changeRow(players, cast, change))),
  ...(await inParallel(copies, 4, (copy) => copyRow(players, cast, programmeId, copy))),
]
