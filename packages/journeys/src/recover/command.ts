/** `triflow recover`: what an operator does after a disaster, one verb per kind of loss; docs/recovery.md is its runbook. */
import { RecoveryRefused } from '@triflow/desk'
import type { Command } from 'commander'
import { consoleProgress, type Progress } from '../report/progress.ts'
import { JourneyProblem } from '../surroundings.ts'
import { atLeastOne } from '../whole-number.ts'
import { connect, type Connections } from './connections.ts'

/** Connects, works and disconnects; a refusal is told with its code, which the runbook lists. */
const alone = async <T>(work: (connections: Connections, progress: Progress) => Promise<T>): Promise<T> => {
  const progress = consoleProgress()
  try {
    const connections = await connect(process.env, progress.say)
    try {
      return await work(connections, progress)
    } finally {
      await connections.close()
    }
  } catch (error) {
    if (!(error instanceof RecoveryRefused)) throw error
    throw new JourneyProblem(
      `Refused (${error.code}): ${error.message}.`,
      'What is stored is as it was, or proven. docs/recovery.md says what each refusal means.',
      error,
    )
  } finally {
    progress.end()
  }
}

/** Says what came of it, how long it took, and what is next. */
const recovering = async (
  work: (connections: Connections, progress: Progress) => Promise<{ lines: readonly string[]; isWhole: boolean }>,
): Promise<void> => {
  const started = Date.now()
  const { lines, isWhole } = await alone(work)
  for (const line of lines) console.log(line)
  console.log(`took ${((Date.now() - started) / 1_000).toFixed(1)} s`)
  if (isWhole) console.log('Next: start the services (`./triflow up`), then `./triflow verify --views`.')
  else process.exitCode = 1
}

export const register = (program: Command): void => {
  const recover = program
    .command('recover')
    .description('recover from the loss of database or log; services stopped, engines up (docs/recovery.md)')

  recover
    .command('journals')
    .description('the database was restored from a backup: rebuild what it lost from the log')
    .option('--desk <name>', 'only this desk (order.order-02) or kind of desks (order.order)')
    .option('--from-first-entry', 'the backup was not of one moment: make snapshots and archive anew from the journals')
    .action((given: { desk?: string; fromFirstEntry?: boolean }) =>
      recovering(async (connections, progress) => {
        const { recoverJournals, tellJournals } = await import('./journals.ts')
        const recovered = await recoverJournals(connections, given, progress)
        return { lines: tellJournals(recovered), isWhole: recovered.strays.length === 0 }
      }),
    )

  recover
    .command('topics')
    .description('the log was lost: rebuild all topics from the journals, offset by offset')
    .option('--replace', 'delete what the topics hold first, once it is sure that the journals have all of it')
    .action(async ({ replace = false }: { replace?: boolean }) => {
      const { clearTopics, recoverTopics, tellTopics } = await import('./topics.ts')
      if (replace) await alone(clearTopics)
      await recovering(async (connections, progress) => ({
        lines: tellTopics(await recoverTopics(connections, progress)),
        isWhole: true,
      }))
    })

  recover
    .command('views')
    .description('forget the views and fold them again from the first fact')
    .option('--service <name>', 'only the views of this service')
    .action((given: { service?: string }) =>
      recovering(async (connections, progress) => {
        const { recoverViews, tellViews } = await import('./views.ts')
        return { lines: tellViews(await recoverViews(connections, given, progress)), isWhole: true }
      }),
    )

  recover
    .command('drill')
    .description('rehearse both losses on a world of its own and say how long each recovery took')
    .option('--trades <n>', 'trades of the story that is played between the disasters', atLeastOne, 20)
    .option('--seed <n>', 'which story', atLeastOne, 1)
    .option('--record', 'keep the result in docs/reliability/recovery.json')
    .action(async (given: { trades: number; seed: number; record?: boolean }) => {
      const { runDrill, tellDrill } = await import('./drill.ts')
      const report = await runDrill({ ...given, say: (sentence) => console.log(sentence) })
      for (const line of tellDrill(report)) console.log(line)
      if (given.record) {
        const { keepShowing } = await import('../reliability/record.ts')
        const command = `./triflow recover drill --seed ${given.seed} --trades ${given.trades} --record`
        console.log(`kept in ${keepShowing('recovery', command, report)}`)
      }
      process.exitCode = report.differences.length === 0 ? 0 : 1
    })
}
