/** Trades as older code left them in the archive, in today's shape. */
import type { Evidence } from '@triflow/kernel'
import { keep } from '../evidence.ts'
import { keepBilledLine, keepOrderLine } from './kept-lines.ts'
import { byIssue } from './taken.ts'
import type { Billed, BilledLine, Funds, GoodsRecord, KnownOrder, LaneEvent, OrderLine, Trade } from './vocabulary.ts'

type Older<T, Lines> = Omit<T, 'evidence' | 'lines'> & { readonly evidence: Evidence; readonly lines: Lines }

/** Evidence and lines with all their names, and the whole story, of which nobody knows any more what was told. */
interface OlderTrade extends Omit<Trade, 'order' | 'acceptance' | 'invoices' | 'funds' | 'goods' | 'untold'> {
  readonly order?: Older<KnownOrder, OrderLine[]>
  readonly acceptance?: Evidence
  readonly invoices: ReadonlyMap<string, Older<Billed, BilledLine[]>>
  readonly funds: ReadonlyMap<string, Omit<Funds, 'evidence'> & { readonly evidence: Evidence }>
  readonly goods: readonly (Omit<GoodsRecord, 'evidence'> & { readonly evidence: Evidence })[]
  readonly events: LaneEvent[]
}

const upcastOrder = ({
  buyerId,
  supplierId,
  currency,
  version,
  lines,
  evidence,
}: NonNullable<OlderTrade['order']>) => ({
  buyerId,
  supplierId,
  currency,
  version,
  lines: lines.map(keepOrderLine),
  evidence: keep(evidence),
})

const upcastBill = (bill: Older<Billed, BilledLine[]>, orderId: string): Billed => {
  const { orderIds = [], share, ...rest } = bill
  const billsOthers = orderIds.length !== 1 || orderIds[0] !== orderId
  return {
    ...rest,
    lines: bill.lines.map(keepBilledLine),
    evidence: keep(bill.evidence),
    ...(billsOthers && { orderIds }),
    ...(share && { share }),
  }
}

const withKept = <T extends { readonly evidence: Evidence }>(one: T) => ({ ...one, evidence: keep(one.evidence) })

export const upcastTrade = (archived: unknown): Trade => {
  if (!('events' in (archived as Trade | OlderTrade))) return archived as Trade
  const { order, acceptance, invoices, funds, goods, events, parties, ...rest } = archived as OlderTrade
  return {
    ...rest,
    ...(order && { order: upcastOrder(order) }),
    ...(acceptance && { acceptance: keep(acceptance) }),
    ...(!order && parties && { parties }),
    invoices: [...invoices.values()].map((bill) => upcastBill(bill, rest.orderId)).sort(byIssue),
    funds: new Map([...funds].map(([invoiceId, check]) => [invoiceId, withKept(check)])),
    goods: goods.map(withKept),
    untold: events,
  }
}
