/** `triflow corpus`: what older code has stored, read by today's; and how the next entry is added. */
import Table from 'cli-table3'
import type { Command } from 'commander'
import { atLeastOne } from '@triflow/journeys/whole-number'
import { changedFormats, formatsNow } from './formats.ts'
import { amend, keepStory } from './keep.ts'
import { replay } from './replay.ts'
import { corpusNames, readManifest, readStored } from './stored.ts'

type Say = (sentence: string) => void

/** What the newest entry does not cover, in a sentence; undefined when it covers all. */
export const uncovered = async (): Promise<string | undefined> => {
  const newest = corpusNames().at(-1)
  if (newest === undefined) return 'The corpus is empty: ./triflow corpus add NAME --changed WHAT'
  const { formats, desks } = readManifest(newest)
  const changed = changedFormats(formats, await formatsNow(readStored(newest), desks))
  return changed.length === 0
    ? undefined
    : `Stored formats are not as ${newest} has them (${changed.join(', ')}). Read packages/simulation/corpus/README.md, then: ./triflow corpus add NAME --changed WHAT`
}

/** Replays every entry and says what came of it; true when all is as it must be. */
export const checkCorpus = async (say: Say): Promise<boolean> => {
  const table = new Table({
    head: ['entry', 'of', 'entries', 'decided again', 'chain and fold only', 'wrong'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  })
  const wrong: string[] = []
  for (const name of corpusNames()) {
    const manifest = readManifest(name)
    const replayed = await replay(manifest, readStored(name))
    table.push([name, manifest.on, replayed.entries, replayed.decidedAgain, replayed.chainOnly, replayed.wrong.length])
    wrong.push(...replayed.wrong.map((sentence) => `${name}: ${sentence}`))
  }
  say(table.toString())
  for (const sentence of wrong.slice(0, 20)) say(`  ${sentence}`)
  if (wrong.length > 0) say('Meant so? ./triflow corpus amend ENTRY --why WHY')
  const lacking = await uncovered()
  if (lacking) say(lacking)
  return wrong.length === 0 && lacking === undefined
}

export const register = (program: Command): void => {
  const corpus = program
    .command('corpus')
    .description('journals that older code has stored, read by today’s: chain, decisions, folds, desks and views')
  corpus
    .command('check', { isDefault: true })
    .description('replay every entry, and see whether a stored format changed since the newest')
    .action(async () => {
      process.exitCode = (await checkCorpus(console.log)) ? 0 : 1
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
