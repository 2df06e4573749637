/** `triflow seal`: fixes what is in the journals in anchors, day by day. Services do the same by themselves after each day. */
import type { Command } from 'commander'
import { Disagreement, isDay, seal, type Anchor, type Wanted } from '@triflow/audit'
import { consoleProgress, type Progress } from '../report/progress.ts'
import { count } from '../report/tables.ts'
import { JourneyProblem } from '../surroundings.ts'
import { withJournals, type World } from './engines.ts'

/** What disagrees is told in a sentence; it is never mended here. */
export const toldPlainly = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Disagreement)) throw error
    throw new JourneyProblem(
      `${error.message}.`,
      'Nothing was sealed or mended. `./triflow verify` tells all that differs; compare with copies of the anchors that others hold.',
      error,
    )
  }
}

export const sealServices = async (world: World, wanted: Wanted, progress: Progress): Promise<Anchor[]> => {
  const bar = progress.bar('sealing', world.services.length)
  const made: Anchor[] = []
  for (const { service, desks } of world.services) {
    made.push(...(await seal({ ...world, service, desks }, wanted)))
    bar.advance(1, service)
  }
  return made
}

const told = ({ service, number, day, until, closesDay, size, root }: Anchor): string =>
  `${service} ${day}${closesDay ? '' : ` until ${until.slice(11, 19)} UTC, the day goes on`}: ${count(size)} entries under ${root.slice(0, 16)}… (anchor ${number})`

export const register = (program: Command): void => {
  program
    .command('seal')
    .description('fix the journals of every day (UTC) that is over in anchors: on their topic and in files to copy')
    .option('--until <date>', 'last day to seal, as in 2026-03-31')
    .option('--now', 'also what the day that goes on has so far')
    .action(async ({ until, now }: { until?: string; now?: true }) => {
      if (until !== undefined && !isDay(until))
        throw new JourneyProblem(`${until} is no date.`, 'Write it as 2026-03-31.')
      const progress = consoleProgress()
      const wanted = { ...(until === undefined ? {} : { through: until }), now: now === true }
      const made = await toldPlainly(() =>
        withJournals(process.env, (world) => sealServices(world, wanted, progress)),
      ).finally(() => progress.end())
      for (const anchor of made) console.log(told(anchor))
      if (made.length === 0) console.log(`Nothing new to seal.${now ? '' : ' `--now` seals the day that goes on.'}`)
      console.log(`The anchors are in ${process.env['TRIFLOW_ANCHORS_DIR']}: give copies to those who are to check.`)
    })
}
