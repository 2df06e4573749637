/** Who is measured: the product as shipped, the Kafka Streams peer in its variants, and the product's client alone. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { broadcastTopic, deskEntry, factsTopic, toldBy } from '@triflow/contracts'
import { prepareProgram } from '../../../../engines/src/index.js'
import { JourneyProblem } from '../../surroundings.ts'
import type { BenchWorld } from '../bench-world.ts'
import { startChild, type Running } from '../child.ts'
import { startFinancing } from '../service-running.ts'

export interface Contender {
  readonly name: string
  readonly title: string
  /** What of its work survives a crash, and how. */
  readonly durability: string
  /** Where it tells what it decides. */
  readonly out: string
  /** What else it tells while it works. */
  readonly alsoTells: readonly string[]
  /** Where it tells shares again, under their debtors: one record for each order that is matched. */
  readonly shares?: string
  /** False for one that has no logic: what it tells is what it heard. */
  readonly decides: boolean
  /** True for one that goes on to finance what it matched. */
  readonly finances?: true
  /** What takes long and is no part of a run. */
  prepare?(world: BenchWorld): Promise<void>
  start(world: BenchWorld): Promise<Running>
}

const repository = join(import.meta.dirname, '../../../../..')

export const ceilingTopic = 'bench.ceiling'
export const peerTopic = 'bench.peer'
export const peerShares = 'bench.peer.by-debtor'
export const peerDeadLetters = 'bench.peer.dead-letters'

/** What the trade desk hears of others, its own service's answers left out. */
export const heardTopics = deskEntry('financing.trade').hears.filter(
  (topic) => topic !== broadcastTopic && !topic.startsWith('triflow.financing.'),
)

const product: Contender = {
  name: 'triflow',
  title: 'Triflow financing service',
  durability: 'journal in the store, committed before anything is told; chained, with every input kept',
  out: factsTopic('financing.trade'),
  alsoTells: [factsTopic('financing.obligor')],
  shares: toldBy('financing.trade', 'debtor'),
  decides: true,
  finances: true,
  start: startFinancing,
}

const ceiling: Contender = {
  name: 'ceiling',
  title: 'client alone, no logic',
  durability: 'none',
  out: ceilingTopic,
  alsoTells: [],
  decides: false,
  start: async ({ node, state, brokers }) => {
    const { nodeOptions } = await import('../../../../../launcher/processes.js')
    const script = join(import.meta.dirname, 'ceiling-process.ts')
    return startChild(node, [...nodeOptions, script, brokers, ceilingTopic, ...heardTopics], {
      logFile: join(state, 'logs', 'ceiling.log'),
      env: { ...process.env, NODE_OPTIONS: '' },
    })
  },
}

/** Chosen by measuring: a large nursery and the throughput collector, as states and records live either very short or very long. */
const PEER_JVM = ['-Xms2500m', '-Xmx2500m', '-Xmn1200m', '-XX:+UseParallelGC', '-Djava.awt.headless=true']

/** Resolves with its class path. Built once for each change of it. */
const buildPeer = (state: string): Promise<string> =>
  prepareProgram({
    project: join(repository, 'bench/peer'),
    home: join(repository, '.triflow/peer'),
    logFile: join(state, 'logs', 'setup.log'),
  })

interface PeerVariant {
  readonly store: 'rocksdb' | 'memory'
  readonly guarantee: 'eos' | 'alo'
  readonly threads: 1 | 2
}

const guarantees = {
  eos: { setting: 'exactly_once_v2', title: 'exactly once', what: 'one transaction' },
  alo: { setting: 'at_least_once', title: 'at least once', what: 'repeats after a crash' },
} as const

const peer = ({ store, guarantee, threads }: PeerVariant): Contender => ({
  name: `peer-${store}-${guarantee}-${threads}`,
  title: `Kafka Streams, ${store === 'rocksdb' ? 'RocksDB' : 'in memory'}, ${guarantees[guarantee].title}, ${threads} thread${threads > 1 ? 's' : ''}`,
  durability: `changelog topic every 100 ms, ${guarantees[guarantee].what}`,
  out: peerTopic,
  alsoTells: [peerDeadLetters],
  shares: peerShares,
  decides: true,
  prepare: async ({ state }) => void (await buildPeer(state)),
  start: async ({ state, brokers }) => {
    const classPath = await buildPeer(state)
    const stateDir = join(state, 'peer')
    await rm(stateDir, { recursive: true, force: true })
    const settings = {
      brokers,
      application: 'bench.peer',
      state: stateDir,
      broadcast: broadcastTopic,
      inputs: heardTopics.join(','),
      out: peerTopic,
      shares: peerShares,
      dead: peerDeadLetters,
      store,
      guarantee: guarantees[guarantee].setting,
      threads,
    }
    return startChild(
      'java',
      [
        ...PEER_JVM,
        '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
        ...['-cp', classPath, 'triflow.peer.Peer'],
        ...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
      ],
      { logFile: join(state, 'logs', 'peer.log') },
    )
  },
})

const peers = (['rocksdb', 'memory'] as const).flatMap((store) =>
  (['eos', 'alo'] as const).flatMap((guarantee) =>
    ([1, 2] as const).map((threads) => peer({ store, guarantee, threads })),
  ),
)

export const contenders: readonly Contender[] = [product, ...peers, ceiling]

export const contendersNamed = (names: readonly string[]): readonly Contender[] =>
  names.map((name) => {
    const contender = contenders.find((each) => each.name === name)
    if (contender) return contender
    throw new JourneyProblem(
      `There is no contender ${name}.`,
      `Choose from ${contenders.map((each) => each.name).join(', ')}.`,
    )
  })

/** The same, for a workload that waits for decisions. */
export const decidersNamed = (names: readonly string[]): readonly Contender[] => {
  const chosen = contendersNamed(names)
  const silent = chosen.find(({ decides }) => !decides)
  if (silent) throw new JourneyProblem(`${silent.name} decides nothing that could be waited for.`, 'Leave it out.')
  return chosen
}
