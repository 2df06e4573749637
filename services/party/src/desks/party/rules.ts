/** The party desk as the runtime takes it. A party is never done: its item stays open. */
import type { DeskRules } from '@triflow/kernel'
import { decide } from './decide.ts'
import { evolve, initialState } from './evolve.ts'
import type { PartyCommand, PartyFact, PartyState } from './vocabulary.ts'

export const partyRules = {
  initialState,
  initialShared: () => ({}),
  decide,
  evolve,
  evolveShared: (shared) => shared,
} satisfies DeskRules<PartyState, Record<string, never>, PartyCommand, never, never, PartyFact>
