/** What a goods document says, as comparable text: how the same document again is told from another one. */
import { goodsText } from './goods.ts'
import type { BookShipment, RecordGoodsReceipt, RecordReturn, RecordShipmentEvent } from './vocabulary.ts'

/** Numbers as typed are left out: two spellings of one number are the same document, and the id holds the number. */
export const bookingText = (s: Omit<BookShipment, 'type'>): string =>
  JSON.stringify([s.supplierId, s.buyerId, s.bookedOn, goodsText(s.lines)])

export const moveText = (m: Omit<RecordShipmentEvent, 'type'>): string =>
  JSON.stringify([m.kind, m.happenedOn, m.evidenceTier, m.place, m.signedBy, m.proofSha256])

export const receiptText = (r: Omit<RecordGoodsReceipt, 'type'>): string =>
  JSON.stringify([r.supplierId, r.receivedOn, r.shipmentId, goodsText(r.lines)])

export const returnText = (r: Omit<RecordReturn, 'type'>): string =>
  JSON.stringify([r.buyerId, r.supplierId, r.returnedOn, r.reason, goodsText(r.lines)])
