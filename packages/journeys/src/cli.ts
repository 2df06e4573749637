/** The command line behind the launcher's job verbs. Each verb loads its own code when asked for. */
import { Command } from 'commander'
import { openDoor, type Door } from './client/door.ts'
import { Refusal, Unreachable } from './client/problems.ts'
import { consoleProgress } from './report/progress.ts'
import { JourneyProblem, surroundings } from './surroundings.ts'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

const wholeNumber = (text: string): number => {
  if (!/^[0-9]{1,9}$/.test(text)) throw new JourneyProblem(`${text} is no whole number.`)
  return Number(text)
}

/** A job's end decides the exit code: false means that it ran and found something wrong. */
const withDoor = async (job: (door: Door) => Promise<boolean>): Promise<void> => {
  const door = openDoor(surroundings(process.env))
  try {
    if (!(await job(door))) process.exitCode = 1
  } finally {
    await door.close()
  }
}

const program = new Command('triflow')
  .description('Journeys through the public doors: parties trade, a bank finances, and everything is checked.')
  .exitOverride()

program
  .command('token')
  .description('print a bearer token for an actor')
  .argument('<actor>', 'party id, or operator')
  .action(async (actor: string) => {
    const { tokenFor } = await import('./token.ts')
    await withDoor(async (door) => {
      print(await tokenFor(door, surroundings(process.env), actor))
      return true
    })
  })

program
  .command('trade')
  .description('tell one trade as three lanes')
  .argument('<id>', 'buyer/order number, as in wide-world-importers/1')
  .action(async (id: string) => {
    const { tellTrade } = await import('./trade.ts')
    await withDoor(async (door) => {
      print(await tellTrade(door, id))
      return true
    })
  })

program
  .command('ingest')
  .description('play exported data through the doors and compare with what is known of it')
  .argument('<source>', 'wwi')
  .argument('<dir>', 'folder of the CSV files')
  .option('--programme <id>', 'programme (and cast) to play in', 'wwi')
  .option('--limit <amount>', 'limit of the programme in USD', '12000000.00')
  .option('--mutate <seed>', 'change a copy of the data: goods, amounts, duplicates', wholeNumber)
  .option('--until <date>', 'last day to play')
  .action(
    async (
      source: string,
      folder: string,
      given: { programme: string; limit: string; mutate?: number; until?: string },
    ) => {
      if (source !== 'wwi') throw new JourneyProblem(`There is no source ${source}.`, 'Choose wwi.')
      const { dateFrom, ingestWwi, limitFrom, tellIngested } = await import('./wwi/ingest.ts')
      await withDoor(async (door) => {
        const progress = consoleProgress()
        const options = {
          folder,
          programmeId: given.programme,
          limitMinor: limitFrom(given.limit),
          ...(given.mutate === undefined ? {} : { mutate: given.mutate }),
          ...(given.until === undefined ? {} : { until: dateFrom(given.until) }),
        }
        const ingested = await ingestWwi(door, options, progress).finally(() => progress.end())
        return tellIngested(ingested, print)
      })
    },
  )

program
  .command('demo')
  .description('a seeded month of honest industrial trade, financed, paid, told and verified')
  .option('--seed <number>', 'which story', wholeNumber, 1)
  .option('--trades <number>', 'how many orders', wholeNumber, 300)
  .action(async (given: { seed: number; trades: number }) => {
    const { demoJob } = await import('./demo/job.ts')
    await withDoor((door) => demoJob(door, given, print))
  })

/** Verbs of other folders, loaded only when asked for: `register(program)` adds the verb. */
const elsewhere: Readonly<Record<string, string>> = {
  verify: './verify/command.ts',
  seal: './audit/seal-command.ts',
  prove: './audit/prove-command.ts',
  export: './audit/export-command.ts',
  recover: './recover/command.ts',
  reliability: './reliability/command.ts',
  chaos: './chaos/command.ts',
  'check-history': './chaos/check-history.ts',
  bench: './bench/command.ts',
  simulate: '../../simulation/src/command.ts',
  corpus: '../../simulation/src/corpus/command.ts',
}

const loadAsked = async (): Promise<void> => {
  const asked = process.argv[2] ?? ''
  const isHelp = asked === '' || asked === '--help' || asked === '-h' || asked === 'help'
  for (const [verb, module] of Object.entries(elsewhere)) {
    if (verb !== asked && !isHelp) continue
    try {
      const { register } = (await import(module)) as { register: (program: Command) => void }
      register(program)
    } catch (error) {
      if (!isHelp) throw error // the overview of verbs must not fail for one of them
    }
  }
}

/** Told in a sentence what can be told so; anything else is a bug and shows its stack. */
const explain = (error: unknown): void => {
  const told = error instanceof JourneyProblem || error instanceof Refusal || error instanceof Unreachable
  process.stderr.write(`\n${told ? error.message : error instanceof Error ? error.stack : String(error)}\n`)
  if (error instanceof JourneyProblem && error.remedy) process.stderr.write(`${error.remedy}\n`)
  process.exitCode = 1
}

try {
  await loadAsked()
  await program.parseAsync()
} catch (error) {
  const { code, exitCode } = error as { code?: string; exitCode?: number }
  if (typeof code === 'string' && code.startsWith('commander.')) process.exitCode = exitCode ?? 1
  else explain(error)
}
