/** What the shipment desk says yes and no to: the life of a shipment, goods receipts and returns. */
import {
  accept,
  isPartyId,
  normaliseNumber,
  nothing,
  parseDate,
  receiptId,
  reject,
  shipmentId,
  type Context,
  type Decision,
  type Input,
} from '@triflow/kernel'
import { bookingText, receiptText, returnText } from './content.ts'
import { byOrder, flawOfGoods, type Flaw } from './goods.ts'
import { move } from './movement.ts'
import type {
  BookShipment,
  RecordGoodsReceipt,
  RecordReturn,
  ShipmentCommand,
  ShipmentFact,
  ShipmentRejection,
  ShipmentState,
} from './vocabulary.ts'

const no = (code: ShipmentRejection, detail: string) => reject(code, detail)

const flawOfParties = ({ buyerId, supplierId }: { buyerId: string; supplierId: string }): Flaw | undefined => {
  if (!isPartyId(buyerId)) return ['BuyerMalformed', 'a buyer is named by its party id']
  if (!isPartyId(supplierId)) return ['SupplierMalformed', 'a supplier is named by its party id']
  return buyerId === supplierId ? ['BuyerIsSupplier', 'nobody supplies themselves'] : undefined
}

const otherDocument = (id: string, state: ShipmentState) => no('IdOfOtherDocument', `${id} is a ${state.kind}`)

const book = (c: BookShipment, state: ShipmentState): Decision<ShipmentFact> => {
  if (!isPartyId(c.carrierId)) return no('CarrierMalformed', 'a carrier is named by its party id')
  if (!normaliseNumber(c.number)) return no('NumberEmpty', 'a waybill number has letters or digits')
  const id = shipmentId(c.carrierId, c.number)
  if (c.shipmentId !== id) return no('ShipmentIdMismatch', `the id of this shipment is ${id}`)
  if (state.kind === 'shipment')
    return bookingText(c) === state.booking
      ? nothing
      : no('ShipmentAlreadyBooked', `${id} was booked with other content`)
  if (state.kind !== 'nothing') return otherDocument(id, state)
  const flaw = flawOfParties(c)
  if (flaw) return no(...flaw)
  // Goods evidence is worth something only from somebody other than the one who is paid for the goods.
  if (c.carrierId === c.supplierId) return no('CarrierIsSeller', 'the seller does not witness its own delivery')
  if (!parseDate(c.bookedOn)) return no('DateInvalid', `not a date: ${c.bookedOn}`)
  const goods = flawOfGoods(c.lines, 1n)
  if (goods) return no(...goods)
  const { carrierId, supplierId, buyerId, number, bookedOn, lines } = c
  return accept([{ type: 'ShipmentBooked', shipmentId: id, carrierId, supplierId, buyerId, number, bookedOn, lines }])
}

const receive = (c: RecordGoodsReceipt, state: ShipmentState): Decision<ShipmentFact> => {
  const flaw = flawOfParties(c)
  if (flaw) return no(...flaw)
  if (!normaliseNumber(c.number)) return no('NumberEmpty', 'a receipt number has letters or digits')
  const id = receiptId(c.buyerId, c.number)
  if (c.receiptId !== id) return no('ReceiptIdMismatch', `the id of this receipt is ${id}`)
  if (state.kind === 'receipt')
    return receiptText(c) === state.content
      ? nothing
      : no('GoodsReceiptConflicts', `${id} was recorded with other content`)
  if (state.kind !== 'nothing') return otherDocument(id, state)
  if (!parseDate(c.receivedOn)) return no('DateInvalid', `not a date: ${c.receivedOn}`)
  const goods = flawOfGoods(c.lines, 0n)
  if (goods) return no(...goods)
  const { buyerId, supplierId, number, receivedOn, lines } = c
  const told = { receiptId: id, supplierId, buyerId, receivedOn }
  return accept([
    { type: 'GoodsReceived', ...told, number, lines, shipmentId: c.shipmentId },
    ...byOrder(lines).map((order): ShipmentFact => ({ type: 'OrderReceived', ...told, ...order })),
  ])
}

const takeBack = (c: RecordReturn, state: ShipmentState): Decision<ShipmentFact> => {
  const flaw = flawOfParties(c)
  if (flaw) return no(...flaw)
  const id = c.returnId
  // Scoped by its owner like every id, so that nobody takes another buyer's.
  if (!id.startsWith(`${c.buyerId}/`) || id === `${c.buyerId}/`)
    return no('ReturnIdMismatch', `the id of a return begins with ${c.buyerId}/`)
  if (state.kind === 'return')
    return returnText(c) === state.content ? nothing : no('ReturnConflicts', `${id} was recorded with other content`)
  if (state.kind !== 'nothing') return otherDocument(id, state)
  if (!parseDate(c.returnedOn)) return no('DateInvalid', `not a date: ${c.returnedOn}`)
  if (c.reason.trim() === '') return no('ReasonMissing', 'a return says why')
  const goods = flawOfGoods(c.lines, 1n)
  if (goods) return no(...goods)
  const { buyerId, supplierId, returnedOn, lines, reason } = c
  const told = { returnId: id, supplierId, buyerId, returnedOn }
  return accept([
    { type: 'GoodsReturned', ...told, lines, reason },
    ...byOrder(lines).map((order): ShipmentFact => ({ type: 'OrderReturned', ...told, ...order })),
  ])
}

export const decide = (
  input: Input<ShipmentCommand, never, never>,
  state: ShipmentState,
  _context: Context<unknown>,
): Decision<ShipmentFact> => {
  if (input.kind !== 'command') return nothing
  switch (input.command.type) {
    case 'BookShipment':
      return book(input.command, state)
    case 'RecordShipmentEvent':
      return move(input.command, state)
    case 'RecordGoodsReceipt':
      return receive(input.command, state)
    case 'RecordReturn':
      return takeBack(input.command, state)
  }
}
