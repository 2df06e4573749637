/** What a key of the shipment desk becomes by its facts. */
import { bookingText, moveText, receiptText, returnText } from './content.ts'
import { sortedGoods } from './goods.ts'
import type { ShipmentFact, ShipmentState } from './vocabulary.ts'

export const initialState = (): ShipmentState => ({ kind: 'nothing' })

export const evolve = (state: ShipmentState, fact: ShipmentFact): ShipmentState => {
  switch (fact.type) {
    case 'ShipmentBooked':
      return {
        kind: 'shipment',
        carrierId: fact.carrierId,
        supplierId: fact.supplierId,
        buyerId: fact.buyerId,
        booking: bookingText(fact),
        lines: sortedGoods(fact.lines),
        reached: '',
        reachedOn: '',
        moves: [],
      }
    case 'ShipmentMoved':
      if (state.kind !== 'shipment') return state
      state.reached = fact.kind
      state.reachedOn = fact.happenedOn
      state.moves.push(moveText(fact))
      if (fact.kind === 'delivered') state.lines = []
      return state
    case 'GoodsReceived':
      return { kind: 'receipt', content: receiptText(fact) }
    case 'GoodsReturned':
      return { kind: 'return', content: returnText(fact) }
    case 'OrderShipped':
    case 'OrderDelivered':
    case 'OrderReceived':
    case 'OrderReturned':
      // Said for the orders; the document itself changed by the fact before it.
      return state
  }
}
