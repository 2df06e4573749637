/** `triflow corpus`: what older code has stored, read by today's; and how the next entry is added. */
import Table from 'cli-table3'
import type { Command } from 'commander'
import { keepShowing } from '@triflow/journeys/reliability'
import { atLeastOne } from '@triflow/journeys/whole-number'
import { formatsNow } from './formats.ts'
import { amend, keepStory } from './keep.ts'
import { differing, replay } from './replay.ts'
import { corpusNames, readManifest, readStored } from './stored.ts'

/** What the newest entry does not cover, in a sentence; undefined when it covers all. */
export const uncovered = async (): Promise<string | undefined> => {
  const newest = corpusNames().at(-1)
  if (newest === undefined) return 'The corpus is empty: ./triflow corpus add NAME --changed WHAT'
  const { formats, desks } = readManifest(newest)
  const changed = Object.keys(differing(formats, await formatsNow(readStored(newest), desks)))
  return changed.length === 0
    ? undefined
    : `Stored formats are not as ${newest} has them (${changed.join(', ')}). Read packages/simulation/corpus/README.md, then: ./triflow corpus add NAME --changed WHAT`
}

/** What came of one entry, in figures. */
interface Outcome {
  readonly entry: string
  readonly of: string
  readonly entries: number
  readonly decidedAgain: number
  readonly chainAndFoldOnly: number
  readonly wrong: number
}

interface Checked {
  readonly outcomes: readonly Outcome[]
  /** What is not as it must be, in sentences; empty when all is well. */
  readonly wrong: readonly string[]
}

/** Replays every entry, and sees whether the newest still covers all stored formats. */
const checkCorpus = async (): Promise<Checked> => {
  const outcomes: Outcome[] = []
  const wrong: string[] = []
  for (const name of corpusNames()) {
    const manifest = readManifest(name)
    const { entries, decidedAgain, chainOnly, wrong: found } = await replay(manifest, readStored(name))
    const counts = { entries, decidedAgain, chainAndFoldOnly: chainOnly, wrong: found.length }
    outcomes.push({ entry: name, of: manifest.on, ...counts })
    wrong.push(...found.map((sentence) => `${name}: ${sentence}`))
  }
  if (wrong.length > 0) wrong.push('Meant so? ./triflow corpus amend ENTRY --why WHY')
  const lacking = await uncovered()
  return { outcomes, wrong: lacking ? [...wrong, lacking] : wrong }
}

const SHOWN_MOST = 20

const tableOf = (outcomes: readonly Outcome[]): string => {
  const table = new Table({
    head: ['entry', 'of', 'entries', 'decided again', 'chain and fold only', 'wrong'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  })
  for (const outcome of outcomes) table.push(Object.values(outcome))
  return table.toString()
}

export const register = (program: Command): void => {
  const corpus = program
    .command('corpus')
    .description('journals that older code has stored, read by today’s: chain, decisions, folds, desks and views')
  corpus
    .command('check', { isDefault: true })
    .description('replay every entry, and see whether a stored format changed since the newest')
    .option('--record', 'keep the result for docs/reliability.md')
    .action(async ({ record }: { record?: true }) => {
      const { outcomes, wrong } = await checkCorpus()
      console.log(tableOf(outcomes))
      for (const sentence of wrong.slice(-SHOWN_MOST)) console.log(`  ${sentence}`)
      if (record) console.log(`kept in ${keepShowing('corpus', './triflow corpus', outcomes)}`)
      console.log(wrong.length > 0 ? 'corpus: not all is well' : 'corpus: all is well')
      process.exitCode = wrong.length > 0 ? 1 : 0
    })
  corpus
    .command('add')
    .description('tell a story with today’s code and keep what it stored')
    .argument('<about>', 'what it is about, as in wider-invoices')
    .requiredOption('--changed <what>', 'what changed in stored formats since the newest entry')
    .option('--seed <number>', 'of the story', atLeastOne, 3)
    .option('--trades <number>', 'in the story', atLeastOne, 12)
    .action(async (about: string, given: { changed: string; seed: number; trades: number }) => {
      const { name, derived } = await keepStory({ about, ...given })
      console.log(`${name} is kept: ${derived.shows['entries']} entries. Commit packages/simulation/corpus/${name}.`)
    })
  corpus
    .command('amend')
    .description('write down that what today’s code makes of an entry is meant')
    .argument('<entry>', 'as in 001-the-first-desks')
    .requiredOption('--why <sentence>', 'which change makes it differ')
    .action(async (name: string, { why }: { why: string }) => {
      const { decidesOtherwise = [], desks = {}, views = {} } = await amend(name, why)
      console.log(`${name} was amended: ${why}`)
      for (const id of decidesOtherwise) console.log(`  ${id} decides otherwise`)
      for (const id of Object.keys(desks)) console.log(`  ${id} is another desk`)
      for (const view of Object.keys(views)) console.log(`  ${view} shows something else`)
    })
}
