/** The order desk as the runtime takes it. */
import type { DeskRules } from '@triflow/kernel'
import { decide } from './decide.ts'
import { evolve, initialState } from './evolve.ts'
import type { OrderCommand, OrderFact, OrderState } from './vocabulary.ts'

export const orderRules = {
  initialState,
  initialShared: () => ({}),
  decide,
  evolve,
  evolveShared: (shared) => shared,
  // An order does not know when it is delivered and paid, so only a cancelled one is done.
  isClosed: (state) => state.status === 'cancelled',
} satisfies DeskRules<OrderState, Record<string, never>, OrderCommand, never, never, OrderFact>
