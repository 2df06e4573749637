/** The endpoint desk as the runtime takes it, and how its memory stays bounded. */
import type { DeskRules, Retired } from '@triflow/kernel'
import { decide } from './decide.ts'
import { archiveKeyOf, wakeAt } from './deliveries.ts'
import { evolve, initialState } from './evolve.ts'
import type { EndpointCommand, EndpointFact, EndpointState } from './vocabulary.ts'

/** Ended deliveries that stay at hand; older ones are asked of the archive by their id. */
const FINISHED_AT_HAND = 20

const keysNeeded = (command: EndpointCommand): readonly string[] => {
  switch (command.type) {
    case 'RequestDelivery':
    case 'ReportDelivery':
    case 'ResendDelivery':
      return [archiveKeyOf(command.webhookId, command.eventId)]
    default:
      return []
  }
}

const retire = (state: EndpointState): readonly Retired[] => {
  if (state.kind !== 'webhook' || state.finished.size <= FINISHED_AT_HAND) return []
  const retired: Retired[] = []
  let surplus = state.finished.size - FINISHED_AT_HAND
  for (const [eventId, item] of state.finished) {
    if (surplus-- === 0) break
    retired.push({ key: archiveKeyOf(state.webhookId, eventId), item })
    state.finished.delete(eventId)
  }
  return retired
}

export const endpointRules = {
  initialState,
  initialShared: () => ({}),
  decide,
  evolve,
  evolveShared: (shared) => shared,
  keysNeeded,
  retire,
  wakeAt: (state) => (state.kind === 'webhook' ? wakeAt(state) : undefined),
} satisfies DeskRules<EndpointState, Record<string, never>, EndpointCommand, never, never, EndpointFact>
