/** What a decision to finance rests on and comes to, worked out again from the facts alone: evidence, price, goods. */
import { decodeMessage, header, type WireOf } from '@triflow/contracts'
import { fingerprint, headerText, type OutgoingRecord } from '@triflow/desk'
import { daysBetween, larger } from '@triflow/kernel'
import type { Finder } from './findings.ts'
import { walkMessages } from './entries.ts'
import type { Fact, Journals } from './journals.ts'

type Financed = WireOf<'ClaimFinanced'>

const financed = ({ factsOf }: Journals): Financed[] =>
  factsOf('ClaimFinanced').map(({ message }) => message as unknown as Financed)

const messageIn = (record: OutgoingRecord): Fact['message'] =>
  decodeMessage(headerText(record, header.type), record.value) as Fact['message']

/** Whether a fact speaks of what it is cited for. */
const speaksOf = (about: string, message: Fact['message'], claim: Financed): boolean => {
  switch (about) {
    case 'order':
    case 'acceptance':
    case 'goods':
      return claim.orderIds.includes(String(message.orderId))
    case 'invoice':
    case 'funds':
    case 'confirmation':
      return message.invoiceId === claim.invoiceId
    case 'consent':
      return message.supplierId === claim.supplierId
    default:
      return true
  }
}

/** I11: each record that a decision cites is on record, under that hash, and speaks of the claim; what the terms ask for is cited. */
const checkEvidence = (journals: Journals, finder: Finder): void => {
  const acceptanceOf = new Map<string, string>()
  for (const { message } of journals.factsOf('ProgrammeOpened')) {
    const { programme } = message as unknown as WireOf<'ProgrammeOpened'>
    if (programme) acceptanceOf.set(programme.programmeId, programme.acceptance)
  }
  for (const claim of financed(journals)) {
    for (const { about, desk, entry, index, sha256 } of claim.evidence) {
      const place = `${desk}@${entry}/${index}`
      const standing = journals.at(place)
      finder.must(
        'I11',
        standing.some((record) => fingerprint(record) === sha256),
        () => `${claim.decisionId} rests on ${place}, which says nothing of that hash`,
      )
      if (standing[0])
        finder.must(
          'I11',
          speaksOf(about, messageIn(standing[0]), claim),
          () => `${claim.decisionId} cites ${place} as ${about}, which speaks of something else`,
        )
    }
    const cited = new Set(claim.evidence.map(({ about }) => about))
    const isAsked = acceptanceOf.get(claim.programmeId) === 'confirmed'
    for (const about of ['order', 'acceptance', 'consent', ...(isAsked ? ['confirmation'] : [])])
      finder.must('I11', cited.has(about), () => `${claim.decisionId} was decided without ${about}`)
  }
}

/** I1: the advance is the agreed part of what is eligible, and the discount what it costs until the due date, both rounded down. */
const checkPrices = (journals: Journals, finder: Finder): void => {
  for (const claim of financed(journals)) {
    const { decisionId, eligibleMinor, advanceMinor, discountMinor, payoutMinor } = claim
    const days = BigInt(Math.max(0, daysBetween(claim.fundedOn, claim.dueOn)))
    const advance = (eligibleMinor * BigInt(claim.advanceRateBps)) / 10_000n
    const discount = (advance * BigInt(claim.annualRateBps) * days) / (10_000n * BigInt(claim.dayCountBasis))
    finder.must(
      'I1',
      advanceMinor === advance && discountMinor === discount && payoutMinor === advance - discount,
      () =>
        `${decisionId} advances ${advanceMinor} less ${discountMinor}; its terms come to ${advance} less ${discount}`,
    )
  }
}

/** I2: a claim is financed on the invoice as it was issued, and on no more of it than credit notes heard by then have left. */
const checkFace = (journals: Journals, finder: Finder): void => {
  for (const journal of journals.all) {
    if (journal.desk.name !== 'financing.obligor') continue
    const faces = new Map<string, { readonly currency: string; readonly grossMinor: bigint }>()
    const credited = new Map<string, bigint>()
    walkMessages(
      journal,
      (message) => {
        if (message.type === 'InvoiceIssued') {
          const { invoiceId, currency, grossMinor } = message as { type: string } & WireOf<'InvoiceIssued'>
          faces.set(invoiceId, { currency, grossMinor })
        }
        if (message.type === 'CreditNoteIssued') {
          const { invoiceId, netMinor, taxMinor } = message as { type: string } & WireOf<'CreditNoteIssued'>
          credited.set(invoiceId, (credited.get(invoiceId) ?? 0n) + netMinor + taxMinor)
        }
      },
      (message) => {
        if (message.type !== 'ClaimFinanced') return
        const { decisionId, invoiceId, currency, grossMinor, eligibleMinor } = message as { type: string } & Financed
        const face = faces.get(invoiceId)
        finder.must(
          'I2',
          face?.grossMinor === grossMinor && face.currency === currency,
          () =>
            `${decisionId} finances ${grossMinor} ${currency}; the invoice says ${face?.grossMinor} ${face?.currency}`,
        )
        const left = grossMinor - (credited.get(invoiceId) ?? 0n)
        finder.must(
          'I2',
          eligibleMinor <= left,
          () => `${decisionId} is financed on ${eligibleMinor}; credit notes leave ${left} of the invoice`,
        )
      },
    )
  }
}

