/** The platform in memory: one broker, one database, one clock; processes that run its services and its bank, and are replaced when they die. */
import { partitionsOf, topics, topicSettings, type doorWire } from '@triflow/contracts'
import type { ConnectorDefinition, OfficeLimits, Witness } from '@triflow/desk'
import {
  createMemoryEngines,
  createMemoryWitness,
  createWorld,
  type MemoryEngines,
  type MemoryWitness,
  type Process,
  type ScheduledWorld,
} from '@triflow/desk/memory'
import { financingService } from '@triflow/financing'
import { logisticsService } from '@triflow/logistics'
import { orderService } from '@triflow/order'
import { partyService } from '@triflow/party'
import { paymentService } from '@triflow/payment'
import { connectorTo } from '@triflow/payment/bank'
import { webhookSecretsFrom, type ServiceDefinition } from '@triflow/platform'
import { webhookService } from '@triflow/webhook'
import { notifier, sender } from '@triflow/webhook/connectors'
import type { Mixture } from '../faults/mixture.ts'
import { bankSeenFrom, openBank, openBooks, type BankBooks, type BankHouse } from './bank.ts'
import { openHouse, type House } from './house.ts'
import { openReceivers, type Receivers } from './receivers.ts'
import { openNetwork, type Ask } from './remote.ts'

/** Which services share a process: one list per process. */
export type Layout = readonly (readonly string[])[]

export const serviceNames = ['party', 'order', 'logistics', 'financing', 'payment', 'webhook'] as const

/** All in one, two that share all desks, and each service in a process of its own. */
export const layouts: readonly Layout[] = [
  [serviceNames],
  [serviceNames, serviceNames],
  serviceNames.map((name) => [name]),
]

export interface TownOptions {
  readonly seed: number
  readonly mixture: Mixture
  readonly layout: Layout
  readonly desks: number
  readonly limits: Partial<OfficeLimits>
  readonly traced: boolean
  readonly beginsAt?: number
}

export interface Town {
  readonly options: TownOptions
  readonly world: ScheduledWorld
  readonly engines: MemoryEngines
  readonly witness: MemoryWitness
  readonly books: BankBooks
  readonly receivers: Receivers
  readonly ask: Ask
  houses(): readonly House[]
  /** Every process that may die: houses and the bank's. */
  mortals(): readonly Process[]
  /** Hands commands in at a door of the service, whichever process answers there. */
  submit(
    from: Process,
    service: string,
    requests: readonly doorWire.SubmitRequest[],
  ): Promise<readonly doorWire.SubmitAnswer[]>
  /** Kills every process and opens none until the returned function is called. */
  shut(): () => void
  /** From here on nothing goes wrong any more; what is down comes up. */
  heal(): void
  /** How often each thing has gone wrong. */
  readonly struck: Map<string, number>
}

/** Longer than a door may take for these requests, so that the door's own deadline is heard of. */
const BEYOND_DEADLINE_MS = 2_000

export const webhookSecrets = webhookSecretsFrom(Buffer.alloc(32, 7))

const definitionsFor = (
  bank: ConnectorDefinition,
  webhooks: readonly ConnectorDefinition[],
): readonly ServiceDefinition[] => [
  partyService,
  orderService,
  logisticsService,
  financingService,
  paymentService(bank),
  webhookService(webhooks),
]

/** Warnings and numbers are not kept: a run makes millions. What stops a desk or a reader is. */
const sparingWitness = (memory: MemoryWitness): Witness => ({
  say: (level, event, details) => {
    if (level === 'error') memory.say(level, event, details)
  },
  count: () => undefined,
  observe: () => undefined,
})

export const openTown = (options: TownOptions): Town => {
  const { seed, mixture, layout, desks, limits, traced, beginsAt } = options
  const struck = new Map<string, number>()
  const count = (fault: string): void => void struck.set(fault, (struck.get(fault) ?? 0) + 1)
  const world = createWorld(seed, { faults: mixture.engines, traced, onFault: count, beginsAt })
  const witness = createMemoryWitness()
  const said = sparingWitness(witness)
  const books = openBooks()
  const engines = createMemoryEngines(world)
  let { network } = mixture
  let temper = mixture.bank
  let receivers = mixture.receivers
  let healed = false
  const ask = openNetwork(world, () => network, count)
  engines.broker.topics.ensure(
    topics.map((topic) => ({ name: topic.name, partitions: partitionsOf(topic, desks), settings: topicSettings })),
  )
  const strangers = openReceivers(
    world.process('receivers'),
    ask,
    {
      get refusePerMille() {
        return receivers.refusePerMille
      },
    },
    world.random,
  )
  const houses = new Map<number, House>()
  let bank: BankHouse | undefined
  let born = 0

  /** What waits for the town to be opened; undefined while it is. */
  let shut: (() => void)[] | undefined

  const again = (label: string, open: () => void): void =>
    world.cluster.turn(
      label,
      () => (shut ? void shut.push(open) : open()),
      healed ? 0 : Math.floor(world.random() * 4_000),
    )

  const openAt = (place: number): void => {
    const process = world.process(`house-${++born}`)
    const toBank = connectorTo(bankSeenFrom(process, () => bank, ask))
    const { clock } = process
    const webhooks = [
      notifier(clock),
      sender({ post: strangers.seenFrom(process), secrets: webhookSecrets, clock, witness: said }),
    ]
    const services = definitionsFor(toBank, webhooks).filter(({ name }) => layout[place]!.includes(name))
    houses.set(place, openHouse({ process, services, engines, witness: said, desks, limits }))
    process.onKill(() => again('a house is opened', () => openAt(place)))
  }

  const listeningAt = (service: string): House | undefined => {
    const there = [...houses.values()].filter((house) => house.services.has(service) && house.process.isAlive())
    return there[Math.floor(world.random() * there.length)]
  }

  const submit: Town['submit'] = (from, service, requests) => {
    let house: House | undefined
    const to = (): Process | undefined => (house = listeningAt(service))?.process
    const withinMs = requests[0]!.deadlineMs + BEYOND_DEADLINE_MS
    return ask({ from, to, label: `submit ${service} x${requests.length}`, withinMs }, () =>
      house!.door(service).submit(requests),
    )
  }

  const openBankHouse = (): void => {
    const process = world.process(`bank-${++born}`)
    bank = openBank({
      process,
      engines,
      books,
      temper: {
        get silentPerMille() {
          return temper.silentPerMille
        },
        get refusePerMille() {
          return temper.refusePerMille
        },
      },
      witness: said,
      submit: (from, requests) => submit(from, 'payment', requests),
    })
    process.onKill(() => again('the bank opens', openBankHouse))
  }

  layout.forEach((_, place) => openAt(place))
  openBankHouse()

  const mortals = (): readonly Process[] => [
    ...[...houses.values()].map(({ process }) => process),
    ...(bank ? [bank.process] : []),
  ]

  return {
    options,
    world,
    engines,
    witness,
    books,
    receivers: strangers,
    ask,
    houses: () => [...houses.values()],
    mortals,
    submit,
    shut: () => {
      shut = []
      for (const process of mortals()) process.kill()
      return () => {
        const waiting = shut ?? []
        shut = undefined
        for (const open of waiting) open()
      }
    },
    heal: () => {
      healed = true
      network = {}
      temper = { silentPerMille: 0, refusePerMille: temper.refusePerMille }
      receivers = { refusePerMille: 0 }
      world.setFaults({})
      for (const { process } of houses.values()) process.thaw()
      bank?.process.thaw()
    },
    struck,
  }
}
