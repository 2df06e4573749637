/** `triflow export journal`: whole journals of one service, as they stand, for an auditor who draws every root again. */
import { createWriteStream } from 'node:fs'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { chainOf, coveredBy, exportLines } from '@triflow/audit'
import { consoleProgress, type Progress } from '../report/progress.ts'
import { count } from '../report/tables.ts'
import { JourneyProblem } from '../surroundings.ts'
import { withJournals, type World } from './engines.ts'

/** Answers with the number of entries written. */
export const exportJournal = async (
  world: World,
  service: string,
  out: string,
  progress: Progress,
): Promise<number> => {
  const found = world.services.find((one) => one.service === service)
  if (!found)
    throw new JourneyProblem(
      `No service ${service} keeps journals.`,
      `Choose one of ${world.services.map((one) => one.service).join(', ')}.`,
    )
  const covered = coveredBy(chainOf(service, await world.anchors.all(service)))
  const bar = progress.bar('desks', found.desks.length)
  let entries = 0
  const lines = async function* () {
    for (const desk of found.desks) {
      for await (const line of exportLines(world, desk, covered.get(desk)?.sequence ?? 0)) {
        entries += 1
        yield `${line}\n`
      }
      bar.advance(1, desk)
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(out))
  return entries
}

export const register = (program: Command): void => {
  program
    .command('export')
    .description('write what auditors check against their own copy of the anchors')
    .command('journal')
    .description('whole journals of one service, one entry a line, as they stand')
    .requiredOption('--service <name>', 'whose journals, as in financing')
    .option('--out <file>', 'where to write them', 'journal.jsonl')
    .action(async ({ service, out }: { service: string; out: string }) => {
      const progress = consoleProgress()
      const entries = await withJournals(process.env, (world) => exportJournal(world, service, out, progress)).finally(
        () => progress.end(),
      )
      console.log(`${count(entries)} entries of ${service}: ${resolve(out)}`)
      console.log(`Check them with nothing but Node 20 and a copy of the anchors:`)
      console.log(
        `  node packages/audit/verify-proof.mjs --journal ${out} --anchors ${process.env['TRIFLOW_ANCHORS_DIR']}`,
      )
    })
}
