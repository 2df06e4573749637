/** Everything that the journals say of one receivable, each fact with its way to an anchor: what an outsider can check. */
import { decodeMessage, deskWire, type commonWire } from '@triflow/contracts'
import { chainOf, Disagreement, noEntry, type Anchor, type Chain } from './anchors.ts'
import { entriesAfter, type Journals } from './journal-walk.ts'
import { factsOf, type SaltedFact } from './leaves.ts'
import { pathOf, type Hash } from './merkle.ts'
import type { AnchorStore } from './ports.ts'
import { tallyOf, type Tally } from './tally.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** One fact and its way up. All hashes are hex. */
export interface ProvenFact {
  readonly desk: string
  readonly sequence: number
  /** When its entry was written. */
  readonly at: string
  /** Which of the entry's facts it is, and how many there are. */
  readonly index: number
  readonly of: number
  readonly entryHash: string
  readonly salt: string
  readonly inEntry: readonly string[]
  /** Number of the service's anchor that covers the entry. */
  readonly anchor: number
  readonly inAnchor: readonly string[]
  /** An encoded triflow.desk.v1.PublishedRecord, base64. */
  readonly record: string
}

export interface Proof {
  readonly format: 'triflow-proof-1'
  readonly claim: string
  readonly facts: readonly ProvenFact[]
  /** Per service, from the oldest anchor that a fact needs to the newest. */
  readonly anchors: readonly string[]
}

export interface Proven {
  readonly proof: Proof
  /** Facts of this receivable in entries that no anchor covers yet. */
  readonly notAnchored: number
}

export interface ServiceDesks {
  readonly service: string
  readonly desks: readonly string[]
}

/** Says that something is known of a claim without being about it: what a trade waits for, what became of a command. */
const asides = new Set(['TradeProgressed', 'CommandJudged', 'DeadLettered', 'KeyRedriven'])

interface Found {
  readonly place: Omit<ProvenFact, 'inEntry' | 'inAnchor' | 'salt' | 'record' | 'anchor'>
  readonly service: string
  readonly anchor: Anchor
  readonly facts: readonly SaltedFact[]
}

const placeKey = (desk: string, sequence: number, index: number): string => `${desk}@${sequence}/${index}`

/**
 * Reads every anchored journal once, services in the order in which facts flow, so that a payout's decision is known
 * before the payout; throws when one of them no longer gives the roots that were anchored.
 */
export const prove = async (options: {
  readonly journals: Journals
  readonly anchors: AnchorStore
  readonly services: readonly ServiceDesks[]
  readonly claim: string
  readonly onDesk?: (desk: string) => void
}): Promise<Proven> => {
  const { journals, anchors, services, claim } = options
  const names = new Set([claim])
  const found = new Map<string, Found>()
  const tallies = new Map<string, Tally>()
  const chains = new Map<string, Chain>()
  const wanted: commonWire.Evidence[] = []
  let notAnchored = 0

  const keep = (service: string, anchor: Anchor, entry: Entry, facts: readonly SaltedFact[], index: number): void => {
    const { desk, sequence } = entry
    const place = {
      desk,
      sequence,
      at: new Date(entry.at).toISOString(),
      index,
      of: facts.length,
      entryHash: hex(entry.hash),
    }
    if (found.has(placeKey(desk, sequence, index))) return
    found.set(placeKey(desk, sequence, index), { place, service, anchor, facts })
    wanted.push(...evidenceIn(messageOf(facts[index]!.bytes).message))
  }

  for (const { service, desks } of services) {
    const chain = chainOf(service, await anchors.all(service))
    const tally = tallyOf(chain)
    tallies.set(service, tally)
    chains.set(service, chain)
    for (const desk of desks) {
      options.onDesk?.(desk)
      for await (const entry of entriesAfter(journals, desk, noEntry)) {
        const facts = factsOf(entry.body)
        const anchor = tally.take(entry, facts)
        const body = Buffer.from(entry.body.buffer, entry.body.byteOffset, entry.body.byteLength)
        if (![...names].some((name) => body.includes(name))) continue
        facts.forEach(({ bytes }, index) => {
          const { copy, message } = messageOf(bytes)
          if (copy || asides.has(message.type) || !mentions(message, names)) return
          learn(message, names)
          if (anchor) keep(service, anchor, entry, facts, index)
          else notAnchored += 1
        })
      }
    }
    const [difference] = tally.finish()
    if (difference) throw new Disagreement(difference)
  }

  // What a decision rests on may rest on something in its turn.
  for (let evidence = wanted.shift(); evidence; evidence = wanted.shift()) {
    const { desk, index } = evidence
    const sequence = Number(evidence.entry)
    const service = desk.slice(0, desk.indexOf('.'))
    const anchor = chains
      .get(service)
      ?.anchors.find(({ desks }) => desks.some((range) => range.desk === desk && sequence <= range.last))
    const entry = await journals.store.entry(desk, sequence)
    if (!entry) throw new Disagreement(`${desk}@${sequence} is missing, and a decision rests on it`)
    if (anchor) keep(service, anchor, entry, factsOf(entry.body), index)
    else notAnchored += 1
  }

  const facts = [...found.values()].map(({ place, service, anchor, facts }): ProvenFact => {
    const tally = tallies.get(service)!
    const { bytes, salt } = facts[place.index]!
    const path = (leaves: readonly Hash[], index: number): string[] => pathOf(leaves, index).map(hex)
    return {
      ...place,
      salt: hex(salt),
      inEntry: path(
        facts.map(({ leaf }) => leaf),
        place.index,
      ),
      anchor: anchor.number,
      inAnchor: path(tally.leavesOf(anchor), tally.indexOf(anchor, place.desk, place.sequence)),
      record: Buffer.from(bytes).toString('base64'),
    }
  })
  const oldest = new Map<string, number>()
  for (const { service, anchor } of found.values())
    oldest.set(service, Math.min(oldest.get(service) ?? anchor.number, anchor.number))
  return {
    proof: {
      format: 'triflow-proof-1',
      claim,
      facts,
      anchors: [...oldest].flatMap(([service, number]) => chains.get(service)!.texts.slice(number - 1)),
    },
    notAnchored,
  }
}

type Entry = Parameters<Tally['take']>[0]

const messageOf = (bytes: Uint8Array) => {
  const record = deskWire.PublishedRecord.decode(bytes)
  return { copy: record.copy, message: decodeMessage(record.type, record.value) as { readonly type: string } & Fields }
}

type Fields = Readonly<Record<string, unknown>>

/** Whether it is about one of these; that another claim was refused because of ours is that claim's own matter. */
const mentions = (value: unknown, names: ReadonlySet<string>): boolean => {
  if (typeof value === 'string') return names.has(value)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false
  return Object.entries(value).some(([field, inner]) => field !== 'otherInvoiceId' && mentions(inner, names))
}

/** Other names under which later facts speak of the same receivable: its decision, its payouts, the receipts that pay it. */
const learn = (message: { readonly type: string } & Fields, names: Set<string>): void => {
  const add = (name: unknown): void => void (typeof name === 'string' && name !== '' && names.add(name))
  if (names.has(String(message['invoiceId'])) || names.has(String(message['causeId']))) {
    add(message['decisionId'])
    add(message['disbursementId'])
  }
  if (message.type === 'CashAllocated') add(message['receiptId'])
}

const evidenceIn = ({ evidence }: Fields): commonWire.Evidence[] =>
  Array.isArray(evidence) ? (evidence as commonWire.Evidence[]) : []
