/** The trade desk's rules, as the runtime takes them. */
import type { DeskRules } from '@triflow/kernel'
import { evolveShared, initialShared, type Broadcast, type Shared } from '../programmes.ts'
import { decide } from './decide.ts'
import { evolve, initialState } from './evolve.ts'
import { takenOf } from './taken.ts'
import { upcastTrade } from './upcast.ts'
import type { Command, Fact, Heard, Trade } from './vocabulary.ts'

/**
 * Done: cancelled with nothing billed, or every invoice decided and every ordered unit financed (or paid for). A later
 * fact (a return, another bill) loads the order from the archive by its own key and opens it again.
 */
const isClosed = (trade: Trade): boolean => {
  const { order } = trade
  if (!order) return false
  const { invoices } = trade
  if (trade.cancelled && invoices.length === 0) return true
  if (!invoices.every(({ outcome }) => outcome === 'financed' || outcome === 'refused')) return false
  const taken = (line: number): bigint =>
    invoices.reduce((total, invoice) => total + (takenOf(invoice).get(line) ?? 0n), 0n)
  return order.lines.every(([line, , quantity]) => taken(line) >= quantity)
}

export const tradeRules: DeskRules<Trade, Shared, Command, Heard, Broadcast, Fact> = {
  initialState,
  initialShared,
  decide,
  evolve,
  evolveShared,
  sweeps: (fact) => fact.type === 'ProgrammeOpened',
  isClosed,
  upcastArchived: upcastTrade,
}
