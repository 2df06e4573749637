/** The shipment desk as the runtime takes it. */
import type { DeskRules } from '@triflow/kernel'
import { decide } from './decide.ts'
import { evolve, initialState } from './evolve.ts'
import type { ShipmentCommand, ShipmentFact, ShipmentState } from './vocabulary.ts'

export const shipmentRules = {
  initialState,
  initialShared: () => ({}),
  decide,
  evolve,
  evolveShared: (shared) => shared,
  // A receipt or a return is said once and done; a shipment when it has arrived.
  isClosed: (state) =>
    state.kind === 'receipt' || state.kind === 'return' || (state.kind === 'shipment' && state.reached === 'delivered'),
} satisfies DeskRules<ShipmentState, Record<string, never>, ShipmentCommand, never, never, ShipmentFact>
