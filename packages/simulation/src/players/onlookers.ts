/** Everybody looks at everything: each party, and strangers, ask for documents of their own and of others, whole story long. */
import { operations, documentFor, ownershipMemory, rowsFor } from '@triflow/gateway/shown'
import type { Actor, Document, Doors, ListOperation, ReadOperation, Role } from '@triflow/gateway/shown'
import { memoryPorts } from '@triflow/desk/memory'
import type { ViewDocument } from '@triflow/desk'
import { jsonOf } from '@triflow/platform'
import { serviceViews } from '../town/service-views.ts'
import { webhookSecrets, type Town } from '../town/town.ts'
import { chanceOf, type Stage } from './stage.ts'

/** One answer that somebody was given. */
export interface Seen {
  readonly actor: Actor
  readonly path: string
  readonly view: string
  readonly json: Readonly<Record<string, unknown>>
}

const ONLOOKERS = 1_000_004
const LOOKS_APART_MS = 400
const ROWS = 50

const documentOf = (document: ViewDocument): Document => ({
  json: JSON.parse(jsonOf(document)) as Record<string, unknown>,
  version: BigInt(document.version),
})

/** The services' views as a gateway reads them; a database that fails fails the look. */
const doorsOf = (town: Town, process: Stage['voice']['process']): Doors => {
  const { views } = memoryPorts(town.engines, process)
  const never = (): never => {
    throw new Error('onlookers wish for nothing')
  }
  return {
    submit: never,
    submitMany: never,
    close: never,
    read: async (service, view, id) => {
      const found = (await serviceViews(service, views).load(view, [id])).get(id)
      return found && documentOf(found)
    },
    list: async (service, { view, field, value, limit, after }) => {
      const found = await serviceViews(service, views).list(view, { field, value, after, limit: limit + 1 })
      const page = found.slice(0, limit)
      const next = found.length > limit ? page.at(-1)!.id : ''
      return { documents: page.map((one) => documentOf(one).json), next }
    },
  }
}

type Params = Readonly<Record<string, string>>

/** Path values of things that there are, or will be, by the first word of the path. */
const thingsOf = (stage: Stage): Readonly<Record<string, readonly Params[]>> => {
  const { cast, voice, subscriptions } = stage
  const wishes = [...voice.told.values()].map(({ command }) => command)
  const orders = wishes.flatMap((c) => (c.type === 'SubmitOrder' ? [{ buyerId: c.buyerId, number: c.number }] : []))
  const invoices = wishes.flatMap((c) =>
    c.type === 'IssueInvoice'
      ? [{ supplierId: c.supplierId, number: c.number, issuedOn: c.issuedOn, id: c.invoiceId }]
      : [],
  )
  const named = invoices.map(({ id: _, ...name }) => name)
  const webhooks = subscriptions.map(({ webhookId, partyId }) => ({
    partyId,
    name: webhookId.split('/')[1]!,
    webhookId,
  }))
  return {
    orders,
    trades: orders,
    invoices: named,
    claims: named,
    decisions: invoices.map(({ id }) => ({ decisionId: `${id}@1` })),
    shipments: wishes.flatMap((c) => (c.type === 'BookShipment' ? [{ carrierId: c.carrierId, number: c.number }] : [])),
    programmes: cast.debtors.map(({ programme }) => ({ id: programme.programmeId })),
    parties: [...cast.debtors, ...cast.suppliers].map(({ partyId }) => ({ partyId })),
    webhooks: webhooks.map(({ partyId, name }) => ({ partyId, name })),
    ids: webhooks.map(({ webhookId }) => ({ webhookId })),
  }
}

const actorsOf = ({ cast }: Stage): readonly Actor[] => {
  const as =
    (role: Role) =>
    (partyId: string): Actor => ({ partyId, roles: [role] })
  return [
    as('funder')(cast.funderId),
    ...cast.debtors.map(({ partyId }) => as('buyer')(partyId)),
    ...cast.suppliers.map(({ partyId }) => as('supplier')(partyId)),
    ...cast.carriers.map(as('carrier')),
    // Strangers: nothing here is theirs.
    as('funder')('other-bank'),
    { partyId: 'stranger', roles: ['buyer', 'supplier', 'carrier'] },
  ]
}

const reads = operations.filter((operation): operation is ReadOperation => operation.kind === 'read')
const lists = operations.filter((operation): operation is ListOperation => operation.kind === 'list')

/** What a path leads to: its first word, but for webhooks, which are kept under their party. */
const leadsTo = (path: string): string => (path.includes('/webhooks/') ? 'webhooks' : path.split('/')[2]!)

export interface Onlookers {
  readonly seen: readonly Seen[]
  /** Looks on until it is told that all is over. */
  watch(isOver: () => boolean): Promise<void>
}

export const openOnlookers = (town: Town, stage: Stage): Onlookers => {
  const process = town.world.process('gateway')
  const { clock } = process
  const chance = chanceOf(stage, ONLOOKERS)
  const sources = { doors: doorsOf(town, process), memory: ownershipMemory(clock), webhookSecrets }
  const actors = actorsOf(stage)
  const seen: Seen[] = []

  const readOne = async (actor: Actor): Promise<void> => {
    const operation = chance.pick(reads)
    const things = thingsOf(stage)[leadsTo(operation.path)] ?? []
    if (things.length === 0) return
    const parsed = operation.params.safeParse(chance.pick(things))
    if (!parsed.success) return
    const found = await documentFor(operation, parsed.data as never, actor, sources, '')
    if (found) seen.push({ actor, path: operation.path, view: operation.view, json: found.json })
  }

  const readList = async (actor: Actor): Promise<void> => {
    const operation = chance.pick(lists)
    const webhooks = thingsOf(stage)['ids']!
    const value =
      operation.view === 'claims'
        ? chance.pick(['referred', 'waiting', 'refused', 'financed', 'disbursed', 'settled'])
        : webhooks.length > 0
          ? chance.pick(webhooks)['webhookId']!
          : ''
    if (value === '') return
    const { documents } = await rowsFor(operation, actor, sources, { value, limit: ROWS, after: '', atLeast: '' })
    for (const json of documents) seen.push({ actor, path: operation.path, view: operation.view, json })
  }

  return {
    seen,
    watch: async (isOver) => {
      while (!isOver()) {
        await clock.sleep(LOOKS_APART_MS)
        const actor = chance.pick(actors)
        try {
          await (chance.of(80) ? readOne(actor) : readList(actor))
        } catch {
          // The database did not answer: nothing was seen.
        }
      }
    },
  }
}
