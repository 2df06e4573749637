/** F16-F21: the broker goes away, comes late, forgets to answer, or says no. */
import { kafkaError } from '../proxy/kafka.ts'
import { deskServices, parts, services } from '../world.ts'
import type { Arena, Fault } from './fault.ts'
import { outage } from './outage.ts'

const rebalances = (arena: Arena): number =>
  deskServices.reduce((sum, name) => sum + arena.logged(name).filter(({ event }) => event === 'joined group').length, 0)

export const broker: readonly Fault[] = [
  {
    id: 'F16',
    fault: 'Broker restart of 3 s',
    how: 'SIGKILL of the broker under load, down for 3 s.',
    mustHold: 'I7 I17.',
    make: async (arena) => {
      arena.play()
      await arena.sleep(500)
      await arena.killFor(['kafka'], 3_000)
    },
  },
  {
    id: 'F17',
    fault: 'Broker down for 60 s under load',
    how: 'SIGKILL of the broker, down for 60 s; new orders and reads are asked for without patience all the while.',
    mustHold: 'Doors answer 503 with Retry-After in time, reads go on, repeats succeed afterwards; I7 I9 I17.',
    make: (arena) => outage(arena, 'kafka', { reads: true }),
  },
  {
    id: 'F18',
    fault: 'Broker (and store) down at start-up',
    how: 'Everything is killed, the services are started 8 s before the engines.',
    mustHold: 'Alive, not ready, connected later; no crash loop.',
    make: async (arena) => {
      arena.play()
      await arena.sleep(500)
      await arena.world.kill(parts)
      await Promise.all(services.map((service) => arena.world.start(service)))
      const pids = services.map((service) => arena.world.pidOf(service))
      await arena.sleep(8_000)
      services.forEach((service, index) => {
        arena.demand(arena.world.lives(service), `${service} died without its engines`)
        arena.demand(arena.world.pidOf(service) === pids[index], `${service} was started again`)
      })
      for (const service of services)
        await arena.until(`that ${service} says it is not ready`, async () =>
          (await arena.readiness(service)).startsWith('503'),
        )
    },
  },
  {
    id: 'F19',
    fault: 'The broker’s answer to a Produce is lost',
    how: 'The proxy lets the request pass, drops the answer and cuts the connection; four times for each of three services.',
    mustHold: 'I3 I16: stored twice, taken in once.',
    make: async (arena) => {
      const lost = (['order', 'financing', 'payment'] as const).map((service) =>
        arena.links.link(service, 'kafka').set({ direction: 'reply', about: 'Produce', fate: 'lose', times: 4 }),
      )
      await arena.soon('every answer’s loss', arena.play().said)
      const count = lost.reduce((sum, rule) => sum + rule.count(), 0)
      arena.demand(count >= 6, `only ${count} answers were lost`)
      return `${count} answers lost`
    },
  },
  {
    id: 'F20',
    fault: 'The broker answers with errors',
    how: 'The proxy writes NOT_LEADER_OR_FOLLOWER and REQUEST_TIMED_OUT into Produce answers (the records are stored) and COORDINATOR_NOT_AVAILABLE into Heartbeat answers.',
    mustHold: 'Bounded repeats; I7.',
    make: async (arena) => {
      const errors = deskServices.flatMap((service) => {
        const link = arena.links.link(service, 'kafka')
        return [
          ...[kafkaError.NOT_LEADER_OR_FOLLOWER, kafkaError.REQUEST_TIMED_OUT].map((error) =>
            link.set({ direction: 'reply', about: 'Produce', fate: { error }, times: 2 }),
          ),
          link.set({
            direction: 'reply',
            about: 'Heartbeat',
            fate: { error: kafkaError.COORDINATOR_NOT_AVAILABLE },
            times: 2,
          }),
        ]
      })
      await arena.soon('that all was said', arena.play().said)
      await arena.sleep(2_000)
      const count = errors.reduce((sum, rule) => sum + rule.count(), 0)
      arena.demand(count >= 15, `only ${count} answers said an error`)
      return `${count} answers said an error`
    },
  },
  {
    id: 'F21',
    fault: 'Round trips to the broker of 500 ms, then of 5 s',
    how: 'Half of it each way on every link to the broker, 15 s and 25 s, under load.',
    mustHold: 'No rebalance at 500 ms; at 5 s deadlines hold and members do not leave and join for ever.',
    make: async (arena) => {
      const all = arena.links.to('kafka')
      for (const link of all) link.impair({ delayMs: 250 })
      const load = arena.load()
      await arena.sleep(15_000)
      const slow = rebalances(arena)
      arena.demand(slow === 0, `round trips of 500 ms made ${slow} rebalances`)
      for (const link of all) link.impair({ delayMs: 2_500 })
      const probes: number[] = []
      for (const end = Date.now() + 25_000; Date.now() < end; await arena.sleep(2_000)) {
        const { ms, status, why } = await arena.probe.order()
        probes.push(ms)
        arena.demand(status !== 0, `the door gave no answer: ${why}`)
        arena.demand(ms < 15_000, `the door took ${ms} ms to answer`)
      }
      const crawling = rebalances(arena) - slow
      arena.demand(crawling <= 3 * 8, `round trips of 5 s made ${crawling} rebalances in 25 s`)
      for (const link of all) link.heal()
      const trades = await load.end()
      return `${crawling} rebalances at 5 s, longest answer ${Math.max(...probes)} ms, ${trades} trades`
    },
  },
]
