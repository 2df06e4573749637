/** The job behind `ingest wwi`: reads the export, plays it, and compares what is known of it with what was found. */
import { parseAmount, parseDate } from '@triflow/kernel'
import type { Door } from '../client/door.ts'
import type { Progress } from '../report/progress.ts'
import { money, truthTable, type TruthRow } from '../report/tables.ts'
import { JourneyProblem } from '../surroundings.ts'
import { caughtRows } from './caught.ts'
import { CURRENCY, readExport } from './export.ts'
import { readFound } from './found.ts'
import { DEFAULT_PROGRAMME, historyOf } from './history.ts'
import { knownTruth, wholeStory } from './known-truth.ts'
import { copiesByDay, mutate } from './mutate.ts'
import { play } from './play.ts'
import { recompute, terms } from './recompute.ts'
import { truthRows } from './truth-rows.ts'

export interface IngestOptions {
  readonly folder: string
  readonly programmeId?: string
  readonly limitMinor?: bigint
  /** Seed of changes to a copy of the data. */
  readonly mutate?: number
  readonly until?: string
}

export interface Ingested {
  readonly rows: readonly TruthRow[]
  /** How changes and copies were caught; empty without a mutation. */
  readonly caught: readonly TruthRow[]
  readonly seconds: number
  readonly days: number
}

export const ingestWwi = async (door: Door, options: IngestOptions, progress: Progress): Promise<Ingested> => {
  const { folder, programmeId = DEFAULT_PROGRAMME, limitMinor = terms.limitMinor, until } = options
  const honest = historyOf(readExport(folder), programmeId, until)
  const mutated = options.mutate === undefined ? undefined : mutate(honest, options.mutate)
  const history = mutated?.history ?? honest
  const first = history.days[0]
  const last = history.days.at(-1)
  if (!first || !last) throw new JourneyProblem('There is no day to play.', 'Choose a later --until.')
  progress.say(
    `${history.days.length} business days from ${first.date} to ${last.date}, limit ${money(limitMinor, CURRENCY)} ${CURRENCY}`,
  )
  const played = await play({
    door,
    history,
    programmeId,
    limitMinor,
    progress,
    copiesOn: copiesByDay(mutated?.copies ?? []),
  })
  const bank = played.players.of(history.cast.bank.partyId)
  const found = await readFound(bank, history, programmeId, progress)
  const isWhole = first.date === wholeStory.from && last.date === wholeStory.to
  // Known truths are of the whole, unchanged export. Otherwise the yardstick is recomputed from the documents played.
  const known = isWhole ? knownTruth : recompute(history)
  const rows = mutated ? [] : truthRows(known, found, limitMinor === terms.limitMinor)
  const caught = mutated ? await caughtRows(played.players, history.cast, programmeId, mutated) : []
  return { rows, caught, seconds: played.seconds, days: history.days.length }
}

export const limitFrom = (text: string): bigint => {
  const amountMinor = parseAmount(text, CURRENCY)
  if (amountMinor === undefined || amountMinor === 0n)
    throw new JourneyProblem(`--limit ${text} is no amount.`, 'Write it as 12000000.00.')
  return amountMinor
}

export const dateFrom = (text: string): string => {
  const date = parseDate(text)
  if (!date) throw new JourneyProblem(`--until ${text} is no date.`, 'Write it as 2013-06-30.')
  return date
}

/** Prints the comparison; true when every row is right. */
export const tellIngested = ({ rows, caught, seconds, days }: Ingested, write: (text: string) => void): boolean => {
  if (rows.length > 0) write(truthTable('Wide World Importers', rows))
  if (caught.length > 0) write(truthTable('changes and copies', caught))
  const red = [...rows, ...caught].filter(({ ok }) => !ok)
  write(
    `${days} business days in ${seconds.toFixed(1)} s; ${red.length === 0 ? 'every row is right' : `${red.length} rows are red`}.`,
  )
  return red.length === 0
}
