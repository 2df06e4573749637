/** Seals days: reads what is new in a service's journals, fixes it in an anchor, and tells the topic and the file. */
import { nextEntries, sameBytes, type Log } from '@triflow/desk'
import {
  chainOf,
  coveredBy,
  Disagreement,
  hashOfText,
  noAnchor,
  noEntry,
  textOf,
  type Anchor,
  type Chain,
  type DeskRange,
} from './anchors.ts'
import { compare, linesOf, missingText, publishMissing, readAnchorsTopic } from './copies.ts'
import { dayAfter, dayOf, endOf, SEAL_MARGIN_MS } from './days.ts'
import { entriesAfter, type Journals } from './journal-walk.ts'
import { entryLeaf, factsOf } from './leaves.ts'
import { rootOf, type Hash } from './merkle.ts'
import type { AnchorFile, AnchorStore } from './ports.ts'

export interface Sealer extends Journals {
  readonly service: string
  /** Desks of the service: service.desk-NN. */
  readonly desks: readonly string[]
  readonly anchors: AnchorStore
  readonly log: Log
  readonly file: AnchorFile | undefined
}

export interface Wanted {
  /** Last day to seal; every day that is over when left out. */
  readonly through?: string
  /** Also seals what the day that goes on has so far. */
  readonly now?: boolean
}

/** A writer of the file needs far less than this to finish a line that it has begun. */
const TORN_MS = 1_000

const fileText = async ({ service, file, clock }: Sealer): Promise<string> => {
  const text = (await file?.read(service)) ?? ''
  if (linesOf(text).torn === '') return text
  await clock.sleep(TORN_MS)
  return (await file?.read(service)) ?? ''
}

/**
 * The chain as the store has it, once topic and file tell all of it. They are read first: what they tell was in the
 * store before, so that a store without it has lost it.
 */
const settled = async (sealer: Sealer, topicTexts?: readonly string[]): Promise<Chain> => {
  const { service, anchors, log, file } = sealer
  const onTopic = topicTexts ?? (await readAnchorsTopic(log)).get(service) ?? []
  const inFile = await fileText(sealer)
  const chain = chainOf(service, await anchors.all(service))
  await publishMissing(log, chain, compare(chain, 'the topic', onTopic))
  const missing = file ? missingText(chain, 'the file', inFile) : ''
  if (missing !== '') await file!.append(service, missing)
  return chain
}

/** Until when the next anchor reaches, if one is due. */
const nextMoment = async (sealer: Sealer, chain: Chain, wanted: Wanted) => {
  const now = sealer.clock.now()
  const last = chain.anchors.at(-1)
  const day = last ? (last.closesDay ? dayAfter(last.day) : last.day) : await firstDay(sealer)
  if (day === undefined) return undefined
  const end = endOf(day)
  if (end + SEAL_MARGIN_MS <= now && day <= (wanted.through ?? day)) return { day, until: end, closesDay: true }
  const until = Math.min(now, end)
  if (wanted.now && until > (last ? Date.parse(last.until) : 0)) return { day, until, closesDay: false }
  return undefined
}

const firstDay = async ({ desks, store }: Sealer): Promise<string | undefined> => {
  const days: string[] = []
  for (const desk of desks) for (const { at } of await nextEntries(store, desk, 1, 1)) days.push(dayOf(at))
  return days.sort()[0]
}

/** The anchor after the last one: every new entry written before `until`, up to the first that was not. */
const draw = async (
  sealer: Sealer,
  chain: Chain,
  moment: { readonly day: string; readonly until: number; readonly closesDay: boolean },
): Promise<Anchor> => {
  const covered = coveredBy(chain)
  const leaves: Hash[] = []
  const ranges: DeskRange[] = []
  for (const desk of [...sealer.desks].sort()) {
    const from = covered.get(desk) ?? noEntry
    let to = from
    for await (const entry of entriesAfter(sealer, desk, from)) {
      if (entry.at >= moment.until) break
      leaves.push(entryLeaf(entry, factsOf(entry.body)))
      to = { sequence: entry.sequence, hash: Buffer.from(entry.hash).toString('hex') }
    }
    if (to === from) continue
    await makeSure(sealer, desk, to)
    ranges.push({ desk, first: from.sequence + 1, last: to.sequence, hash: to.hash })
  }
  return {
    service: sealer.service,
    number: chain.anchors.length + 1,
    day: moment.day,
    until: new Date(moment.until).toISOString(),
    closesDay: moment.closesDay,
    size: leaves.length,
    root: Buffer.from(rootOf(leaves)).toString('hex'),
    desks: ranges,
    previous: chain.texts.length > 0 ? hashOfText(chain.texts.at(-1)!) : noAnchor,
  }
}

/** What is anchored must stand for good: an entry read from one server might yet be undone. */
const makeSure = async ({ store }: Sealer, desk: string, { sequence, hash }: { sequence: number; hash: string }) => {
  const stands = await store.entry(desk, sequence)
  if (!stands || !sameBytes(stands.hash, Buffer.from(hash, 'hex')))
    throw new Error(`${desk}@${sequence} was read and does not stand: sealing is to be tried again`)
}

/**
 * Makes every anchor that is due and not there, and answers with those that this call made. Any number may run at once,
 * and any may die anywhere: the store lets one text have a number, and whoever comes next tells topic and file.
 */
export const seal = async (sealer: Sealer, wanted: Wanted = {}): Promise<readonly Anchor[]> => {
  const made: Anchor[] = []
  let chain = await settled(sealer)
  for (;;) {
    const moment = await nextMoment(sealer, chain, wanted)
    if (!moment) return made
    const anchor = await draw(sealer, chain, moment)
    if (anchor.size === 0 && !anchor.closesDay) return made
    const text = textOf(anchor)
    const fate = await sealer.anchors.insert(sealer.service, anchor.number, text)
    const before = chain.texts.length
    chain = await settled(sealer, chain.texts)
    if (chain.texts.length <= before)
      throw new Error(`anchor ${anchor.number} of ${sealer.service} is not readable yet`)
    if (fate === 'inserted') {
      if (chain.texts[anchor.number - 1] !== text)
        throw new Disagreement(`anchor ${anchor.number} of ${sealer.service} is not what was inserted`)
      made.push(anchor)
    }
  }
}
