/** The invoice desk as the runtime takes it. */
import type { DeskRules } from '@triflow/kernel'
import { decide } from './decide.ts'
import { evolve, initialState } from './evolve.ts'
import type { InvoiceCommand, InvoiceFact, InvoiceState } from './vocabulary.ts'

export const invoiceRules = {
  initialState,
  initialShared: () => ({}),
  decide,
  evolve,
  evolveShared: (shared) => shared,
  // An invoice does not know when it is paid, so only one that is credited in full is done.
  isClosed: (state) =>
    state.status !== 'unknown' && state.creditedNetMinor + state.creditedTaxMinor === state.netMinor + state.taxMinor,
} satisfies DeskRules<InvoiceState, Record<string, never>, InvoiceCommand, never, never, InvoiceFact>