interface Line {
  ordered: bigint
  received: bigint
  delivered: bigint
  financed: bigint
}

/** I2: over all claims that were financed, no line of an order is financed for more than was ordered and came. */
const checkGoods = (journals: Journals, finder: Finder): void => {
  const lines = new Map<string, Line>()
  const lineOf = (orderId: string, number: number): Line => {
    const name = `${orderId} line ${number}`
    const line = lines.get(name) ?? { ordered: 0n, received: 0n, delivered: 0n, financed: 0n }
    lines.set(name, line)
    return line
  }
  for (const type of ['OrderSubmitted', 'OrderAmended'])
    for (const { message } of journals.factsOf(type)) {
      const { orderId, lines: ordered } = message as unknown as WireOf<'OrderAmended'>
      for (const { line, quantity } of ordered) {
        const known = lineOf(orderId, line)
        known.ordered = larger(known.ordered, quantity)
      }
    }
  for (const [type, kind] of [
    ['OrderReceived', 'received'],
    ['OrderDelivered', 'delivered'],
  ] as const)
    for (const { message } of journals.factsOf(type)) {
      const { orderId, lines: goods } = message as unknown as WireOf<'OrderReceived'>
      for (const { orderLine, quantity } of goods) lineOf(orderId, orderLine)[kind] += quantity
    }
  for (const journal of journals.all) {
    if (journal.desk.name !== 'financing.obligor') continue
    const shares = new Map<string, WireOf<'ShareMatched'>>()
    const advanced = new Map<string, WireOf<'ShareMatched'>[]>()
    walkMessages(
      journal,
      (message) => {
        if (message.type !== 'ShareMatched') return
        const share = message as { type: string } & WireOf<'ShareMatched'>
        shares.set(`${share.invoiceId} ${share.orderId}`, share)
      },
      (message) => {
        const claim = message as { type: string } & Financed
        if (message.type === 'ClaimFinanced')
          advanced.set(
            claim.invoiceId,
            claim.orderIds.map((orderId) => shares.get(`${claim.invoiceId} ${orderId}`)!),
          )
        // What the bank refused to pay out was never financed.
        if (message.type === 'AdvanceCancelled') advanced.delete(claim.invoiceId)
      },
    )
    for (const share of [...advanced.values()].flat())
      for (const { orderLine, financeableQuantity } of share.lines)
        lineOf(share.orderId, orderLine).financed += financeableQuantity
  }
  for (const [name, { ordered, received, delivered, financed: given }] of lines) {
    const came = larger(received, delivered)
    finder.must(
      'I2',
      given <= ordered && given <= came,
      () => `${name} is financed for ${given} units; ${ordered} were ordered and ${came} came`,
    )
  }
}

/** I6: a decision keeps to the limit that its desk was last told of. */
const checkLimits = (journals: Journals, finder: Finder): void => {
  for (const journal of journals.all) {
    if (journal.desk.name !== 'financing.obligor') continue
    const limits = new Map<string, bigint>()
    walkMessages(
      journal,
      (message) => {
        const { programme, programmeId, limitMinor } = message as Partial<
          WireOf<'ProgrammeOpened'> & WireOf<'ProgrammeLimitChanged'>
        >
        if (message.type === 'ProgrammeOpened' && programme) limits.set(programme.programmeId, programme.limitMinor)
        if (message.type === 'ProgrammeLimitChanged') limits.set(programmeId!, limitMinor!)
      },
      (message) => {
        if (message.type !== 'ClaimFinanced') return
        const { decisionId, programmeId, limitMinor } = message as { type: string } & Financed
        const limit = limits.get(programmeId)
        finder.must(
          'I6',
          limitMinor === limit,
          () => `${decisionId} keeps to a limit of ${limitMinor}; ${limit} stands`,
        )
      },
    )
  }
}

export const checkDecisions = (journals: Journals, finder: Finder): void => {
  checkEvidence(journals, finder)
  checkPrices(journals, finder)
  checkFace(journals, finder)
  checkGoods(journals, finder)
  checkLimits(journals, finder)
}
