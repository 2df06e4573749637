/** What people read: every acknowledged wish and its effect is there once, nothing else is, and a rebuild shows the same. */
import { compareViews, foldToEnd, outcomesViewName, rebuildHash, type ViewDocument } from '@triflow/desk'
import { createDatabase, createMemoryViews, memoryPorts } from '@triflow/desk/memory'
import type { CommandName } from '@triflow/contracts'
import { allServices } from '@triflow/journeys/verify/services'
import type { Command } from '../players/request.ts'
import { serviceOf } from '../players/request.ts'
import type { Voice } from '../players/voice.ts'
import { viewsOf } from '../town/house.ts'
import { pump } from '../town/pump.ts'
import { collectionName, serviceViews } from '../town/service-views.ts'
import type { Town } from '../town/town.ts'
import type { Finder } from './findings.ts'
import type { Journals } from './journals.ts'

type Shown = readonly [service: string, view: string, id: string]

/** The document that shows the effect of an accepted command. */
const effects: { readonly [N in CommandName]?: (command: Extract<Command, { type: N }>) => Shown } = {
  RegisterParty: (c) => ['party', 'parties', c.partyId],
  OpenProgramme: (c) => ['party', 'programmes', c.programme!.programmeId],
  SubmitOrder: (c) => ['order', 'orders', c.orderId],
  IssueInvoice: (c) => ['order', 'invoices', c.invoiceId],
  BookShipment: (c) => ['logistics', 'shipments', c.shipmentId],
  RecordGoodsReceipt: (c) => ['logistics', 'receipts', c.receiptId],
  RecordReturn: (c) => ['logistics', 'returns', c.returnId],
  PostStatementLine: (c) => ['payment', 'statement-lines', `${c.accountId}/${c.lineId}`],
}

const documentsIn = (town: Town, service: string, view: string): ReadonlyMap<string, ViewDocument> =>
  town.engines.database.views.get(collectionName(service, view)) ?? new Map()

/** I7 and I8, from what the players were told. */
export const checkTold = (town: Town, voice: Voice, { factsOf }: Journals, finder: Finder): void => {
  const judged = new Map<string, string>()
  for (const { message } of factsOf('CommandJudged')) judged.set(String(message.commandId), String(message.status))
  const shown = new Map<string, Set<string>>()
  for (const { key, command, answer } of voice.told.values()) {
    if (!answer) continue
    const name = `${command.type} ${key}`
    const { status, code, commandId } = answer
    finder.must(
      'I7',
      judged.get(commandId) === status,
      () => `${name} was answered ${status} ${code}; the journal says ${judged.get(commandId) ?? 'nothing'}`,
    )
    const service = serviceOf(command)
    const outcome = documentsIn(town, service, outcomesViewName(service)).get(commandId)
    finder.must(
      'I7',
      outcome?.body['status'] === status && outcome?.body['code'] === code,
      () =>
        `${name} was answered ${status} ${code}; its outcome shows ${String(outcome?.body['status'])} ${String(outcome?.body['code'])}`,
    )
    const effect = effects[command.type] as ((command: Command) => Shown) | undefined
    if (!effect || status !== 'accepted') continue
    const [owner, view, id] = effect(command)
    const collection = collectionName(owner, view)
    shown.set(collection, (shown.get(collection) ?? new Set()).add(id))
    finder.must(
      'I7',
      documentsIn(town, owner, view).has(id),
      () => `${name} was accepted, and ${view} does not show ${id}`,
    )
  }
  // Debits are the bank's own wishes; everything else that is shown was said by somebody here.
  for (const [service, view] of [
    ['party', 'parties'],
    ['party', 'programmes'],
    ['order', 'orders'],
    ['order', 'invoices'],
    ['logistics', 'shipments'],
    ['logistics', 'receipts'],
    ['logistics', 'returns'],
  ] as const)
    for (const id of documentsIn(town, service, view).keys())
      finder.must(
        'I8',
        shown.get(collectionName(service, view))?.has(id) ?? false,
        () => `${view} shows ${id}, which nobody said`,
      )
}

/** I13: the real follower, from the first record, into an empty store. */
export const checkRebuild = async (town: Town, finder: Finder): Promise<void> => {
  const { engines, world, witness } = town
  const process = world.process('rebuilder')
  const { log, clock } = memoryPorts(engines, process)
  const database = createDatabase(world)
  for (const service of allServices) {
    const views = viewsOf(service)
    const live = serviceViews(service.name, createMemoryViews(engines.database, process))
    const store = serviceViews(service.name, createMemoryViews(database, process))
    const options = { reader: `rebuild.${service.name}`, views, log, store, clock, witness, random: world.random }
    finder.looked('I13', views.length)
    try {
      await pump(town, foldToEnd({ ...options, saveEveryMs: 60_000 }))
    } catch (error) {
      finder.wrong('I13', `views of ${service.name} cannot be rebuilt: ${String(error)}`)
    }
    const [is, becomes] = [await pump(town, rebuildHash(views, live)), await pump(town, rebuildHash(views, store))]
    if (is === becomes) continue
    const { differences } = await pump(town, compareViews(views, live, store))
    for (const difference of differences) finder.wrong('I13', `${service.name}/${difference}`)
  }
}
