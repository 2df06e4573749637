/**
 * Who is party to what: the questions that authorising asks of the services' views. A document's parties never change
 * once it exists, so they are remembered; what does not exist yet is asked again, because views lag by moments.
 */
import type { Clock } from '@triflow/desk'
import type { Actor, Resource } from '../http/authorise.ts'
import type { Doors } from './service-doors.ts'
import { textOf, views } from './views.ts'

export interface Ownership {
  order(orderId: string): Promise<Resource | undefined>
  invoice(invoiceId: string): Promise<Resource | undefined>
  /** With its programme's funder. */
  claim(invoiceId: string): Promise<Resource | undefined>
  programme(programmeId: string): Promise<Resource | undefined>
  /** Funders of the debtor's programmes. */
  fundersOf(debtorId: string): Promise<readonly string[]>
  /** Whether a supplier joined the programme. */
  enrolledIn(programmeId: string, actor: Actor): Promise<boolean>
}

/** What outlives one request. */
export interface OwnershipMemory {
  readonly clock: Pick<Clock, 'now' | 'sleep'>
  readonly parties: Map<string, Resource>
  readonly funders: Map<string, { readonly until: number; readonly ids: readonly string[] }>
}

export const ownershipMemory = (clock: OwnershipMemory['clock']): OwnershipMemory => ({
  clock,
  parties: new Map(),
  funders: new Map(),
})

const REMEMBERED_MAX = 100_000
const FUNDERS_FRESH_MS = 2_000
/** A view is asked again for what it does not have yet, for this long in all. */
const PATIENCE_MS = [20, 50, 100, 200, 400]

const remember = <V>(memory: Map<string, V>, key: string, value: V): V => {
  memory.delete(key)
  memory.set(key, value)
  if (memory.size > REMEMBERED_MAX) memory.delete(memory.keys().next().value!)
  return value
}

/** Told by a door whose command was accepted: these parties stand. */
export const settleParties = (
  memory: OwnershipMemory,
  kind: 'order' | 'invoice' | 'programme',
  id: string,
  parties: Resource,
): void => void remember(memory.parties, `${kind} ${id}`, parties)

/**
 * @param atLeast position that the caller has seen, '' for none
 * @param patient false where a missing document is the usual case and waiting for it would be waste
 */
export const ownershipOf = (doors: Doors, memory: OwnershipMemory, atLeast: string, patient = true): Ownership => {
  const document = async (
    kind: string,
    from: { service: keyof ServiceOf; view: string },
    id: string,
    partiesOf: (d: Record<string, unknown>) => Resource,
  ) => {
    const known = memory.parties.get(`${kind} ${id}`)
    if (known) return known
    for (const pause of patient ? [...PATIENCE_MS, 0] : [0]) {
      const found = await doors.read(from.service, from.view, id, atLeast)
      if (found) {
        const parties = partiesOf(found.json)
        return kind === 'claim' && !parties.programmeId ? parties : remember(memory.parties, `${kind} ${id}`, parties)
      }
      if (pause) await memory.clock.sleep(pause)
    }
    return undefined
  }

  const programme = (id: string) => document('programme', views.programmes, id, programmeParties)

  const fundersOf = async (debtorId: string): Promise<readonly string[]> => {
    const known = memory.funders.get(debtorId)
    if (known && known.until > memory.clock.now()) return known.ids
    const page = await doors.list('party', {
      view: views.programmes.view,
      field: 'debtorId',
      value: debtorId,
      limit: 200,
      after: '',
      atLeast: '',
    })
    const ids = [...new Set(page.documents.flatMap((found) => programmeParties(found).funderIds ?? []))]
    return remember(memory.funders, debtorId, { until: memory.clock.now() + (ids.length ? FUNDERS_FRESH_MS : 0), ids })
      .ids
  }

  return {
    programme,
    fundersOf,
    order: (id) =>
      document('order', views.orders, id, (found) => ({
        buyerId: textOf(found, 'buyerId'),
        supplierId: textOf(found, 'supplierId'),
      })),
    invoice: (id) =>
      document('invoice', views.invoices, id, (found) => ({
        supplierId: textOf(found, 'supplierId'),
        debtorId: textOf(found, 'debtorId'),
      })),
    claim: async (id) => {
      const parties = await document('claim', views.claims, id, (found) => ({
        supplierId: textOf(found, 'supplierId'),
        debtorId: textOf(found, 'debtorId'),
        programmeId: textOf(found, 'programmeId'),
      }))
      // Funders are kept apart: only the programme that the claim fell under says whose it is.
      const under = parties?.programmeId ? await programme(parties.programmeId) : undefined
      return parties && { ...parties, funderIds: under?.funderIds ?? [] }
    },
    enrolledIn: async (programmeId, actor) => {
      if (!actor.roles.includes('supplier')) return false
      const party = await doors.read('party', views.parties.view, actor.partyId, atLeast)
      const enrolments = party?.json['enrolments']
      return (
        Array.isArray(enrolments) &&
        enrolments.some((one) => (one as { programmeId?: unknown } | null)?.programmeId === programmeId)
      )
    },
  }
}

type ServiceOf = Record<Parameters<Doors['read']>[0], true>

const programmeParties = (document: Record<string, unknown>): Resource => {
  const funderId = textOf(document, 'funderId')
  return {
    programmeId: textOf(document, 'programmeId'),
    debtorId: textOf(document, 'debtorId'),
    funderIds: funderId ? [funderId] : [],
  }
}
