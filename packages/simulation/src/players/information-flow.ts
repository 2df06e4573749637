/** The papers of a trade: its orders and their acceptance; its invoice, what the debtor says of it, and its credit note. */
import { portion } from '@triflow/kernel'
import { copyOf, drawInvoice } from './deal.ts'
import { pay } from './funds-flow.ts'
import type { Play } from './play.ts'
import type { CommandOf } from './request.ts'

/** False when the order came to nothing. */
export const agree = async ({ stage, chance, deal, paceMs }: Play): Promise<boolean> => {
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

export const bill = async (play: Play): Promise<void> => {
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
  if (isCredited) {
    const note: CommandOf<'IssueCreditNote'> = {
      type: 'IssueCreditNote',
      invoiceId: invoice.invoiceId,
      creditNoteNumber: `HP-${deal.name}`,
      issuedOn: stage.today,
      netMinor,
      taxMinor,
      reason: 'Price reduction agreed',
    }
    await voice.say(invoice.supplierId, `credit ${invoice.invoiceId}`, note)
    // Keyed in by hand a second time: the same note, and a key that the platform has not seen.
    if (chance.of(30)) await voice.say(invoice.supplierId, `credit ${invoice.invoiceId} by hand`, note)
  }
  await debtorWord
  await pay(play, invoice, invoice.grossMinor - (isCredited ? netMinor + taxMinor : 0n))
}
