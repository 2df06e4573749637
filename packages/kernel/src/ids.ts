/** Business keys, scoped by their owner and normalised in one place, so that the same document has the same key everywhere. */

/**
 * The comparable form of a number that people type: NFKC (full-width digits become digits), upper case, and nothing but
 * letters, digits and - . _ kept. Two spellings of one number meet; the typed form is kept beside it for people.
 */
export const normaliseNumber = (typed: string): string =>
  typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^\p{L}\p{N}\-._]/gu, '')

/** Party ids are chosen at registration: lower-case words joined by dashes. */
export const isPartyId = (text: string): boolean => /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/.test(text)

/** buyer / order number. */
export const orderId = (buyerId: string, number: string): string => `${buyerId}/${normaliseNumber(number)}`

/** supplier / invoice number / issue date: free numbering repeats numbers, so the date belongs to the identity. */
export const invoiceId = (supplierId: string, number: string, issuedOn: string): string =>
  `${supplierId}/${normaliseNumber(number)}/${issuedOn}`

/** carrier / waybill number. */
export const shipmentId = (carrierId: string, number: string): string => `${carrierId}/${normaliseNumber(number)}`

/** buyer / receipt number; a goods receipt may stand without a shipment. */
export const receiptId = (buyerId: string, number: string): string => `${buyerId}/GR/${normaliseNumber(number)}`

/** The collection account of a supplier and its debtor; one virtual account per pair. */
export const collectionAccountId = (supplierId: string, debtorId: string): string => `${supplierId}|${debtorId}`

export const partiesOfAccount = (accountId: string): { supplierId: string; debtorId: string } | undefined => {
  const [supplierId, debtorId, more] = accountId.split('|')
  return supplierId && debtorId && more === undefined ? { supplierId, debtorId } : undefined
}
