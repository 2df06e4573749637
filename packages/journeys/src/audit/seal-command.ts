/** `triflow seal`: fixes what is in the journals in anchors, day by day. Services do the same by themselves after each day. */
import type { Command } from 'commander'
import { Disagreement, isDay, restoreAnchors, seal, type Anchor, type Wanted } from '@triflow/audit'
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
      'Nothing was mended. `./triflow verify` tells all that differs; compare with the copies that others hold. If the database came from a backup, `./triflow seal --restore` takes lost anchors back once its journals are whole again.',
      error,
    )
  }
}

export interface Asked extends Wanted {
  /** First takes back what the store lost and topic or file still tell. */
  readonly restore?: boolean
}

export const sealServices = async (world: World, asked: Asked, progress: Progress): Promise<Anchor[]> => {
  const bar = progress.bar('sealing', world.services.length)
  const made: Anchor[] = []
  for (const { service, desks } of world.services) {
    const sealer = { ...world, service, desks }
    const restored = asked.restore ? await restoreAnchors(sealer) : 0
    if (restored > 0) progress.say(`  ${service}: ${count(restored)} anchors were taken back`)
    made.push(...(await seal(sealer, asked)))
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
    .option('--restore', 'first take back anchors that a database from an old backup has lost')
    .action(async ({ until, ...given }: { until?: string; now?: true; restore?: true }) => {
      if (until !== undefined && !isDay(until))
        throw new JourneyProblem(`${until} is no date.`, 'Write it as 2026-03-31.')
      const progress = consoleProgress()
      const asked = { ...given, ...(until === undefined ? {} : { through: until }) }
      const made = await toldPlainly(() =>
        withJournals(process.env, (world) => sealServices(world, asked, progress)),
      ).finally(() => progress.end())
      for (const anchor of made) console.log(told(anchor))
      if (made.length === 0)
        console.log(`Nothing new to seal.${given.now ? '' : ' `--now` seals the day that goes on.'}`)
      console.log(`The anchors are in ${process.env['TRIFLOW_ANCHORS_DIR']}: give copies to those who are to check.`)
    })
}
