/** What the trade desk's rules cost by themselves: a generated history folded and decided in this process, no engines. */
import { serialize } from 'node:v8'
import { encodeMessage } from '@triflow/contracts'
import { open } from '@triflow/desk'
import type { Broadcast, Shared, trade } from '@triflow/financing/desks'
import type { DeskRules, Evidence } from '@triflow/kernel'
import { markdown } from '../report/markdown.ts'
import { percentile } from '../report/percentiles.ts'
import { speakers, terms, type TradeShape } from './legs.ts'
import { matchGate } from './match/match-gate.ts'
import { tellLanes, tellShare } from './match/expected.ts'
import { odditiesOf, workload } from './match/workload.ts'
import { type Outcome } from './results.ts'

export type TradeRules = DeskRules<trade.Trade, Shared, never, trade.Heard, Broadcast, trade.Fact>

export interface RulesPlan extends TradeShape {
  readonly orders: number
  readonly window: number
  readonly rounds: number
}

interface RulesFigures {
  readonly inputs: number
  /** CPU of each round, garbage collection included: evolve, decide and what asks whether the trade is done. */
  readonly microsPerInput: readonly number[]
  readonly factsPerInput: number
  readonly progressBytes: number
  readonly shareBytes: number
  /** A trade with its order, acceptance, bill and funds check, waiting for its goods, as the archive would keep it. */
  readonly openTradeBytes: number
}

interface Hearing {
  readonly key: string
  readonly fact: trade.Heard
  readonly evidence: Evidence
}

interface History {
  readonly shared: Shared
  readonly heard: readonly Hearing[]
}

const at = 1_700_000_000_000
const seed = 1

const historyOf = (rules: TradeRules, plan: RulesPlan): History => {
  const say = speakers(plan.desks)
  let shared = rules.initialShared()
  for (const record of terms(say, { ...plan, desks: 1 })) {
    const opened = open('financing.trade', { ...record, offset: 0 })
    if (opened.kind === 'broadcast') shared = rules.evolveShared(shared, opened.message as Broadcast, opened.evidence)
  }
  const match = { ...plan, seed, withClaims: false }
  const heard: Hearing[] = []
  // What is said again stands under the same number, and the runtime hands it to no rule.
  const seen = new Set<string>()
  for (const record of workload(say, match, odditiesOf(match))) {
    const opened = open('financing.trade', { ...record, offset: 0 })
    if (opened.kind !== 'heard') throw new Error(`${opened.type} was to be heard, and is ${opened.kind}`)
    const { key, message, evidence } = opened
    const place = `${evidence.desk}@${evidence.entry}`
    if (!seen.has(place)) heard.push({ key, fact: message as trade.Heard, evidence })
    seen.add(place)
  }
  return { shared, heard }
}

type Take = (hearing: Hearing) => readonly trade.Fact[]

/** Folds and decides as the runtime does, and lets trades go that are done; a share that is matched is financed at once. */
const deskOf = (rules: TradeRules, shared: Shared): { take: Take; open: Map<string, trade.Trade> } => {
  const open = new Map<string, trade.Trade>()
  const loaded = new Map<string, unknown>()
  const take: Take = ({ key, fact, evidence }) => {
    let item = rules.evolve(open.get(key) ?? rules.initialState(key), fact, at, evidence)
    const { facts } = rules.decide({ kind: 'heard', fact, evidence }, item, { key, at, shared, loaded })
    for (const said of facts) item = rules.evolve(item, said, at)
    if (rules.isClosed!(item)) open.delete(key)
    else open.set(key, item)
    const share = facts.find((said) => said.type === 'ShareMatched')
    if (share?.verdict !== 'matched') return facts
    const { invoiceId, invoiceVersion } = share
    return [...facts, ...take({ key, fact: { type: 'ClaimFinanced', invoiceId, invoiceVersion }, evidence })]
  }
  return { take, open }
}

/** One untimed run says what is decided, and how large it is; the rounds after it are timed. */
export const rules = (tradeRules: TradeRules, plan: RulesPlan, onRound: () => void): Outcome => {
  const { shared, heard } = historyOf(tradeRules, plan)
  const match = { ...plan, seed, withClaims: false }
  const gate = matchGate(match, odditiesOf(match))
  const sizes = { TradeProgressed: [] as number[], ShareMatched: [] as number[] }
  const first = deskOf(tradeRules, shared)
  let waiting: trade.Trade | undefined
  for (const hearing of heard) {
    const facts = first.take(hearing)
    for (const fact of facts) {
      sizes[fact.type].push(encodeMessage(fact).length)
      if (fact.type === 'ShareMatched') gate.share(fact.orderId, tellShare(fact))
      else gate.lanes(fact.orderId, tellLanes(fact))
    }
    const lacks = facts.flatMap((fact) => (fact.type === 'TradeProgressed' ? fact.missing : []))
    if (lacks.join() === 'goods-receipt') waiting ??= structuredClone(first.open.get(hearing.key))
  }
  const microsPerInput = Array.from({ length: plan.rounds }, () => {
    const { take } = deskOf(tradeRules, shared)
    const before = process.cpuUsage()
    for (const hearing of heard) take(hearing)
    const { user, system } = process.cpuUsage(before)
    onRound()
    return (user + system) / heard.length
  })
  const mean = (all: readonly number[]): number => Math.round(all.reduce((sum, one) => sum + one, 0) / all.length)
  const { TradeProgressed: progress, ShareMatched: shares } = sizes
  const figures: RulesFigures = {
    inputs: heard.length,
    microsPerInput,
    factsPerInput: (progress.length + shares.length) / heard.length,
    progressBytes: mean(progress),
    shareBytes: mean(shares),
    openTradeBytes: waiting ? serialize(waiting).length : 0,
  }
  return {
    wrong: gate.wrong(),
    result: figures,
    table: tellRules(figures),
    headlines: [{ what: 'CPU per input, µs', figure: median(microsPerInput).toFixed(2) }],
  }
}

const tellRules = (f: RulesFigures): string[] =>
  markdown(
    [`the trade desk's rules over ${f.inputs} inputs`, ''],
    [
      [`CPU per input, µs, median of ${f.microsPerInput.length} rounds`, median(f.microsPerInput).toFixed(2)],
      ['facts said per input', f.factsPerInput.toFixed(2)],
      ['bytes of a `TradeProgressed`, of a `ShareMatched`', `${f.progressBytes}, ${f.shareBytes}`],
      ['bytes of a trade that waits for its goods', String(f.openTradeBytes)],
    ],
  )

const median = (all: readonly number[]): number => percentile(all, 0.5)!
