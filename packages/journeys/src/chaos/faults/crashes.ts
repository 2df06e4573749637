/** F01-F13: processes that die, at exact points of their work and at random ones. */
import { invoiceId, orderId } from '@triflow/kernel'
import { deliveriesOf, registerWebhook, switchWebhookOff, webhookSecret } from '../../actors/webhooks.ts'
import { openReceiver, type Told, type WebhookReceiver } from '../../webhook-receiver.ts'
import { supervise } from '../supervisor.ts'
import { deskServices, parts, services, type Part } from '../world.ts'
import type { Arena, Fault } from './fault.ts'
import type { Rule } from '../proxy/link.ts'
import type { Side } from '../proxy/links.ts'
import type { ServiceName } from '../../../../../launcher/processes.js'

/**
 * A point between two steps of a process is a message that has passed and one that has not: the proxy holds that message
 * back, and the process is killed while it waits. No code of the product knows of it.
 */
const killAt = async (
  arena: Arena,
  victim: ServiceName,
  [from, to]: readonly [Side, ServiceName | 'kafka' | 'mongo'],
  rule: Omit<Rule, 'fate' | 'times'>,
): Promise<void> => {
  const held = arena.links.link(from, to).set({ ...rule, fate: 'hold', times: 1 })
  arena.play()
  await arena.soon(`${rule.direction} ${rule.about}${rule.holding ? ` of ${rule.holding}` : ''}`, held.struck)
  await arena.killFor([victim], 500)
}

/** What happens once to every honest trade, and what names it. */
const onceATrade = {
  OrderSubmitted: 'orderId',
  OrderAccepted: 'orderId',
  InvoiceIssued: 'invoiceId',
  ClaimFinanced: 'invoiceId',
  AdvanceDisbursed: 'invoiceId',
} as const

const toldThrough = async (arena: Arena, receiver: WebhookReceiver): Promise<string> => {
  const { people, players } = arena.stage
  const buyer = players.of(people.manufacturer.partyId)
  const name = `erp-${new URL(receiver.url).port}`
  const wanted = { name, url: receiver.url, kinds: Object.keys(onceATrade) }
  const { position } = await registerWebhook(buyer, wanted)
  receiver.trust(await webhookSecret(buyer, name, position))
  // Whom to tell of what is looked up once a second.
  await arena.sleep(2_000)
  const held = receiver.holdNext()
  const story = arena.play()
  const first = await arena.soon('a webhook', held)
  await arena.killFor(['webhook'], 500)
  await story.said
  const owed = story.trades.flatMap(({ order, invoice }) => {
    const ids = {
      orderId: orderId(order.buyerId, order.number),
      invoiceId: invoiceId(invoice.supplierId, invoice.number, invoice.issuedOn),
    }
    return Object.entries(onceATrade).map(([kind, named]) => `${kind} ${ids[named]}`)
  })
  const saysOf = ({ type, data }: Told): string => `${type} ${data[onceATrade[type as keyof typeof onceATrade]]}`
  await arena.until('every event at the receiver', () => {
    const heard = new Set(receiver.told.map(saysOf))
    return owed.every((one) => heard.has(one))
  })
  await arena.until('every delivery at its end', async () =>
    (await deliveriesOf(buyer, name)).every(({ status }) => status === 'delivered'),
  )
  // Its receiver goes with this fault, and would be tried in vain through all that follow.
  await switchWebhookOff(buyer, wanted)
  const byId = Map.groupBy(receiver.told, ({ id }) => id)
  const times = byId.get(first.id)!.length
  arena.demand(times > 1, `${first.id} was not sent again, though its answer was never heard`)
  arena.demand(byId.size === owed.length, `${owed.length} events were told under ${byId.size} ids`)
  for (const [id, same] of byId)
    arena.demand(new Set(same.map(({ body }) => body)).size === 1, `${id} was told in different words`)
  for (const { id, isSigned } of receiver.told) arena.demand(isSigned, `${id} was not signed well`)
  return `${owed.length} events in ${receiver.told.length} webhooks, the first ${times} times`
}

