/** `triflow prove`: everything that the journals say of one receivable, as a file that outsiders can check. */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { prove, type Proven } from '@triflow/audit'
import { consoleProgress, type Progress } from '../report/progress.ts'
import { JourneyProblem } from '../surroundings.ts'
import { withJournals, type World } from './engines.ts'
import { toldPlainly } from './seal-command.ts'

export const proveClaim = async (world: World, claim: string, progress: Progress): Promise<Proven> => {
  const { services, anchors } = world
  const bar = progress.bar('journals', services.flatMap(({ desks }) => desks).length)
  const onDesk = (desk: string): void => bar.advance(1, desk)
  const proven = await prove({ journals: world, anchors, services, claim, onDesk })
  if (proven.proof.facts.length > 0) return proven
  throw proven.notAnchored > 0
    ? new JourneyProblem(`Nothing about ${claim} is anchored yet.`, 'Run `./triflow seal --now` first.')
    : new JourneyProblem(
        `No journal names a claim ${claim}.`,
        'A claim’s id is its invoice’s: supplier/number/date, as `./triflow trade` shows it.',
      )
}

export const register = (program: Command): void => {
  program
    .command('prove')
    .description('write the proof of one receivable: its facts, each with its way to an anchored root')
    .argument('<claim>', 'id of the invoice, as in hengtong/INV-7/2026-03-02')
    .option('--out <file>', 'where to write it', 'proof.json')
    .action(async (claim: string, { out }: { out: string }) => {
      const progress = consoleProgress()
      const { proof, notAnchored } = await toldPlainly(() =>
        withJournals(process.env, (world) => proveClaim(world, claim, progress)),
      ).finally(() => progress.end())
      writeFileSync(out, `${JSON.stringify(proof, null, 1)}\n`)
      console.log(`${proof.facts.length} facts about ${claim}, under ${proof.anchors.length} anchors: ${resolve(out)}`)
      if (notAnchored > 0)
        console.log(`${notAnchored} further facts are not anchored yet; \`./triflow seal --now\` does it.`)
      console.log(`Check it with nothing but Node 20 and a copy of the anchors:`)
      console.log(`  node packages/audit/verify-proof.mjs ${out} --anchors ${process.env['TRIFLOW_ANCHORS_DIR']}`)
    })
}
