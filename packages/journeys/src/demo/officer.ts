/** The bank's credit officer: decides what was referred, and says what money in suspense pays. */
import { decideClaim } from '../actors/bank.ts'
import type { InvoiceName } from '../actors/buyer.ts'
import type { Caller, Document } from '../client/caller.ts'
import { seeded } from '../generator/random.ts'
import type { Story } from '../generator/story.ts'
import type { Payment } from '../generator/vocabulary.ts'
import { listIn, textIn } from '../report/reading.ts'
import { claimsLeft, positionWhere } from '../watching.ts'

/** supplier / number / issue date: the parts of an invoice's id. */
export const nameOfInvoice = (invoiceId: string): InvoiceName => {
  const [supplierId = '', number = '', issuedOn = ''] = invoiceId.split('/')
  return { supplierId, number, issuedOn }
}

/** The officer's word depends on the claim alone, whoever asks and in whichever order. Disputed goods are never bought. */
const wordOn = (invoiceId: string, reason: string): 'approval' | 'refusal' =>
  reason === 'PriceOverTolerance' && seeded(0).fork(invoiceId).chance(7_000) ? 'approval' : 'refusal'

const reasons = {
  approval: 'Price increase agreed between the parties by letter',
  refusal: 'Not covered by the order',
} as const

/**
 * Decides the referred claims of the story's debtor that lay on the desk this morning, and waits until each decision has
 * had its effect. A job that was killed and plays the day again must not decide what was referred during the day.
 */
export const decideReferred = async (
  bank: Caller,
  story: Story,
  lay: (invoiceId: string) => boolean,
): Promise<number> => {
  const referred = (await bank.list('/v1/claims?status=referred')).filter(
    (claim) => claim['debtorId'] === story.people.manufacturer.partyId && lay(textIn(claim, 'id')),
  )
  const decided: InvoiceName[] = []
  for (const claim of referred) {
    const invoiceId = textIn(claim, 'id')
    const verdict = wordOn(invoiceId, textIn(claim, 'reason'))
    const outcome = await decideClaim(bank, story.id, nameOfInvoice(invoiceId), verdict, {
      officer: story.people.officer,
      reason: reasons[verdict],
    })
    // A claim may have changed since it was listed: then it is on somebody's list again.
    if (outcome.status === 'accepted') decided.push(nameOfInvoice(invoiceId))
  }
  await claimsLeft(bank, decided, ['referred'])
  return decided.length
}

const receiptIdOf = ({ line }: Payment): string => `${line.supplierId}|${line.debtorId}/${line.lineId}`

/** Settles money in suspense by the debtor's remittance advice. */
export const settleSuspense = async (bank: Caller, story: Story, position: Document): Promise<number> => {
  const known = new Map(story.payments.map((payment) => [receiptIdOf(payment), payment]))
  const suspended = listIn(position, 'unallocated').filter((one) => one['status'] === 'suspended')
  const settled = new Set<string>()
  for (const one of suspended) {
    const receiptId = textIn(one, 'receiptId')
    const payment = known.get(receiptId)
    if (!payment) continue
    const invoices = payment.pays.map(({ supplierId, number, issuedOn }) => ({ supplierId, number, issuedOn }))
    const outcome = await bank.write({
      path: '/v1/receipts/allocation',
      body: { debtorId: payment.line.debtorId, receiptId, invoices, officer: story.people.officer },
      idempotencyKey: `${story.id}:allocation:${payment.line.lineId}`,
    })
    // Money that does not fit what the debtor named stays where it is, for a longer talk.
    if (outcome.status === 'accepted') settled.add(receiptId)
  }
  await positionWhere(bank, story.id, 'that money left suspense', (after) =>
    listIn(after, 'unallocated').every((one) => !settled.has(textIn(one, 'receiptId'))),
  )
  return settled.size
}
