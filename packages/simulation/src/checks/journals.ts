/** What the journals and the logs say: chain, numbers, decisions made again, money, and every input taken exactly once. */
import { commandsTopic, decodeMessage, deskEntry, deskWire, header } from '@triflow/contracts'
import { headerText, openEntry, parsePosition, recordsOf, sameBytes, type OutgoingRecord } from '@triflow/desk'
import { verify } from '@triflow/journeys/verify'
import { memoryPorts } from '@triflow/desk/memory'
import { journalsOf, type WrittenJournal } from '../journals.ts'
import { codeVersion } from '../town/house.ts'
import type { Town } from '../town/town.ts'
import { pump } from '../town/pump.ts'
import type { Finder } from './findings.ts'

export interface Fact {
  readonly desk: string
  readonly entry: number
  /** Its place among what the entry tells. */
  readonly index: number
  /** Milliseconds since 1970 of its entry. */
  readonly at: number
  readonly message: { readonly type: string } & Record<string, unknown>
}

export interface Journal extends WrittenJournal {
  readonly bodies: readonly deskWire.EntryBody[]
}

export interface Journals {
  readonly all: readonly Journal[]
  /** Facts of all desks, each once, a desk's in the order of their saying. */
  readonly facts: readonly Fact[]
  factsOf(type: string): readonly Fact[]
  /** The records in which the fact at "desk@entry/index" is told, one a topic; none when nothing stands there. */
  at(place: string): readonly OutgoingRecord[]
}

export const readJournals = (town: Town): Journals => {
  const all = journalsOf(town.engines.database.journal.values(), town.options.desks).map((written): Journal => ({
    ...written,
    bodies: written.entries.map(openEntry),
  }))
  const facts = all.flatMap(({ id, bodies, entries }) =>
    bodies.flatMap((body, place) =>
      body.facts.flatMap((fact, index): Fact[] =>
        fact.copy
          ? []
          : [
              {
                desk: id,
                entry: Number(body.sequence),
                index,
                at: entries[place]!.at,
                message: decodeMessage(fact.type, fact.value) as Fact['message'],
              },
            ],
      ),
    ),
  )
  const byType = Map.groupBy(facts, ({ message }) => message.type)
  const places = new Map<string, OutgoingRecord[]>()
  for (const { desk, partition, entries, bodies } of all)
    entries.forEach((entry, index) => {
      for (const record of recordsOf(desk.name, partition, entry, bodies[index])) {
        const position = parsePosition(headerText(record, header.position))
        if (!position) continue
        const place = `${position.desk}@${position.entry}/${position.index}`
        const standing = places.get(place)
        if (standing) standing.push(record)
        else places.set(place, [record])
      }
    })
  return { all, facts, factsOf: (type) => byType.get(type) ?? [], at: (place) => places.get(place) ?? [] }
}

/** Which invariant a sentence of `verify` speaks of. */
const invariantOf = (sentence: string): string => {
  if (/exposure/.test(sentence)) return 'I6'
  if (/financed twice/.test(sentence)) return 'I2'
  if (/takes effect twice/.test(sentence)) return 'I3'
  if (/disbursement/.test(sentence)) return 'I5'
  if (/without .* evidence/.test(sentence)) return 'I11'
  if (/fact \d+: recorded|account of the inputs/.test(sentence)) return 'I4'
  if (/receipt|balance|books say|posts/.test(sentence)) return 'I1'
  return 'I12'
}

/** The platform's own `verify`, over the in-memory ports. */
export const verifyJournals = async (town: Town, finder: Finder): Promise<void> => {
  const { desks, limits } = town.options
  const process = town.world.process('auditor')
  const { log, store, clock } = memoryPorts(town.engines, process)
  const report = await pump(
    town,
    verify({ log, store, clock, desks, codeVersion, ...(limits.core ? { limits: limits.core } : {}) }),
  )
  for (const sentence of report.differences) finder.wrong(invariantOf(sentence), sentence)
  finder.must('I7', report.commands.open === 0, () => `${report.commands.open} logged commands were never judged`)
  finder.must(
    'I12',
    report.published.underWay === 0,
    () => `${report.published.underWay} records of journals are not on the log`,
  )
  for (const { entries, decidedAgain } of report.journals) {
    finder.looked('I12', entries)
    finder.looked('I4', decidedAgain)
  }
  finder.looked('I1', report.money.ledgerEntries + report.money.receiptsAllocated)
  finder.looked('I2', report.money.claimsFinanced)
  finder.looked('I5', report.money.disbursementsRequested)
  finder.looked('I6', report.money.exposurePrefixes)
}

const nothing = new Uint8Array(0)

const fates = new Set(['applied', 'duplicate', 'dead', 'corrupt', 'parked'])

/** Which inputs an entry tells people of as dead letters, as "topic@offset". */
const lettersIn = ({ facts }: deskWire.EntryBody): ReadonlySet<string> =>
  new Set(
    facts
      .filter(({ type, copy }) => type === 'triflow.desk.v1.DeadLettered' && !copy)
      .map(({ value }) => deskWire.DeadLettered.decode(value))
      .map(({ topic, offset }) => `${topic}@${offset}`),
  )

/**
 * I16: every record of every input was taken once, as it stands, in order, to the end of the log, and each has a fate;
 * what was not believed, or could not be, is told as a dead letter.
 */
export const checkInputs = (town: Town, { all }: Journals, finder: Finder): void => {
  for (const { desk, partition, id, bodies } of all)
    for (const topic of [commandsTopic(desk.name), ...deskEntry(desk.name).hears]) {
      const log = town.engines.broker.topics.read({ topic, partition })
      let next = 0
      let told = 0
      for (const body of bodies) {
        const input = body.inputs.findIndex((range) => range.topic === topic)
        if (input < 0) continue
        const { from, to } = body.inputs[input]!
        finder.must(
          'I16',
          Number(from) === next,
          () => `${id}@${body.sequence} goes on with ${topic} at ${from}, not at ${next}`,
        )
        next = Number(to) + 1
        const letters = lettersIn(body)
        for (const record of body.records) {
          if (record.input !== input) continue
          told++
          if (record.fate === 'dead' || record.fate === 'corrupt')
            finder.must(
              'I16',
              letters.has(`${topic}@${record.offset}`),
              () => `${id}@${body.sequence} passed over ${topic}@${record.offset}, and no dead letter tells of it`,
            )
          // Damaged on the way however often it was fetched: believed in nothing, and no desk has decided on it.
          if (record.fate === 'corrupt') continue
          const stands = log[Number(record.offset)]
          if (
            !stands ||
            !sameBytes(stands.value ?? nothing, record.value) ||
            !sameBytes(stands.key ?? nothing, record.key)
          )
            finder.wrong(
              'I16',
              `${id}@${body.sequence} took another record in than stands at ${record.offset} of ${topic}`,
            )
          if (!fates.has(record.fate))
            finder.wrong('I16', `${id}@${body.sequence}: a record of ${topic} is "${record.fate}"`)
        }
      }
      finder.looked('I16', told)
      const high = log.length
      if (next !== high) finder.wrong('I16', `${id} has come to ${next} of ${topic}, which ends at ${high}`)
      if (told !== next) finder.wrong('I16', `${id} tells what became of ${told} of ${next} records of ${topic}`)
    }
}
