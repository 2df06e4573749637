/** A shipment's movements: only its carrier tells them, forwards, and proof stands behind every claimed tier. */
import { accept, nothing, parseDate, reject, type Decision } from '@triflow/kernel'
import { moveText } from './content.ts'
import { byOrder, type Flaw } from './goods.ts'
import {
  eventKinds,
  type EventKind,
  type RecordShipmentEvent,
  type ShipmentFact,
  type ShipmentRejection,
  type ShipmentState,
} from './vocabulary.ts'

export const mostMoves = 1_000

type Shipment = Extract<ShipmentState, { kind: 'shipment' }>

const no = (code: ShipmentRejection, detail: string) => reject(code, detail)
const isEventKind = (text: string): text is EventKind => (eventKinds as readonly string[]).includes(text)
const rank = (kind: EventKind | ''): number => (kind === '' ? -1 : eventKinds.indexOf(kind))

/** Delivery proof decides how much is lent, so a tier without its proof is a false claim, not a lower one. */
const flawOfProof = (c: RecordShipmentEvent): Flaw | undefined => {
  if (c.evidenceTier < 0 || c.evidenceTier > 3) return ['EvidenceTierUnknown', 'evidence tiers are 0 to 3']
  if (c.proofSha256 && !/^[0-9a-f]{64}$/.test(c.proofSha256))
    return ['ProofMalformed', 'a proof is named by its SHA-256, lower-case hex']
  if (c.evidenceTier >= 1 && !c.proofSha256) return ['ProofMissing', `tier ${c.evidenceTier} has a proof`]
  if (c.evidenceTier >= 2 && c.place.trim() === '') return ['PlaceMissing', `tier ${c.evidenceTier} names its place`]
  return undefined
}

/** Why this movement cannot follow what the shipment has reached; undefined when it can. */
const flawOfOrder = (kind: EventKind, c: RecordShipmentEvent, shipment: Shipment): Flaw | undefined => {
  const reached = `it was ${shipment.reached || 'booked'} on ${shipment.reachedOn}`
  if (rank(kind) < rank(shipment.reached)) return ['ShipmentEventOutOfOrder', reached]
  // Goods pass many places on their way, but are picked up and delivered once.
  if (kind === shipment.reached && kind !== 'in-transit') return ['ShipmentEventConflicts', reached]
  if (c.happenedOn < shipment.reachedOn) return ['ShipmentEventOutOfOrder', reached]
  return shipment.moves.length >= mostMoves ? ['TooManyShipmentEvents', `at most ${mostMoves}`] : undefined
}

export const move = (c: RecordShipmentEvent, state: ShipmentState): Decision<ShipmentFact> => {
  if (state.kind !== 'shipment') return no('ShipmentUnknown', `no shipment ${c.shipmentId} is booked`)
  if (c.carrierId !== state.carrierId) return no('NotTheCarrier', `${c.carrierId} does not carry this shipment`)
  const { kind } = c
  if (!isEventKind(kind)) return no('EventKindUnknown', `movements are ${eventKinds.join(', ')}`)
  if (state.moves.includes(moveText(c))) return nothing
  if (!parseDate(c.happenedOn)) return no('DateInvalid', `not a date: ${c.happenedOn}`)
  const flaw = flawOfProof(c) ?? flawOfOrder(kind, c, state)
  if (flaw) return no(...flaw)
  const { shipmentId, carrierId, happenedOn, evidenceTier, place, signedBy, proofSha256 } = c
  const { supplierId, buyerId } = state
  const told = { shipmentId, carrierId, supplierId, buyerId, happenedOn }
  const facts: ShipmentFact[] = [
    { type: 'ShipmentMoved', shipmentId, carrierId, kind, happenedOn, evidenceTier, place, signedBy, proofSha256 },
  ]
  for (const { orderId, lines } of kind === 'in-transit' ? [] : byOrder(state.lines))
    facts.push(
      kind === 'picked-up'
        ? { type: 'OrderShipped', orderId, ...told, lines }
        : { type: 'OrderDelivered', orderId, ...told, lines, evidenceTier },
    )
  return accept(facts)
}
