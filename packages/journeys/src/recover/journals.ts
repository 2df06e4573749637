/** `recover journals`: after the database was restored, what it lost is decided again from the log and proven by its heads. */
import { randomUUID } from 'node:crypto'
import { lastHeads, placesOf, rebuildTail, straysOf, tailFrom, type RebuiltTail, type Stray } from '@triflow/desk'
import { forgetDerived, openStore, systemClock } from '@triflow/platform'
import type { Progress } from '../report/progress.ts'
import { JourneyProblem } from '../surroundings.ts'
import { allDesks } from '../verify/desks.ts'
import type { Connections } from './connections.ts'

export interface JournalsOptions {
  /** One desk ("order.order-02") or one kind ("order.order"); all when left out. */
  readonly desk?: string
  readonly fromFirstEntry?: boolean
}

export interface JournalsRecovered {
  readonly tails: readonly RebuiltTail[]
  readonly strays: readonly Stray[]
}

export const recoverJournals = async (
  { mongo, log, desks, codeVersion, ensureTopics }: Connections,
  { desk: wanted, fromFirstEntry = false }: JournalsOptions,
  progress: Progress,
): Promise<JournalsRecovered> => {
  const places = placesOf(allDesks, desks).filter(
    ({ desk, id }) => wanted === undefined || wanted === id || wanted === desk.name,
  )
  if (places.length === 0)
    throw new JourneyProblem(
      `There is no desk ${wanted}.`,
      'A desk is called as in order.order-02; a kind of desks as in order.order.',
    )
  if (fromFirstEntry && wanted !== undefined)
    throw new JourneyProblem('Snapshots and archive are made anew for all desks at once.', 'Leave --desk out.')
  await ensureTopics()
  if (fromFirstEntry) await forgetDerived(mongo)
  const store = await openStore(mongo)
  const reader = `triflow.recovery.${randomUUID()}`
  const bar = progress.bar('journals', places.length)
  const tails: RebuiltTail[] = []
  for (const [desk, ofKind] of Map.groupBy(places, (place) => place.desk)) {
    const known = await lastHeads(log, `${reader}.${desk.name}`, desk)
    for (const { partition, id } of ofKind) {
      const last = Number(known.get(partition)?.sequence ?? 0)
      // A journal that has the last entry which the log knows has lost nothing, and need not even be loaded.
      const isWhole = last === 0 || (await store.entry(id, last)) !== undefined
      const options = { desk, partition, desks, log, store, clock: systemClock, codeVersion, reader, fromFirstEntry }
      if (isWhole && !fromFirstEntry) {
        const tail = await tailFrom(store, id, last)
        tails.push({ desk: id, before: tail, through: tail, records: 0 })
      } else tails.push(await rebuildTail({ ...options, onProgress: nowAndThen(id, progress) }))
      bar.advance(1, id)
    }
  }
  progress.say('Looking for facts whose entries nobody has …')
  const strays = await straysOf(log, reader, new Map(tails.map(({ desk, through }) => [desk, through])))
  return { tails, strays }
}

const SAY_EVERY_MS = 5_000

/** A word on one long journal. */
const nowAndThen = (desk: string, progress: Progress): ((rebuilt: number, of: number) => void) => {
  let told = Date.now()
  return (rebuilt, of) => {
    if (Date.now() - told < SAY_EVERY_MS) return
    told = Date.now()
    progress.say(`  ${desk}: ${rebuilt} of ${of} entries`)
  }
}

export const tellJournals = ({ tails, strays }: JournalsRecovered): readonly string[] => {
  const behind = tails.filter(({ before, through }) => through > before)
  const entries = behind.reduce((sum, { before, through }) => sum + through - before, 0)
  const lines = behind.map(
    ({ desk, before, through, records }) =>
      `${desk.padEnd(24)} ended at ${before}, ends at ${through} again (${records} inputs decided again, each hash as its head told)`,
  )
  lines.push(
    behind.length === 0
      ? `All ${tails.length} journals are as long as the log knows; nothing was to be done.`
      : `${entries} entries of ${behind.length} journals rebuilt; ${tails.length - behind.length} had lost nothing.`,
  )
  for (const { desk, entry, topic, partition, offset } of strays.slice(0, 10))
    lines.push(`${topic}/${partition}@${offset} was said in ${desk}@${entry}, whose head is not on the log`)
  if (strays.length > 0)
    lines.push(
      `${strays.length} facts were half published when the database was lost, and their entries cannot be proven. Do not start the services: see "Half-published facts" in docs/recovery.md.`,
    )
  return lines
}
