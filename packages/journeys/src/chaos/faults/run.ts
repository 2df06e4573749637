/** Makes faults one after another on one world, and judges each: at rest in time, nothing lost, nothing paid twice, verified. */
import { appendFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { segment } from '../../actors/documents.ts'
import { seeded } from '../../generator/random.ts'
import { inParallel } from '../../watching.ts'
import { aftermath } from '../aftermath.ts'
import { checkHistory, readHistory, tellHistory } from '../check-history.ts'
import { openHistory, type WishSaid } from '../history.ts'
import { services } from '../world.ts'
import { openGround, openRound, type Ground, type Round } from './arena.ts'
import { NotMade, NotPossibleHere, type Fault } from './fault.ts'
import { unpaid } from './story.ts'

export type Result = 'held' | 'FAILED' | 'not possible here'

export interface FaultReport {
  readonly id: string
  readonly fault: string
  readonly how: string
  readonly mustHold: string
  readonly result: Result
  readonly recoverySeconds: number | undefined
  readonly note: string
  /** Empty when it held. */
  readonly findings: readonly string[]
}

export interface FaultsOptions {
  readonly faults: readonly Fault[]
  readonly seed: number
  /** Of each fault's story. */
  readonly trades: number
  /** Folder for the world and the log. */
  readonly state: string
  readonly say: (sentence: string) => void
}

export interface FaultsReport {
  readonly faults: readonly FaultReport[]
  readonly history: readonly string[]
  readonly historyHolds: boolean
  readonly historyFile: string
  readonly seconds: number
}

const described = ({ id, fault, how, mustHold }: Fault) => ({ id, fault, how, mustHold })

const judge = async ({ world }: Ground, { arena, keeping, stories }: Round): Promise<string[]> => [
  ...(await unpaid(arena.stage, stories.trades)),
  ...(await aftermath(world, keeping)).differences,
]

const runOne = async (ground: Ground, fault: Fault, options: FaultsOptions): Promise<FaultReport> => {
  const { seed, trades, say } = options
  const began = Date.now()
  const round = await openRound(ground, `${fault.id}-${seed}`, trades, seeded(seed).fork(fault.id), (sentence) =>
    say(`      ${sentence}`),
  )
  let note = ''
  let impossible = false
  let recoverySeconds: number | undefined
  try {
    await round.arena.probe.prepare()
    note = (await fault.make(round.arena)) ?? ''
  } catch (error) {
    impossible = error instanceof NotPossibleHere
    const { message } = error as Error
    if (impossible) note = message
    else round.findings.push(error instanceof NotMade ? message : `while it was made: ${message}`)
  }
  await round.heal()
  if (!fault.endsTheWorld) {
    recoverySeconds = Math.round((await round.recover()) / 100) / 10
    round.findings.push(
      ...(await judge(ground, round).catch((error: Error) => [`it could not be judged: ${error.message}`])),
    )
  }
  const findings = round.findings
  // What did not come to rest must not be blamed on the next fault.
  if (findings.length > 0 && !fault.endsTheWorld) await ground.world.restart(services).catch(() => {}) // the next will tell
  const result: Result = findings.length > 0 ? 'FAILED' : impossible ? 'not possible here' : 'held'
  const took = Math.round((Date.now() - began) / 1000)
  const recovered = recoverySeconds === undefined ? '' : `, at rest ${recoverySeconds.toFixed(1)} s after healing`
  say(`${fault.id}  ${result.padEnd(8)} ${fault.fault} (${took} s${recovered})${note ? `: ${note}` : ''}`)
  for (const finding of findings.slice(0, 8)) say(`      ${finding}`)
  return { ...described(fault), result, recoverySeconds, note, findings }
}

const endsTheWorld = (fault: Fault): boolean => fault.endsTheWorld ?? false

export const runFaults = async (options: FaultsOptions): Promise<FaultsReport> => {
  const { faults, seed, state } = options
  const began = Date.now()
  mkdirSync(state, { recursive: true })
  rmSync(join(state, 'history.jsonl'), { force: true })
  const logFile = join(state, 'faults.log')
  const say = (sentence: string): void => {
    options.say(sentence)
    appendFileSync(logFile, `${new Date().toISOString()} ${sentence}\n`)
  }
  const reports: FaultReport[] = []
  const ground = await openGround(state, seed)
  const run = async (fault: Fault, on: Ground): Promise<void> => {
    reports.push(await runOne(on, fault, { ...options, say }))
  }
  let history: readonly string[] = []
  let historyHolds = true
  try {
    for (const fault of faults) if (!endsTheWorld(fault)) await run(fault, ground)
    if (faults.some((fault) => !endsTheWorld(fault))) {
      await lastLook(ground)
      const report = checkHistory(await readHistory(ground.historyFile))
      historyHolds = report.violations.length === 0
      history = tellHistory(report)
      for (const line of history) say(line)
    }
    // Afterwards nobody could be asked any more, so what is told there is no part of the history.
    const last = faults.filter(endsTheWorld)
    if (last.length > 0) {
      const unrecorded = { ...ground, history: openHistory(join(state, 'history-of-the-end.jsonl')) }
      for (const fault of last) await run(fault, unrecorded)
      unrecorded.history.close()
    }
  } finally {
    await ground.close()
    const failed = !historyHolds || reports.length < faults.length || reports.some(({ result }) => result === 'FAILED')
    await (failed ? ground.world.down() : ground.world.erase())
  }
  return {
    faults: reports,
    history,
    historyHolds,
    historyFile: ground.historyFile,
    seconds: Math.round((Date.now() - began) / 1000),
  }
}

/** Everything that was made by its name, and every claim by its status, where each must stand exactly once. */
const lastLook = async ({ door, stage, history, historyFile }: Ground): Promise<void> => {
  const recorded = history.record(door)
  const made = new Set(
    (await readHistory(historyFile)).flatMap(({ operation, type, value }) => {
      const makes = operation === 'wish' && type === 'invoke' ? (value as WishSaid).makes : undefined
      return makes ?? []
    }),
  )
  await inParallel([...made], 8, async (name) => {
    const [kind, owner, ...rest] = name.split(/[ /]/)
    const caller = await recorded.as(owner!)
    await caller.read(`/v1/${kind}s/${[owner!, ...rest].map(segment).join('/')}`)
  })
  const bank = await recorded.as(stage.people.bank.partyId)
  for (const status of ['waiting', 'referred', 'refused', 'financed', 'disbursed', 'payout-failed', 'settled', 'paid'])
    await bank.list(`/v1/claims?status=${status}`)
}
