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
    let report = await verify(options)
    for (let pass = 1; pass < PASSES && report.differences.length > 0; pass++) {
      await sleep(BETWEEN_MS)
      report = await verify(options)
    }
    const folded = views ? await viewsInPasses(mongo, log) : undefined
    if (folded) say(`${number(folded.documents)} documents of ${folded.views} views folded anew from the first fact`)
    const differences = [...report.differences, ...(folded?.differences ?? [])]
    for (const line of sentences({ ...report, differences }, Date.now() - startedAt)) say(line)
    return differences.length === 0
  } finally {
    await log.close()
    await mongo.close()
  }
}

/** What was folded between two looks is a difference that a later pass does not find. */
const viewsInPasses = async (mongo: Mongo, log: Log): Promise<ViewsReport> => {
  const { verifyViews } = await import('./views.ts')
  let report = await verifyViews(mongo, log, systemClock, silent)
  for (let pass = 1; pass < PASSES && report.differences.length > 0; pass++) {
    await sleep(BETWEEN_MS)
    report = await verifyViews(mongo, log, systemClock, silent)
  }
  return report
}

const number = (value: number | bigint): string => value.toString().replace(/\B(?=([0-9]{3})+$)/g, ',')

const sentences = (report: VerifyReport, ms: number): string[] => {
  const total = (pick: (journal: VerifyReport['journals'][number]) => number): string =>
    number(report.journals.reduce((sum, journal) => sum + pick(journal), 0))
  const { published, money, commands, anchors } = report
  const lines = [
    `${number(report.journals.length)} journals, ${total((j) => j.entries)} entries: chained and contiguous`,
    `  ${total((j) => j.decidedAgain)} decided again, the same to the byte; ${total((j) => j.chainOnly)} of another code version, chain and hash only`,
    `  ${total((j) => j.records)} inputs (${total((j) => j.duplicates)} repeats, ${total((j) => j.deadLetters)} dead letters), ${total((j) => j.facts)} facts`,
    `${number(published.found)} of ${number(published.expected)} published records stand on their topics (${number(published.belowStart)} below the start, ${number(published.underWay)} under way)`,
    `${number(commands.logged)} commands logged, ${number(commands.judged)} judged once, ${number(commands.open)} not judged yet`,
    `${number(money.claimsFinanced)} claims financed, each once; exposure within its limit at ${number(money.exposurePrefixes)} prefixes`,
    `${number(money.disbursementsRequested)} payouts, each with its decision or allocation; ${number(money.disbursementsExecuted)} executed, each once`,
    `${number(money.receipts)} receipts, ${number(money.receiptsAllocated)} allocated to the cent; ${number(money.ledgerEntries)} ledger entries, trial balance zero`,
    anchors && anchors.anchors > 0
      ? `${number(anchors.anchors)} anchors over ${number(anchors.entries)} entries: ${anchors.differences.length === 0 ? 'the journals give their roots, topic and file tell the same' : 'not as they were'}${anchors.untold > 0 ? ` (${number(anchors.untold)} to be told yet)` : ''}`
      : 'no day has been sealed yet',
    `checked in ${(ms / 1000).toFixed(1)} s`,
  ]
  if (report.differences.length === 0) return [...lines, 'verify: all is well']
  return [
    ...lines,
    `verify: ${number(report.differences.length)} differences; the first: ${report.differences[0]}`,
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
