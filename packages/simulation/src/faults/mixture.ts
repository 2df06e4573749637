/** What goes wrong in a run, and how often: each seed draws its own mixture, so that none hides behind another. */
import type { FaultRates, Verdict } from '@triflow/desk/memory'

/** Between processes, besides what the in-memory engines do. */
export interface NetworkFaults {
  /** A call was served and nobody hears of it. */
  readonly 'net.answerLost'?: number
  /** A call reaches its server twice. */
  readonly 'net.carriedTwice'?: number
}

export interface MishapRates {
  /** A process dies with everything in its hands; another is started later. */
  readonly kill: number
  /** A process is stopped for up to fifteen seconds, longer than a session. */
  readonly freeze: number
  /** The partitions of a group are dealt again though nobody came or went. */
  readonly rebalance: number
  /** A process's clock steps by up to five seconds. */
  readonly clockStep: number
  /** A stranger writes on a topic what nobody should believe. */
  readonly badRecord: number
  /** The disk of the database or of the log is full for up to twenty seconds. */
  readonly diskFull: number
  /** A player says the same again with its own key, or something else with it. */
  readonly repeat: number
}

export interface Mixture {
  readonly engines: FaultRates
  readonly network: NetworkFaults
  /** Chance of each per request to a server or another process. */
  readonly calls: readonly (readonly [verdict: Verdict, rate: number])[]
  /** Chance of each per step of the world. */
  readonly mishaps: MishapRates
  /** Per thousand instructions: the bank pays and does not answer; the bank refuses. */
  readonly bank: { readonly silentPerMille: number; readonly refusePerMille: number }
  /** Per thousand webhooks: their receiver answers 503. */
  readonly receivers: { readonly refusePerMille: number }
}

const worstEngines: FaultRates = {
  'call.slow': 0.01,
  'log.unsent': 0.06,
  'log.lateDelivery': 0.6,
  'log.rewind': 0.6,
  'log.jump': 0.5,
  'log.corrupt': 0.01,
  'log.slowPartition': 0.01,
  'log.announced': 0.5,
  'store.staleEntries': 0.1,
  'replies.lost': 0.2,
}

export const calm: Mixture = {
  engines: {},
  network: {},
  calls: [],
  mishaps: { kill: 0, freeze: 0, rebalance: 0, clockStep: 0, badRecord: 0, diskFull: 0, repeat: 0 },
  bank: { silentPerMille: 0, refusePerMille: 0 },
  receivers: { refusePerMille: 0 },
}

/** Half of all faults are absent from any one seed, and the others come as often as a draw says. */
export const drawMixture = (random: () => number): Mixture => {
  const some = (most: number): number => (random() < 0.5 ? 0 : most * random())
  return {
    engines: Object.fromEntries(Object.entries(worstEngines).map(([name, most]) => [name, some(most)])),
    network: { 'net.answerLost': some(0.05), 'net.carriedTwice': some(0.1) },
    calls: [
      ['error', some(0.03)],
      ['unknown-done', some(0.03)],
      ['unknown-late', some(0.02)],
    ],
    mishaps: {
      // A start takes some four hundred steps: what dies more often than that gets nothing done, and shows nothing.
      kill: some(1 / 800),
      freeze: some(1 / 1500),
      rebalance: some(1 / 500),
      clockStep: some(1 / 1500),
      badRecord: some(1 / 1000),
      diskFull: some(1 / 3000),
      repeat: some(0.2),
    },
    bank: { silentPerMille: some(300), refusePerMille: some(60) },
    receivers: { refusePerMille: some(150) },
  }
}

type Rates = Readonly<Record<string, number>>

const named = (prefix: string, rates: Rates): [string, number][] =>
  Object.entries(rates).map(([name, rate]) => [`${prefix}${name}`, rate])

/** Names of the faults that this mixture strikes with. */
export const faultsOf = ({ engines, network, calls, mishaps, bank, receivers }: Mixture): string[] =>
  [
    ...named('', engines as Rates),
    ...named('', network as Rates),
    ...calls.map(([verdict, rate]) => [`call.${verdict}`, rate] as const),
    ...named('', { ...mishaps }),
    ...named('bank.', { ...bank }),
    ...named('receivers.', { ...receivers }),
  ]
    .filter(([, rate]) => rate > 0)
    .map(([name]) => name)

/** The same mixture with some faults left out. Nothing is drawn anew, so that the rest of a seed stays as it was. */
export const withoutFaults = (mixture: Mixture, names: readonly string[]): Mixture => {
  const left = new Set(names)
  const kept = <T extends object>(prefix: string, rates: T): T =>
    Object.fromEntries(
      Object.entries(rates).map(([name, rate]) => [name, left.has(`${prefix}${name}`) ? 0 : rate]),
    ) as T
  return {
    engines: kept('', mixture.engines),
    network: kept('', mixture.network),
    calls: mixture.calls.map(([verdict, rate]) => [verdict, left.has(`call.${verdict}`) ? 0 : rate] as const),
    mishaps: kept('', mixture.mishaps),
    bank: kept('bank.', mixture.bank),
    receivers: kept('receivers.', mixture.receivers),
  }
}
