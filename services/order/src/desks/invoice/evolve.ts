/** What an invoice becomes by its facts. */
import { normaliseNumber } from '@triflow/kernel'
import { creditNoteText, headText, linesText } from './content.ts'
import type { InvoiceFact, InvoiceState } from './vocabulary.ts'

export const initialState = (): InvoiceState => ({
  status: 'unknown',
  supplierId: '',
  debtorId: '',
  number: '',
  currency: '',
  netMinor: 0n,
  taxMinor: 0n,
  creditedNetMinor: 0n,
  creditedTaxMinor: 0n,
  content: '',
  creditNotes: new Map(),
  disputedFor: '',
})

export const evolve = (state: InvoiceState, fact: InvoiceFact): InvoiceState => {
  switch (fact.type) {
    case 'InvoiceIssued':
      state.status = 'issued'
      state.supplierId = fact.supplierId
      state.debtorId = fact.debtorId
      state.number = fact.number
      state.currency = fact.currency
      state.netMinor = fact.netMinor
      state.taxMinor = fact.taxMinor
      state.content = headText(fact)
      return state
    case 'OrderBilled':
      state.content += linesText(fact.lines)
      return state
    case 'CreditNoteIssued':
      state.creditNotes.set(normaliseNumber(fact.creditNoteNumber), creditNoteText(fact))
      state.creditedNetMinor += fact.netMinor
      state.creditedTaxMinor += fact.taxMinor
      return state
    case 'InvoiceConfirmed':
      state.status = 'confirmed'
      return state
    case 'InvoiceDisputed':
      state.status = 'disputed'
      state.disputedFor = fact.reason
      return state
  }
}
