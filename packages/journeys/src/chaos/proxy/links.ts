/** Every link of a private world through a proxy of its own: each service to each engine, doors to desks, payouts to the bank. */
import type { ServiceName, World } from '../../../../../launcher/processes.js'
import type { Random } from '../../generator/random.ts'
import { JourneyProblem } from '../../surroundings.ts'
import { deskServices } from '../world.ts'
import { openLink, type Link } from './link.ts'
import type { Protocol } from './protocols.ts'

type Target = ServiceName | 'kafka' | 'mongo'
export type Side = ServiceName | 'client'

export interface Links {
  /** Throws when there is no such link: a fault on nothing would prove nothing. */
  link(from: Side, to: Target): Link
  /** Of all services to one target. */
  to(target: Target): readonly Link[]
  /** The world as a service sees it: others at the ports of its own proxies. */
  seenBy(service: ServiceName): World
  /** The public door through its proxy. */
  readonly gatewayUrl: string
  heal(): void
  close(): Promise<void>
}

/** Who talks to whom inside: the gateway to every door, the connector to the bank. */
const inside: readonly (readonly [ServiceName, ServiceName])[] = [
  ...deskServices.map((door) => ['gateway', door] as const),
  ['payment', 'sandbox-bank'],
]

const placeIn = (address: string): { host: string; port: number } => {
  const [, host, port, more] = /^(?:mongodb:\/\/)?([^:/,]+):(\d+)(,)?/.exec(address) ?? []
  if (!host || more)
    throw new JourneyProblem(
      `Links are proxied to one broker and one store, and here is ${address}.`,
      'Run this on local engines: unset TRIFLOW_KAFKA_BROKERS and TRIFLOW_MONGO_URL.',
    )
  return { host, port: Number(port) }
}

/** The same address at another port of this host. */
const movedTo = (address: string, port: number): string => address.replace(/[^:/]+:\d+/, `127.0.0.1:${port}`)

export const openLinks = async (world: World, random: Random): Promise<Links> => {
  const links = new Map<string, Link>()
  const nameOf = (from: Side, to: Target): string => `${from}→${to}`
  const open = async (from: Side, to: Target, protocol: Protocol, target: { host: string; port: number }) => {
    const name = nameOf(from, to)
    links.set(name, await openLink({ name, target, protocol, random: random.fork(name) }))
  }
  const services = Object.keys(world.services) as ServiceName[]
  const local = (port: number) => ({ host: '127.0.0.1', port })
  for (const service of services) {
    if (deskServices.includes(service)) await open(service, 'kafka', 'kafka', placeIn(world.engines.kafka.address))
    await open(service, 'mongo', 'mongo', placeIn(world.engines.mongo.address))
  }
  for (const [from, to] of inside) await open(from, to, 'http2', local(world.services[to].ports.grpc))
  await open('client', 'gateway', 'bytes', local(world.services.gateway.ports.http!))

  const link = (from: Side, to: Target): Link => {
    const found = links.get(nameOf(from, to))
    if (!found) throw new Error(`there is no link ${nameOf(from, to)}`)
    return found
  }
  const all = [...links.values()]
  return {
    link,
    to: (target) => all.filter(({ name }) => name.endsWith(`→${target}`)),
    seenBy: (service) => {
      const { kafka, mongo } = world.engines
      const onLog = deskServices.includes(service)
      const peers = Object.fromEntries(
        inside
          .filter(([from]) => from === service)
          .map(([, to]) => [to, { ports: { ...world.services[to].ports, grpc: link(service, to).port } }]),
      )
      return {
        ...world,
        engines: {
          kafka: onLog ? { ...kafka, address: movedTo(kafka.address, link(service, 'kafka').port) } : kafka,
          mongo: { ...mongo, address: movedTo(mongo.address, link(service, 'mongo').port) },
        },
        services: { ...world.services, ...peers },
      }
    },
    gatewayUrl: `http://127.0.0.1:${link('client', 'gateway').port}`,
    heal: () => {
      for (const one of all) one.heal()
    },
    close: async () => {
      await Promise.all(all.map((one) => one.close()))
    },
  }
}
