/** The ledger desk as the runtime takes it. It is asked nothing by people and hears no broadcasts. */
import type { DeskRules } from '@triflow/kernel'
import { decide } from './decide.ts'
import { evolve, initialState } from './evolve.ts'
import type { Fact, Heard, State } from './vocabulary.ts'

export const ledgerRules: DeskRules<State, Record<string, never>, never, Heard, never, Fact> = {
  initialState,
  initialShared: () => ({}),
  decide,
  evolve,
  evolveShared: (shared) => shared,
}
