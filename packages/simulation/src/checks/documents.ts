/** What a document or a day may be told of only once, and in which order (I3, I10). */
import type { MessageName, WireOf } from '@triflow/contracts'
import type { Finder } from './findings.ts'
import type { Journals } from './journals.ts'

/** The fields that name the document a fact tells of; a second fact of one document is a repeat that took effect. */
const identities: { readonly [N in MessageName]?: readonly (keyof WireOf<N>)[] } = {
  OrderSubmitted: ['orderId'],
  OrderAccepted: ['orderId', 'version'],
  OrderCancelled: ['orderId'],
  InvoiceIssued: ['invoiceId'],
  InvoiceConfirmed: ['invoiceId'],
  CreditNoteIssued: ['invoiceId', 'creditNoteNumber'],
  ShipmentBooked: ['shipmentId'],
  GoodsReceived: ['receiptId'],
  GoodsReturned: ['returnId'],
  CashReceived: ['receiptId'],
  BusinessDayClosed: ['date'],
  DebtorDayClosed: ['programmeId', 'date'],
  AdvanceDisbursed: ['decisionId'],
  DisbursementReconciled: ['disbursementId'],
  LedgerPosted: ['entryId'],
}

/** I3: a document takes effect once, however often and under however many keys it comes. */
const checkOnce = ({ factsOf }: Journals, finder: Finder): void => {
  for (const [type, identity] of Object.entries(identities) as [string, readonly string[]][]) {
    const told = new Set<string>()
    for (const { desk, entry, message } of factsOf(type)) {
      const name = identity.map((field) => message[field]).join(' ')
      finder.must('I3', !told.has(name), () => `${desk}@${entry} tells ${type} of ${name} again`)
      told.add(name)
    }
  }
}

/** I10: versions of an order follow one another, and a supplier is bound to the version that stood when it accepted. */
const checkVersions = ({ facts }: Journals, finder: Finder): void => {
  const versions = new Map<string, number>()
  for (const { message } of facts) {
    const orderId = String(message.orderId)
    const standing = versions.get(orderId) ?? 0
    if (message.type === 'OrderSubmitted') versions.set(orderId, 1)
    if (message.type === 'OrderAmended') {
      finder.must(
        'I10',
        message.version === standing + 1,
        () => `${orderId} has version ${String(message.version)} after ${standing}`,
      )
      versions.set(orderId, standing + 1)
    }
    if (message.type === 'OrderAccepted')
      finder.must(
        'I10',
        message.version === standing,
        () => `${orderId} was accepted in version ${String(message.version)} when ${standing} stood`,
      )
  }
}

/** I10: each business day follows the one that was closed. */
const checkDays = ({ facts }: Journals, finder: Finder): void => {
  let today: unknown
  for (const { message } of facts) {
    if (message.type === 'BusinessDayOpened') today = message.date
    if (message.type !== 'BusinessDayClosed') continue
    finder.must('I10', message.date === today, () => `${String(message.date)} was closed when it was ${String(today)}`)
    today = message.next
  }
}

export const checkDocuments = (journals: Journals, finder: Finder): void => {
  checkOnce(journals, finder)
  checkVersions(journals, finder)
  checkDays(journals, finder)
}
