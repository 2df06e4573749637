/** I14: nobody was shown what is another's. Whose a thing is, is worked out from the facts and not asked of the policy. */
import type { Seen } from '../players/onlookers.ts'
import type { Stage } from '../players/stage.ts'
import type { Finder } from './findings.ts'
import type { Journals } from './journals.ts'

type Parties = ReadonlySet<string>

/** Everybody whom a thing concerns, by the view that shows it and its id. */
const concernedOf = ({ factsOf }: Journals): ((seen: Seen) => Parties) => {
  const text = (value: unknown): string => String(value ?? '')
  const programmes = factsOf('ProgrammeOpened').map(
    ({ message }) => message['programme'] as { programmeId: string; debtorId: string; funderId: string },
  )
  const fundersOf = (debtorId: string): string[] =>
    programmes.filter((one) => one.debtorId === debtorId).map(({ funderId }) => funderId)
  const enrolled = factsOf('SupplierEnrolled').map(({ message }) => ({
    supplierId: text(message['supplierId']),
    programmeId: text(message['programmeId']),
    debtorId: text(message['debtorId']),
  }))
  const things = new Map<string, Set<string>>()
  const concern = (kind: string, id: unknown, ...parties: unknown[]): void => {
    const known = things.get(`${kind} ${text(id)}`) ?? new Set()
    for (const party of parties) known.add(text(party))
    things.set(`${kind} ${text(id)}`, known)
  }
  for (const { message: m } of factsOf('OrderSubmitted'))
    concern('order', m['orderId'], m['buyerId'], m['supplierId'], ...fundersOf(text(m['buyerId'])))
  for (const { message: m } of factsOf('InvoiceIssued'))
    concern('invoice', m['invoiceId'], m['supplierId'], m['debtorId'], ...fundersOf(text(m['debtorId'])))
  for (const { message: m } of factsOf('ShipmentBooked'))
    concern(
      'shipment',
      m['shipmentId'],
      m['carrierId'],
      m['supplierId'],
      m['buyerId'],
      ...fundersOf(text(m['buyerId'])),
    )
  for (const { programmeId, debtorId, funderId } of programmes) {
    concern('programme', programmeId, debtorId, funderId)
    for (const one of enrolled) if (one.programmeId === programmeId) concern('programme', programmeId, one.supplierId)
  }
  for (const { message: m } of factsOf('PartyRegistered')) concern('party', m['partyId'], m['partyId'])
  for (const { supplierId, debtorId } of enrolled) concern('party', supplierId, debtorId, ...fundersOf(debtorId))
  const kinds: Readonly<Record<string, string>> = {
    orders: 'order',
    trades: 'order',
    invoices: 'invoice',
    claims: 'invoice',
    shipments: 'shipment',
    programmes: 'programme',
    positions: 'programme',
    books: 'programme',
    parties: 'party',
  }
  return ({ view, json }) => {
    const id = text(json['id'])
    if (view === 'decisions') return things.get(`invoice ${id.slice(0, id.lastIndexOf('@'))}`) ?? new Set()
    if (view === 'webhooks' || view === 'deliveries') return new Set([id.split('/')[0]!])
    return things.get(`${kinds[view] ?? view} ${id}`) ?? new Set()
  }
}

/** Parties that are named anywhere in an answer or a fact, also inside of ids. */
const namedIn = (value: object, parties: readonly string[]): string[] => {
  const text = JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner))
  const words = new Set(text.split(/[^a-z0-9-]+/))
  return parties.filter((party) => words.has(party))
}

/**
 * Whom a thing may name without being theirs: whoever its author wrote into it (a supplier may bill one debtor for
 * another's order), and of a trade who carried its goods.
 */
const mentionsOf = ({ factsOf }: Journals, parties: readonly string[]): ((seen: Seen) => readonly string[]) => {
  const mentions = new Map<string, string[]>()
  const mention = (thing: string, ...named: string[]): void =>
    void mentions.set(thing, [...(mentions.get(thing) ?? []), ...named])
  for (const { message } of factsOf('InvoiceIssued'))
    mention(`invoice ${String(message['invoiceId'])}`, ...namedIn(message, parties))
  for (const { message } of factsOf('ShipmentBooked'))
    mention(`shipment ${String(message['shipmentId'])}`, ...namedIn(message, parties))
  for (const { message } of [...factsOf('OrderShipped'), ...factsOf('OrderDelivered')])
    mention(`trade ${String(message['orderId'])}`, String(message['carrierId']))
  return ({ view, json }) => {
    const id = String(json['id'])
    if (view === 'trades') return mentions.get(`trade ${id}`) ?? []
    if (view === 'shipments') return mentions.get(`shipment ${id}`) ?? []
    return mentions.get(`invoice ${view === 'decisions' ? id.slice(0, id.lastIndexOf('@')) : id}`) ?? []
  }
}

export const checkTenants = (seen: readonly Seen[], { cast }: Stage, journals: Journals, finder: Finder): void => {
  const parties = [
    cast.funderId,
    ...[...cast.debtors, ...cast.suppliers].map(({ partyId }) => partyId),
    ...cast.carriers,
  ]
  const concerned = concernedOf(journals)
  const mentioned = mentionsOf(journals, parties)
  for (const one of seen) {
    const { actor, path, view, json } = one
    // The day is everybody's.
    if (view === 'calendar') continue
    const owners = concerned(one)
    const isFunderLookingAtParty = view === 'parties' && actor.roles.includes('funder')
    finder.must(
      'I14',
      owners.has(actor.partyId) || isFunderLookingAtParty,
      () => `${actor.partyId} was shown ${String(json['id'])} at ${path}, which concerns ${[...owners].join(', ')}`,
    )
    // What is told of a delivery names whom its event concerns; whether that is the webhook's own party is checked with I15.
    if (view === 'deliveries') continue
    const may = new Set([...owners, ...mentioned(one)])
    const strangers = namedIn(json, parties).filter((party) => !may.has(party))
    finder.must(
      'I14',
      strangers.length === 0,
      () => `${actor.partyId} was shown ${strangers.join(', ')} in ${String(json['id'])} at ${path}`,
    )
  }
}
