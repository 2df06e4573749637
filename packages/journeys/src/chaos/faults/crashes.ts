/** F01-F13: processes that die, at exact points of their work and at random ones. */
import { supervise } from '../supervisor.ts'
import { parts, services, type Part } from '../world.ts'
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
    how: 'Needs, in the product: subscriptions of a tenant (URL, two live secrets, kinds of facts) with doors and a view; one connector per subscription that posts each of its tenant’s facts signed as Standard Webhooks say, its webhook-id the fact’s own id, and saves its position only after a 2xx; repeats over days, a list of what was given up, an end at 410; an agent that calls no private address. Needs, here: a receiver whose answer is held after it took the POST in, as F08 holds the store’s, a kill of the sender, and the count of what the receiver heard.',
    mustHold:
      'I15: each fact that was subscribed to is heard at least once or on the list, under the same webhook-id every time.',
    standing: 'not built',
    why: 'the product has no webhooks',
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
    how: 'SIGKILL to all nine processes in the same moment; each start a little after the one before.',
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
    how: 'Rolling restart of all seven, each awaited; there is one process of each, so its calls wait for the next.',
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
        if (service !== 'sandbox-bank' && service !== 'gateway')
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