export const crashes: readonly Fault[] = [
  {
    id: 'F01',
    fault: 'SIGKILL of the order service after its commit, before the answer',
    how: 'The store’s reply to the journal insert is held in the proxy, and the process killed: written, and nobody told.',
    mustHold: 'I7 I9: the client’s repeat under the same key gives the same order.',
    make: (arena) =>
      killAt(arena, 'order', ['order', 'mongo'], {
        direction: 'reply',
        about: 'insert journal',
        holding: 'OrderSubmitted',
      }),
  },
  {
    id: 'F02',
    fault: 'SIGKILL between commit and publish',
    how: 'The Produce request that follows the insert is held before it reaches the broker, and the process killed.',
    mustHold: 'I7: the facts are published after the restart.',
    make: (arena) =>
      killAt(arena, 'order', ['order', 'kafka'], {
        direction: 'request',
        about: 'Produce',
        holding: 'OrderSubmitted',
      }),
  },
  {
    id: 'F03',
    fault: 'SIGKILL after publish, before it is known as published',
    how: 'The broker’s reply to the Produce is held, and the process killed: stored, and the desk will publish it again.',
    mustHold: 'I3 I16: readers drop the repeats.',
    make: (arena) =>
      killAt(arena, 'order', ['order', 'kafka'], { direction: 'reply', about: 'Produce', holding: 'OrderSubmitted' }),
  },
  {
    id: 'F04',
    fault: 'SIGKILL of the matcher after its effect, before it knows of it',
    how: 'The store’s reply to the trade desk’s entry is held, and the process killed. Position and effect are one entry.',
    mustHold: 'I3 I10: what was taken in is not taken in again.',
    make: (arena) =>
      killAt(arena, 'financing', ['financing', 'mongo'], {
        direction: 'reply',
        about: 'insert journal',
        holding: 'ShareMatched',
      }),
  },
  {
    id: 'F05',
    fault: 'SIGKILL of financing around reservation and decision',
    how: 'Reservation and decision are one entry: it is held before the store has it, and the process killed.',
    mustHold: 'I6 I18: nothing is reserved, and it is decided again.',
    make: (arena) =>
      killAt(arena, 'financing', ['financing', 'mongo'], {
        direction: 'request',
        about: 'insert journal',
        holding: 'ClaimFinanced',
      }),
  },
  {
    id: 'F06',
    fault: 'SIGKILL of payment after the decision, before the call to the bank',
    how: 'The gRPC request to the bank is held, and the payment service killed.',
    mustHold: 'I5: paid once after the restart.',
    make: (arena) => killAt(arena, 'payment', ['payment', 'sandbox-bank'], { direction: 'request', about: 'DATA' }),
  },
  {
    id: 'F07',
    fault: 'SIGKILL of the bank after it paid, before its answer',
    how: 'The store’s reply to the bank’s own instruction is held, and the bank killed: paid, and nobody told.',
    mustHold: 'I1 I5: unknown, then reconciled; one payment.',
    make: (arena) =>
      killAt(arena, 'sandbox-bank', ['sandbox-bank', 'mongo'], {
        direction: 'reply',
        about: 'insert sandboxBankInstructions',
      }),
  },
  {
    id: 'F08',
    fault: 'SIGKILL of a view’s reader in the middle of a batch',
    how: 'The store’s reply to a write of the claims view is held, and the process killed; the read position is not saved.',
    mustHold: 'I13: the view is what its facts say (F26 compares all views with a rebuild).',
    make: (arena) =>
      killAt(arena, 'financing', ['financing', 'mongo'], { direction: 'reply', about: 'insert view.financing.claims' }),
  },
  {
    id: 'F09',
    fault: 'SIGKILL of the webhook sender after POST, before its mark',
    how: 'The receiver takes the first webhook in and does not answer; the webhook service is killed while it waits.',
    mustHold:
      'I15: each event that was subscribed to is heard, signed, and under the same webhook-id in the same words every time.',
    make: async (arena) => {
      const receiver = await openReceiver()
      try {
        return await toldThrough(arena, receiver)
      } finally {
        await receiver.close()
      }
    },
  },
  {
    id: 'F10',
    fault: 'kill -9 again and again, anybody, under load',
    how: 'Fifteen kills of one service, an engine or everything, half a second to two seconds apart; the seeds mode is the long form.',
    mustHold: 'All.',
    make: async (arena) => {
      const load = arena.load()
      const supervision = supervise({
        world: arena.world,
        random: arena.random,
        gapMs: { least: 500, most: 2_000 },
        killsMost: 15,
        onEvent: () => {},
      })
      const done = arena.until('fifteen kills', () => supervision.events.length >= 15, 150_000)
      await Promise.race([done, supervision.failed]).finally(() => supervision.stop())
      const trades = await load.end()
      return `${supervision.events.length} kills, ${supervision.restarts()} restarts, ${trades} trades meanwhile`
    },
  },
  {
    id: 'F11',
    fault: 'Everything killed at once, restarted in random order',
    how: 'SIGKILL to all ten processes in the same moment; each start a little after the one before.',
    mustHold: 'All; the start order does not matter.',
    make: async (arena) => {
      arena.play()
      await arena.sleep(700)
      await arena.world.kill(parts)
      const order = arena.random.shuffled(parts)
      const starts: Promise<void>[] = []
      for (const part of order) {
        starts.push(arena.world.start(part))
        await arena.sleep(arena.random.below(500))
      }
      await Promise.all(starts)
      return `in the order ${order.join(' ')}`
    },
  },
  {
    id: 'F12',
    fault: 'SIGTERM to one service after the other, under load',
    how: 'Rolling restart of all eight, each awaited; there is one process of each, so its calls wait for the next.',
    mustHold: 'Every process ends in order within 10 s; no client call fails for good; I18.',
    make: async (arena) => {
      const load = arena.load()
      let longestMs = 0
      for (const service of services) {
        await arena.sleep(500)
        const began = Date.now()
        const outcome = await arena.world.stop(service, 10_000)
        longestMs = Math.max(longestMs, Date.now() - began)
        arena.demand(outcome === 'stopped', `${service} did not end within 10 s of SIGTERM`)
        const last = arena.logged(service).at(-1)
        if (deskServices.includes(service))
          arena.demand(last?.['event'] === 'stopped', `${service} did not end in order: ${JSON.stringify(last)}`)
        await arena.world.start(service)
        await arena.world.allReady()
      }
      const trades = await load.end()
      return `longest end ${(longestMs / 1000).toFixed(1)} s, ${trades} trades meanwhile`
    },
  },
  {
    id: 'F13',
    fault: 'SIGTERM, and SIGKILL one second later',
    how: 'To order, financing and payment, while their links to the store are slow, so that they cannot end in time.',
    mustHold: 'I7 I18.',
    make: async (arena) => {
      const victims: readonly ServiceName[] = ['order', 'financing', 'payment']
      arena.play()
      await arena.sleep(400)
      for (const victim of victims) arena.links.link(victim, 'mongo').impair({ delayMs: 1_500 })
      const outcomes = await Promise.all(victims.map((victim) => arena.world.stop(victim as Part, 1_000)))
      arena.demand(outcomes.includes('killed'), 'every service ended within a second, so none was killed')
      return `${outcomes.filter((outcome) => outcome === 'killed').length} of ${outcomes.length} were killed`
    },
  },
]
