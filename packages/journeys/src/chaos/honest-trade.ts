/** One honest trade through the public doors, as small as a trade can be: what still works after all that was done. */
import { submitOrders, receiveGoods, type InvoiceName } from '../actors/buyer.ts'
import { bookShipments, moveShipments } from '../actors/carrier.ts'
import type { GoodsReceipt, Invoice, Order, ProgrammeTerms } from '../actors/documents.ts'
import { businessDate, openFirstDay } from '../actors/operator.ts'
import { acceptOrders, issueInvoices } from '../actors/supplier.ts'
import { setTheStage, type Players } from '../cast.ts'
import { accepted } from '../client/caller.ts'
import type { Door } from '../client/door.ts'
import { OPERATOR } from '../client/keys.ts'
import { peopleOf, type People } from '../generator/people.ts'
import { claimsWhere, type ClaimSeen } from '../watching.ts'

export const TODAY = '2026-03-02'
const DUE = '2026-04-01'
const CURRENCY = 'CNY'

export interface Stage {
  readonly programmeId: string
  readonly people: People
  readonly players: Players
}

const termsOf = (programmeId: string, { manufacturer, bank }: People, limitMinor: bigint): ProgrammeTerms => ({
  programmeId,
  debtorId: manufacturer.partyId,
  funderId: bank.partyId,
  currency: CURRENCY,
  limitMinor,
  advanceRateBps: 8_000,
  annualRateBps: 435,
  dayCountBasis: 360,
  penaltyRateBps: 653,
  goodsEvidence: 'receipt',
  acceptance: 'deemed',
  advanceBase: 'net',
  priceToleranceBps: 0,
  priceToleranceMinor: 0n,
  minTenorDays: 0,
  maxTenorDays: 180,
  suspenseAfterDays: 1,
})

const USUAL_LIMIT_MINOR = 1_000_000_00n

/** A manufacturer, its suppliers, carriers and bank, and one programme between them. */
export const openStage = async (door: Door, programmeId: string, limitMinor = USUAL_LIMIT_MINOR): Promise<Stage> => {
  const operator = await door.as(OPERATOR)
  if ((await businessDate(operator)) === undefined) accepted(`open ${TODAY}`, await openFirstDay(operator, TODAY))
  const people = peopleOf(`-${programmeId}`)
  const { manufacturer, bank, carriers, suppliers } = people
  const players = await setTheStage(door, {
    parties: [manufacturer, bank, ...carriers, ...suppliers].map(({ partyId, name, roles, country }) => ({
      partyId,
      name,
      roles,
      country,
    })),
    programme: termsOf(programmeId, people, limitMinor),
    suppliers: suppliers.map(({ partyId, account, signatory }) => ({ partyId, account, signatory })),
    agreedOn: TODAY,
    termsReference: `${programmeId}/terms/1`,
  })
  return { programmeId, people, players }
}

export interface HonestTrade {
  readonly order: Order
  readonly invoice: Invoice
  readonly invoiceName: InvoiceName
}

/** The documents of trade `number` with one of the suppliers; ten pieces for 1,000.00 in all. */
export const honestTrade = ({ people }: Stage, number: string, supplierIndex = 0): HonestTrade => {
  const supplier = people.suppliers[supplierIndex % people.suppliers.length]!
  const { sku, description } = supplier.articles[0]!
  const line = { line: 1, sku, quantity: 10, unitPriceMinor: 100_00n }
  const buyerId = people.manufacturer.partyId
  const order: Order = {
    buyerId,
    number: `PO-${number}`,
    supplierId: supplier.partyId,
    issuedOn: TODAY,
    currency: CURRENCY,
    paymentTermDays: 30,
    lines: [{ ...line, description }],
  }
  const invoice: Invoice = {
    supplierId: supplier.partyId,
    number: `INV-${number}`,
    issuedOn: TODAY,
    debtorId: buyerId,
    dueOn: DUE,
    currency: CURRENCY,
    netMinor: 1_000_00n,
    taxMinor: 130_00n,
    grossMinor: 1_130_00n,
    lines: [{ ...line, orderNumber: order.number, orderLine: 1, netMinor: 1_000_00n }],
  }
  return { order, invoice, invoiceName: { supplierId: supplier.partyId, number: invoice.number, issuedOn: TODAY } }
}

/** Order, acceptance, shipment and receipt: everything but the invoice. */
const deliver = async (stage: Stage, trade: HonestTrade): Promise<void> => {
  const { buyerId } = trade.order
  await submitOrders(stage.players.of(buyerId), stage.programmeId, [trade.order])
  await fulfil(stage, trade)
}

/** What follows an order until the goods are there. The receipt is given back, posted or not. */
export const fulfil = async (
  { people, players, programmeId }: Stage,
  { order }: HonestTrade,
  howFar: 'all' | 'all but the receipt' = 'all',
): Promise<GoodsReceipt> => {
  const { buyerId, supplierId, number } = order
  const carrierId = people.carriers[0]!.partyId
  const goods = order.lines.map(({ line, sku, quantity }) => ({ orderNumber: number, orderLine: line, sku, quantity }))
  const shipment = { carrierId, number: `WB-${number}`, supplierId, buyerId, bookedOn: TODAY, lines: goods }
  await acceptOrders(players.of(supplierId), programmeId, [{ buyerId, number, version: 1 }])
  await bookShipments(players.of(carrierId), programmeId, [shipment])
  await moveShipments(players.of(carrierId), programmeId, [
    { carrierId, number: shipment.number, kind: 'picked-up', happenedOn: TODAY, evidenceTier: 0 },
  ])
  const receipt = {
    buyerId,
    number: `GR-${number}`,
    supplierId,
    receivedOn: TODAY,
    carrierId,
    shipmentNumber: shipment.number,
    lines: goods,
  }
  if (howFar === 'all') await receiveGoods(players.of(buyerId), programmeId, [receipt])
  return receipt
}

/** Until the invoice's claim is paid out. */
export const paidOut = async ({ people, players }: Stage, trades: readonly HonestTrade[]): Promise<ClaimSeen[]> =>
  claimsWhere(
    players.of(people.bank.partyId),
    trades.map(({ invoiceName }) => invoiceName),
    'no payout was seen',
    (claim) => claim['status'] === 'disbursed',
  )

/** All that the parties say about a trade, until its last wish is acknowledged. */
export const sayTrade = async (stage: Stage, trade: HonestTrade): Promise<void> => {
  await deliver(stage, trade)
  await issueInvoices(stage.players.of(trade.invoice.supplierId), stage.programmeId, [trade.invoice])
}

export const playHonestTrade = async (stage: Stage, number: string): Promise<ClaimSeen> => {
  const trade = honestTrade(stage, number)
  await sayTrade(stage, trade)
  return (await paidOut(stage, [trade]))[0]!
}
