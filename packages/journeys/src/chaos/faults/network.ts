/** F36-F38: a network that falls silent, lies in a byte, or keeps the bank's answer. */
import { factsTopic, header } from '@triflow/contracts'
import { headerText } from '@triflow/desk'
import type { Arena, Fault } from './fault.ts'
import { recordsOn } from './platform-data.ts'

/** How often an account desk has said so. */
const unknownPayouts = async ({ world }: Arena): Promise<number> => {
  const facts = await recordsOn(world, [factsTopic('payment.account')])
  const told = facts.filter((fact) => headerText(fact, header.type).endsWith('.DisbursementUnknown'))
  return new Set(told.map((fact) => headerText(fact, header.id))).size
}

export const network: readonly Fault[] = [
  {
    id: 'F36',
    fault: 'Silent partition, without RST or FIN',
    how: 'Bytes are swallowed for 20 s on gateway→order, financing→kafka, payment→mongo and order→mongo; afterwards new connections work, those opened meanwhile are cut, and the old stay dead.',
    mustHold: 'Dead connections are noticed within 30 s; I17 after healing.',
    make: async (arena) => {
      const silent = [
        arena.links.link('gateway', 'order'),
        arena.links.link('financing', 'kafka'),
        arena.links.link('payment', 'mongo'),
        arena.links.link('order', 'mongo'),
      ]
      arena.play()
      await arena.sleep(500)
      for (const link of silent) link.impair({ silent: true })
      await arena.sleep(20_000)
    },
  },
  {
    id: 'F37',
    fault: 'Corrupt bytes on the wire',
    how: 'In 5 % of Kafka’s Produce requests and Fetch answers one bit of a record (key, value, headers and their lengths) is flipped, until all was said. Other bytes of the protocol and other links are judged under TLS, which a local world does not have.',
    mustHold: 'Each record’s own checksum is looked at before it is believed: never a wrong amount, I1.',
    make: async (arena) => {
      const all = arena.links.to('kafka')
      const before = all.reduce((sum, link) => sum + link.falsified(), 0)
      for (const link of all) link.impair({ corruptPerMille: 50, corruptRecordsOnly: true })
      await arena.soon('that all was said', arena.play().said, 90_000)
      await arena.sleep(5_000)
      const count = all.reduce((sum, link) => sum + link.falsified(), 0) - before
      arena.demand(count > 0, 'no byte was changed')
      return `${count} frames falsified`
    },
  },
  {
    id: 'F38',
    fault: 'The bank hangs, is away, and answers after the deadline',
    how: 'SIGSTOP of the bank for 5 s; then 3 s more for each of its answers (the deadline is 2 s); then SIGKILL for 3 s.',
    mustHold: 'I5: unknown is a state; a late answer is reconciled.',
    make: async (arena) => {
      const link = arena.links.link('payment', 'sandbox-bank')
      const before = await unknownPayouts(arena)
      const waiting = arena.play(2)
      await arena.sleep(300)
      arena.world.signal('sandbox-bank', 'SIGSTOP')
      await arena.sleep(5_000)
      arena.world.signal('sandbox-bank', 'SIGCONT')
      await arena.soon('the first story', waiting.said)
      link.impair({ delayMs: 3_000, directions: ['reply'] })
      await arena.soon('the second story', arena.play(2).said)
      await arena.sleep(8_000)
      link.heal()
      arena.play(2)
      await arena.sleep(300)
      await arena.killFor(['sandbox-bank'], 3_000)
      await arena.sleep(3_000)
      const unknown = (await unknownPayouts(arena)) - before
      arena.demand(unknown > 0, 'no payout was ever unknown, so the bank was not away')
      return `${unknown} times a payout was unknown`
    },
  },
]
