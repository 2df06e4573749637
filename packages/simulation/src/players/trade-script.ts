/** Plays one trade: orders and their acceptance, then goods, invoice and money, each at its own pace and in any order. */
import { portion, receiptId, shipmentId } from '@triflow/kernel'
import { copyOf, drawDeal, drawInvoice, type Deal } from './deal.ts'
import type { CommandOf } from './request.ts'
import { chanceOf, type Chance, type Stage } from './stage.ts'

interface Play {
  readonly stage: Stage
  readonly chance: Chance
  readonly deal: Deal
  /** How long its parties take, at most, for each of their steps. */
  readonly paceMs: number
}

/** False when the order came to nothing. */
const agree = async ({ stage, chance, deal, paceMs }: Play): Promise<boolean> => {
  const { voice } = stage
  const { debtor, supplier, termDays } = deal
  const isCancelled = chance.of(4)
  for (const { id, number, lines } of deal.orders) {
    const submitted: CommandOf<'SubmitOrder'> = {
      type: 'SubmitOrder',
      orderId: id,
      buyerId: debtor.partyId,
      supplierId: supplier.partyId,
      number,
      issuedOn: stage.today,
      currency: debtor.programme.currency,
      lines: [...lines],
      paymentTermDays: termDays,
    }
    const isAmended = chance.of(10)
    // An amendment brings the lines to what the rest of the story goes by.
    const asked = isAmended ? lines.map((line) => ({ ...line, quantity: line.quantity + 5n })) : lines
    await voice.say(debtor.partyId, `order ${number}`, { ...submitted, lines: [...asked] })
    let version = 1
    if (isCancelled) {
      await voice.say(debtor.partyId, `cancel ${number}`, {
        type: 'CancelOrder',
        orderId: id,
        reason: 'No longer needed',
      })
      continue
    }
    if (isAmended) {
      // The supplier may accept what the buyer is changing: one of the two is told that it is late.
      const accepting = chance.of(50) ? accept(id, 1) : undefined
      await voice.say(debtor.partyId, `amend ${number}`, {
        type: 'AmendOrder',
        orderId: id,
        version: 1,
        lines: [...lines],
        reason: 'Plan changed',
      })
      await accepting
      version = 2
    }
    await chance.pause(paceMs)
    // A supplier that forgets to accept leaves the trade waiting for it.
    if (!chance.of(3)) await accept(id, version)
  }
  return !isCancelled

  function accept(orderId: string, version: number): Promise<unknown> {
    return voice.say(supplier.partyId, `accept ${orderId} ${version}`, {
      type: 'AcceptOrder',
      orderId,
      version,
      acceptedBy: 'Song Min',
    })
  }
}

interface Goods {
  readonly orderId: string
  readonly orderLine: number
  readonly sku: string
  readonly quantity: bigint
}

const allGoods = (deal: Deal): Goods[] =>
  deal.orders.flatMap(({ id, lines }) =>
    lines.map(({ line, sku, quantity }) => ({ orderId: id, orderLine: line, sku, quantity })),
  )

/** One delivery, two, or one with something missing. */
const drawDeliveries = (goods: Goods[], chance: Chance): Goods[][] => {
  if (chance.of(15)) {
    const half = goods.map((one) => ({ ...one, quantity: one.quantity / 2n })).filter(({ quantity }) => quantity > 0n)
    return [half, goods.map((one) => ({ ...one, quantity: one.quantity - one.quantity / 2n }))]
  }
  if (chance.of(8)) return [goods.map((one, index) => (index === 0 ? { ...one, quantity: one.quantity - 1n } : one))]
  return [goods]
}

const PROOF = '0'.repeat(64)

const deliver = async (play: Play): Promise<void> => {
  const { stage, chance, deal, paceMs } = play
  const { debtor, supplier, carrierId } = deal
  if (chance.of(5)) return
  const deliveries = drawDeliveries(allGoods(deal), chance)
  await Promise.all(
    deliveries.map(async (lines, part) => {
      await chance.pause(paceMs)
      const waybill = `WB-${deal.name}-${part}`
      const shipment = shipmentId(carrierId, waybill)
      const move = (kind: string, evidenceTier: number): Promise<unknown> =>
        stage.voice.say(carrierId, `${kind} ${waybill}`, {
          type: 'RecordShipmentEvent',
          shipmentId: shipment,
          carrierId,
          kind,
          happenedOn: stage.today,
          evidenceTier,
          place: evidenceTier > 0 ? 'Dock 3' : '',
          signedBy: evidenceTier > 0 ? 'Zhao Ke' : '',
          proofSha256: evidenceTier > 0 ? PROOF : '',
        })
      await stage.voice.say(carrierId, `book ${waybill}`, {
        type: 'BookShipment',
        shipmentId: shipment,
        carrierId,
        supplierId: supplier.partyId,
        buyerId: debtor.partyId,
        number: waybill,
        bookedOn: stage.today,
        lines,
      })
      await move('picked-up', 0)
      await chance.pause(paceMs)
      // The dock may write its receipt before the driver has said that he is there.
      const driver = move('delivered', 2)
      if (chance.of(70)) await driver
      if (!chance.of(4))
        await stage.voice.say(debtor.partyId, `receipt ${waybill}`, {
          type: 'RecordGoodsReceipt',
          receiptId: receiptId(debtor.partyId, `GR-${deal.name}-${part}`),
          buyerId: debtor.partyId,
          supplierId: supplier.partyId,
          number: `GR-${deal.name}-${part}`,
          receivedOn: stage.today,
          lines,
          shipmentId: shipment,
        })
      await driver
    }),
  )
  if (chance.of(5)) await sendBack(play)
}

