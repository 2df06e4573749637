/** `triflow verify`: everything that can be checked, checked, and said in numbers. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import type { Log } from '@triflow/desk'
import {
  connectMongo,
  openAnchorFile,
  openAnchors,
  openKafkaLog,
  openStore,
  systemClock,
  type Mongo,
} from '@triflow/platform'
import { count } from '../report/tables.ts'
import { required, silent } from '../surroundings.ts'
import { verify, type VerifyReport } from './verify.ts'
import type { ViewsReport } from './views.ts'

/** What is under way when a pass begins may look like a difference in totals; a later pass tells. */
const PASSES = 4
const BETWEEN_MS = 2_000

export interface VerifyRun {
  /** Folds all views anew too, and compares: takes as long as reading every fact, and holds every document in memory. */
  readonly views?: boolean
  readonly env?: NodeJS.ProcessEnv
  readonly say?: (line: string) => void
}

/** Runs verify against the engines in the environment; prints its report; true when all is well. */
export const runVerify = async ({
  env = process.env,
  say = console.log,
  views = false,
}: VerifyRun = {}): Promise<boolean> => {
  const witness = silent
  const mongo = await connectMongo({ url: required(env, 'TRIFLOW_MONGO_URL'), clock: systemClock, witness })
  const log = await openKafkaLog({
    brokers: required(env, 'TRIFLOW_KAFKA_BROKERS').split(','),
    clientId: 'triflow-verify',
    clock: systemClock,
    witness,
  })
  const startedAt = Date.now()
  try {
    const store = await openStore(mongo)
    const options = {
      log,
      store,
      clock: systemClock,
      desks: Number(env.TRIFLOW_DESKS ?? 4),
      codeVersion: env.TRIFLOW_CODE_VERSION ?? 'dev',
      anchors: {
        store: openAnchors(mongo),
        file: env.TRIFLOW_ANCHORS_DIR ? openAnchorFile(env.TRIFLOW_ANCHORS_DIR) : undefined,
      },
    }
    const report = await inPasses(() => verify(options))
    const folded = views ? await foldedAnew(mongo, log) : undefined
    if (folded) say(`${count(folded.documents)} documents of ${folded.views} views folded anew from the first fact`)
    const differences = [...report.differences, ...(folded?.differences ?? [])]
    for (const line of sentences({ ...report, differences }, Date.now() - startedAt)) say(line)
    return differences.length === 0
  } finally {
    await log.close()
    await mongo.close()
  }
}

/** Looks again as long as something differs: what was under way between two looks is no difference for the next. */
const inPasses = async <T extends { readonly differences: readonly string[] }>(look: () => Promise<T>): Promise<T> => {
  let report = await look()
  for (let pass = 1; pass < PASSES && report.differences.length > 0; pass++) {
    await sleep(BETWEEN_MS)
    report = await look()
  }
  return report
}

const foldedAnew = async (mongo: Mongo, log: Log): Promise<ViewsReport> => {
  const { verifyViews } = await import('./views.ts')
  return inPasses(() => verifyViews(mongo, log, systemClock, silent))
}

const sentences = (report: VerifyReport, ms: number): string[] => {
  const total = (pick: (journal: VerifyReport['journals'][number]) => number): string =>
    count(report.journals.reduce((sum, journal) => sum + pick(journal), 0))
  const { published, money, commands, anchors } = report
  const lines = [
    `${count(report.journals.length)} journals, ${total((j) => j.entries)} entries: chained and contiguous`,
    `  ${total((j) => j.decidedAgain)} decided again, the same to the byte; ${total((j) => j.chainOnly)} of another code version, chain and hash only`,
    `  ${total((j) => j.records)} inputs (${total((j) => j.duplicates)} repeats, ${total((j) => j.deadLetters)} dead letters), ${total((j) => j.facts)} facts`,
    `${count(published.found)} of ${count(published.expected)} published records stand on their topics (${count(published.belowStart)} below the start, ${count(published.underWay)} under way)`,
    `${count(commands.logged)} commands logged, ${count(commands.judged)} judged once, ${count(commands.open)} not judged yet`,
    `${count(money.claimsFinanced)} claims financed, each once; exposure within its limit at ${count(money.exposurePrefixes)} prefixes`,
    `${count(money.disbursementsRequested)} payouts, each with its decision or allocation; ${count(money.disbursementsExecuted)} executed, each once`,
    `${count(money.receipts)} receipts, ${count(money.receiptsAllocated)} allocated to the cent; ${count(money.ledgerEntries)} ledger entries, trial balance zero`,
    anchors && anchors.anchors > 0
      ? `${count(anchors.anchors)} anchors over ${count(anchors.entries)} entries: ${anchors.differences.length === 0 ? 'the journals give their roots, topic and file tell the same' : 'not as they were'}${anchors.untold > 0 ? ` (${count(anchors.untold)} to be told yet)` : ''}`
      : 'no day has been sealed yet',
    `checked in ${(ms / 1000).toFixed(1)} s`,
  ]
  if (report.differences.length === 0) return [...lines, 'verify: all is well']
  return [
    ...lines,
    `verify: ${count(report.differences.length)} differences; the first: ${report.differences[0]}`,
    ...report.differences.slice(1, 10).map((difference) => `  ${difference}`),
  ]
}

export const register = (program: Command): void => {
  program
    .command('verify')
    .description('walk every journal, topic and book, decide every entry again, and say what was checked')
    .option('--views', 'fold every view anew as well, and compare it with what is live')
    .action(async (given: { views?: boolean }) => {
      process.exitCode = (await runVerify(given)) ? 0 : 1
    })
}
