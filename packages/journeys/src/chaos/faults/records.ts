/** F22-F30: records that come thrice, late, twisted, poisoned or too large, and a log that changes its shape. */
import { randomUUID } from 'node:crypto'
import { commandsTopic, header, topics } from '@triflow/contracts'
import { sealRecord } from '@triflow/desk'
import { growTopic, writeForeign } from '../../../../platform/src/kafka/foreign-records.ts'
import { badRecordsFor } from '../bad-records.ts'
import { services } from '../world.ts'
import type { Arena, Fault } from './fault.ts'
import {
  brokersOf,
  desksIn,
  differingViews,
  dropViews,
  forgetPositions,
  instructionCount,
  recordsOn,
  viewsOf,
} from './platform-data.ts'
import { underWay, unpaid } from './story.ts'

/** Facts and commands of one order desk, and decisions that lead to payouts: what may never count twice. */
const repeatable = ['triflow.order.order', 'triflow.financing.obligor.by-pair', commandsTopic('order.order')]

/** Nobody waits longer behind what cannot be taken: of the brief, and of the machine as busy as it is. */
const PROMPTLY_MS = 1_000
const BUSY_FACTOR = 4

/** Writes what cannot be taken, and asks for an order before and at once after it. */
const answersPromptly = async (arena: Arena, what: string, write: () => Promise<unknown>): Promise<string> => {
  const before = await arena.probe.order()
  await write()
  const { status, ms, why } = await arena.probe.order()
  arena.demand(status === 201, `an order was answered ${status} ${why} after ${what}`)
  arena.demand(ms <= PROMPTLY_MS + BUSY_FACTOR * before.ms, `an order took ${ms} ms after ${what}, ${before.ms} before`)
  return `an order took ${before.ms} ms before and ${ms} ms after`
}

const restedViews = async (arena: Arena): Promise<Map<string, string>> => {
  let last = await viewsOf(arena.world)
  await arena.until(
    'that no view changes any more',
    async () => {
      await arena.sleep(700)
      const now = await viewsOf(arena.world)
      const same = differingViews(last, now).length === 0
      last = now
      return same
    },
    30_000,
  )
  return last
}

/**
 * What hearing everything again may add. The bank, and a webhook's server, asked again, may say what they did not say then:
 * a report of its own, which changes nothing. And a webhook is told of what happened shortly before it was registered, for
 * clocks may differ: one that is switched off has it on its list.
 */
const isIdle = (name: string, before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): boolean => {
  const { status, facts, detail } = JSON.parse(after.get(name) ?? '{}') as Record<string, unknown>
  if (before.has(name)) return false
  if (/^view\.(payment|webhook)\.outcomes-/.test(name))
    return status === 'accepted' && Array.isArray(facts) && facts.every((fact) => fact === 'DeliveryAbandoned')
  return /^view\.webhook\.deliveries /.test(name) && status === 'abandoned' && detail === 'disabled'
}