const sendBack = async ({ stage, deal }: Play): Promise<void> => {
  const { debtor, supplier } = deal
  const first = allGoods(deal)[0]!
  await stage.voice.say(debtor.partyId, `return ${deal.name}`, {
    type: 'RecordReturn',
    returnId: `${debtor.partyId}/RT-${deal.name}`,
    buyerId: debtor.partyId,
    supplierId: supplier.partyId,
    returnedOn: stage.today,
    lines: [{ ...first, quantity: 1n }],
    reason: 'Damaged in transit',
  })
}

const bill = async (play: Play): Promise<void> => {
  const { stage, chance, deal, paceMs } = play
  const { voice } = stage
  if (chance.of(5)) return
  await chance.pause(paceMs)
  const invoice = drawInvoice(stage, deal, chance)
  const copy = copyOf(invoice, deal.trick)
  const issue = (what: CommandOf<'IssueInvoice'>, key: string): Promise<unknown> =>
    voice.say(deal.supplier.partyId, `invoice ${deal.name} ${key}`, what)
  // The honest one and its copy race; whichever comes first is the claim.
  await Promise.all([issue(invoice, 'first'), ...(copy ? [chance.pause(paceMs).then(() => issue(copy, 'copy'))] : [])])
  const debtorWord = chance.of(5)
    ? voice.say(invoice.debtorId, `dispute ${invoice.invoiceId}`, {
        type: 'DisputeInvoice',
        invoiceId: invoice.invoiceId,
        reason: 'Not agreed',
      })
    : chance.of(50)
      ? voice.say(invoice.debtorId, `confirm ${invoice.invoiceId}`, {
          type: 'ConfirmInvoice',
          invoiceId: invoice.invoiceId,
          confirmedBy: 'Zhao Ke',
        })
      : undefined
  const netMinor = portion(invoice.netMinor, chance.between(100, 900))
  const isCredited = chance.of(10) && netMinor > 0n
  const taxMinor = isCredited ? portion(netMinor, 1_300) : 0n
  await chance.pause(paceMs)
  if (isCredited)
    await voice.say(invoice.supplierId, `credit ${invoice.invoiceId}`, {
      type: 'IssueCreditNote',
      invoiceId: invoice.invoiceId,
      creditNoteNumber: `HP-${deal.name}`,
      issuedOn: stage.today,
      netMinor,
      taxMinor,
      reason: 'Price reduction agreed',
    })
  await debtorWord
  await pay(play, invoice, invoice.grossMinor - (isCredited ? netMinor + taxMinor : 0n))
}

/** What the debtor's bank reports: all or in two parts, named or not, too much, too little, early, late or never. */
const pay = async (
  { stage, chance, deal, paceMs }: Play,
  { invoiceId, number, debtorId }: CommandOf<'IssueInvoice'>,
  dueMinor: bigint,
): Promise<void> => {
  if (chance.of(15) || debtorId !== deal.debtor.partyId || dueMinor <= 1n) return
  if (!chance.of(8)) await stage.voice.process.clock.sleep(paceMs * 3 + chance.between(0, paceMs * 8))
  const off = chance.of(6) ? (chance.of(50) ? 1n : -1n) : 0n
  const parts = chance.of(10) ? [dueMinor / 3n, dueMinor - dueMinor / 3n] : [dueMinor + off]
  const isNamed = chance.of(70)
  for (const [part, amountMinor] of parts.entries()) {
    const lineId = `CR-${deal.name}-${part}`
    const line: CommandOf<'PostStatementLine'> = {
      type: 'PostStatementLine',
      accountId: deal.accountId,
      lineId,
      direction: 'credit',
      amountMinor,
      currency: deal.debtor.programme.currency,
      valueOn: stage.today,
      reference: isNamed ? `Payment for ${number}` : '',
      counterparty: debtorId,
    }
    stage.remittances.set(`${deal.accountId}/${lineId}`, { debtorId, invoiceIds: [invoiceId] })
    // The account of a pair opens when its supplier joins; until then the bank keeps its line and posts it again.
    for (let attempt = 1; ; attempt++) {
      const answer = await stage.voice.say('debtors-bank', `line ${lineId} ${attempt}`, line)
      if (answer.status === 'accepted' || attempt === 8) break
      await chance.pause(8_000)
    }
    await chance.pause(paceMs)
  }
}

export const playTrade = async (stage: Stage, index: number): Promise<void> => {
  const chance = chanceOf(stage, index)
  const play: Play = { stage, chance, deal: drawDeal(stage, chance, index), paceMs: chance.between(50, 6_000) }
  const lanes = (): Promise<unknown> => Promise.all([deliver(play), bill(play)])
  // Paper is sometimes faster than the order it belongs to.
  if (chance.of(15)) await Promise.all([agree(play), lanes()])
  else if (await agree(play)) await lanes()
  else if (chance.of(30)) await bill(play)
  stage.finished++
}