export const records: readonly Fault[] = [
  {
    id: 'F22',
    fault: 'Every message three times',
    how: 'The proxy says every Produce request of every service three times to the broker, and its client hears one answer.',
    mustHold: 'I3 I16.',
    make: async (arena) => {
      const tripled = arena.links
        .to('kafka')
        .map((link) => link.set({ direction: 'request', about: 'Produce', fate: 'thrice' }))
      await arena.soon('that all was said', arena.play().said)
      await arena.sleep(1_500)
      return `${tripled.reduce((sum, rule) => sum + rule.count(), 0)} Produce requests tripled`
    },
  },
  {
    id: 'F23',
    fault: 'Reordering across topics: goods before the order, invoice before the goods, the bank last',
    how: 'The link of one service to the broker is 1.5 s slow, of order, logistics and payment in turn.',
    mustHold: 'I10 I11: parked, then matched; the same end in each case.',
    make: async (arena) => {
      for (const late of ['order', 'logistics', 'payment'] as const) {
        const link = arena.links.link(late, 'kafka')
        link.impair({ delayMs: 1_500, directions: ['request'] })
        await arena.soon(`the story with ${late} late`, arena.play(2).said, 60_000)
        link.heal()
      }
    },
  },
  {
    id: 'F24',
    fault: 'Reordering inside a key: old records after new ones',
    how: 'Every fact of the order and obligor desks and every order command is written once more behind all newer ones.',
    mustHold: 'Older versions are ignored and counted; commands get their first outcome.',
    make: async (arena) => {
      await arena.soon('that all was said', arena.play().said)
      await arena.sleep(1_000)
      const old = await recordsOn(arena.world, repeatable)
      await writeForeign(brokersOf(arena.world), old.slice(-1_000))
      return `${Math.min(1_000, old.length)} old records written again`
    },
  },
  {
    id: 'F25',
    fault: 'Replay from offset 0 into the live store',
    how: 'All readers’ positions (views, connectors) are deleted; desks keep theirs in the journal, and group offsets mean nothing.',
    mustHold: 'No new effects; I3 I5; I15: no webhook is sent again.',
    make: async (arena) => {
      await arena.soon('that all was said', arena.play().said)
      const views = await restedViews(arena)
      const paid = await instructionCount(arena.world)
      let forgotten = 0
      await arena.world.restart(services, async () => {
        forgotten = await forgetPositions(arena.world)
      })
      const after = await restedViews(arena)
      const differing = differingViews(views, after).filter((name) => !isIdle(name, views, after))
      arena.demand(differing.length === 0, `views say something else: ${differing.slice(0, 5).join(', ')}`)
      const now = await instructionCount(arena.world)
      arena.demand(now === paid, `the bank has ${now} instructions and had ${paid}`)
      return `${forgotten} readers began again, ${paid} payouts were sent again under their ids`
    },
  },
  {
    id: 'F26',
    fault: 'Rebuild of all views into an empty store',
    how: 'Every view’s documents and every reader’s position are deleted while the services are down.',
    mustHold: 'I13: every view says what it said.',
    make: async (arena) => {
      await arena.soon('that all was said', arena.play().said)
      const views = await restedViews(arena)
      let dropped = 0
      await arena.world.restart(services, async () => {
        dropped = await dropViews(arena.world)
        await forgetPositions(arena.world)
      })
      await arena.until('the last view', async () => (await viewsOf(arena.world)).size >= views.size, 60_000)
      const after = await restedViews(arena)
      const differing = differingViews(views, after).filter((name) => !isIdle(name, views, after))
      arena.demand(differing.length === 0, `views say something else: ${differing.slice(0, 5).join(', ')}`)
      return `${dropped} views of ${views.size} documents`
    },
  },
  {
    id: 'F27',
    fault: 'Poison: no value, random bytes, another format, unknown types, no key',
    how: 'Every kind of record that must not be believed is written to one partition of every topic.',
    mustHold:
      'Others go on within a second; each is a dead letter with its reason (bad-input.journey.test.ts counts them); I16.',
    make: async (arena) => {
      const bad = topics.flatMap((topic) => badRecordsFor(topic, 0, undefined))
      const told = await answersPromptly(arena, 'poison', () => writeForeign(brokersOf(arena.world), bad))
      await arena.soon('that all was said', arena.play().said)
      return `${bad.length} poisonous records; ${told}`
    },
  },
  {
    id: 'F28',
    fault: 'Oversized: 2 MB at the door and on the log',
    how: 'An order of 2 MB is posted, and a sealed command and a fact of 2 MB are written by a stranger.',
    mustHold: '413; the loop is not blocked.',
    make: async (arena) => {
      const body = JSON.stringify({ description: 'x'.repeat(2_000_000) })
      const { status, ms } = await arena.probe.ask({ path: '/v1/orders', method: 'POST', body })
      arena.demand(status === 413, `2 MB were answered ${status} after ${ms} ms`)
      const text = (said: string) => Buffer.from(said, 'utf8')
      // A message whose first field is a text of 2,000,000 bytes; no topic takes much more.
      const huge = Buffer.concat([Buffer.from([0x0a, 0x80, 0x89, 0x7a]), Buffer.alloc(2_000_000, 'x')])
      const sealed = (topic: string, headers: Record<string, string>) =>
        sealRecord({
          topic,
          partition: 0,
          key: text(`nobody/${randomUUID()}`),
          value: huge,
          headers: Object.fromEntries(Object.entries(headers).map(([name, said]) => [name, text(said)])),
        })
      const oversized = [
        sealed(commandsTopic('order.order'), {
          [header.id]: randomUUID(),
          [header.type]: 'triflow.order.v1.SubmitOrder',
          [header.actor]: 'nobody',
        }),
        sealed('triflow.order.order', {
          [header.id]: `nobody.desk-00#${Date.now()}`,
          [header.type]: 'triflow.order.v1.OrderSubmitted',
          [header.position]: `nobody.desk-00@1/0#1<0`,
        }),
      ]
      const told = await answersPromptly(arena, 'records of 2 MB', () =>
        writeForeign(brokersOf(arena.world), oversized),
      )
      await arena.soon('that all was said', arena.play().said)
      return told
    },
  },
  {
    id: 'F29',
    fault: 'Rebalance storm: a member joins and leaves every 5 s',
    how: 'A second financing process is started and ended, by SIGKILL and SIGTERM in turn, six times under load.',
    mustHold: 'I3 I10: whoever lost a desk stops before it writes.',
    make: async (arena) => {
      const load = arena.load()
      for (let round = 0; round < 6; round++) {
        const began = Date.now()
        const second = arena.second({ service: 'financing' })
        // On a busy machine it takes longer to come than it was meant to stay.
        await arena.until('that it joins', () => second.joinedAfter('triflow.financing.obligor', 0) < Infinity, 40_000)
        await arena.sleep(Math.max(1_000, 5_000 - (Date.now() - began)))
        second.child.kill(round % 2 === 0 ? 'SIGKILL' : 'SIGTERM')
      }
      const trades = await load.end()
      const joined = arena.logged('financing').filter(({ event }) => event === 'joined group').length
      arena.demand(joined >= 6, `only ${joined} rebalances`)
      return `${joined} rebalances, ${trades} trades meanwhile`
    },
  },
  {
    id: 'F30',
    fault: 'Somebody grows a topic’s partitions while all is running',
    how: 'Twice as many partitions for the order desks’ commands, in the same world; comes last, for a topic cannot shrink.',
    mustHold: 'Noticed and refused with an alarm; nothing is mis-routed; I10.',
    endsTheWorld: true,
    make: async (arena) => {
      const topic = commandsTopic('order.order')
      const before = desksIn(arena.world)
      await growTopic(brokersOf(arena.world), topic, before * 2)
      const { trades, said } = arena.play()
      await arena.soon('that all was said', said, 60_000)
      const noticed = (): boolean => arena.logged('order').some(({ event }) => event === 'a topic was changed')
      await arena.until('an alarm', noticed)
      await arena.until('rest', async () => (await underWay(arena.stage, trades)).length === 0)
      const lost = await unpaid(arena.stage, trades)
      arena.demand(lost.length === 0, lost.join('; '))
      const strays = (await recordsOn(arena.world, [topic])).filter(({ partition }) => partition >= before)
      arena.demand(strays.length === 0, `${strays.length} commands were written where no desk reads`)
      await arena.world.kill(['order'])
      await arena.world.start('order')
      await arena.until('that the next start is refused', () => !arena.world.lives('order'), 20_000)
      return 'told while running, nothing astray, and refused at the next start'
    },
  },
]
