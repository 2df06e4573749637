/** F14-F15: a process that stands still, and wakes up. */
import { desksOf, readJournals, seizedPens, writtenInExile } from '../ownership.ts'
import type { Fault } from './fault.ts'
import { desksIn } from './platform-data.ts'

const kinds = ['financing.trade', 'financing.obligor'] as const

export const signals: readonly Fault[] = [
  {
    id: 'F14',
    fault: 'SIGSTOP for 3 s, below the session timeout',
    how: 'SIGSTOP and SIGCONT to the financing service while trades flow.',
    mustHold: 'No rebalance; only later.',
    make: async (arena) => {
      arena.play()
      await arena.sleep(500)
      arena.world.signal('financing', 'SIGSTOP')
      await arena.sleep(3_000)
      arena.world.signal('financing', 'SIGCONT')
      await arena.sleep(2_000)
      const joined = arena.logged('financing').filter(({ event }) => event === 'joined group')
      arena.demand(joined.length === 0, `a pause of 3 s made ${joined.length} rebalances`)
    },
  },
  {
    id: 'F15',
    fault: 'Zombie: SIGSTOP past the session timeout, then SIGCONT',
    how: 'A second financing process shares the desks; it stands still for 9 s (the session is 6 s) under load and wakes.',
    mustHold: 'I3 I5: what it writes is fenced by the entry’s _id; it writes nothing until it is given desks again.',
    make: async (arena) => {
      const url = arena.world.env.TRIFLOW_MONGO_URL!
      const desks = desksIn(arena.world)
      const journals = () => readJournals(url, kinds, desks)
      const second = arena.second({ service: 'financing' })
      await arena.until(
        'that the second process has half of the desks',
        async () => desksOf(await journals(), second.owner).length === (desks * kinds.length) / 2,
      )
      const load = arena.load()
      await arena.sleep(2_000)
      const lost = desksOf(await journals(), second.owner)
      second.child.kill('SIGSTOP')
      await arena.sleep(9_000)
      await arena.until(
        'that the first has all desks',
        async () => desksOf(await journals(), second.owner).length === 0,
        20_000,
      )
      const wokeAt = Date.now()
      second.child.kill('SIGCONT')
      const givenAgain = (desk: string) =>
        second.joinedAfter(`triflow.${kinds.find((kind) => desk.startsWith(kind))}`, wokeAt)
      await arena.until('that it is a member again', () => kinds.every((kind) => givenAgain(kind) < Infinity))
      const trades = await load.end()
      const after = await journals()
      const exile = writtenInExile(after, { owner: second.owner, lost, wokeAt, givenAgain })
      arena.demand(exile.length === 0, `it wrote on desks that it had lost: ${exile.join(', ')}`)
      const seized = seizedPens(after)
      arena.demand(seized.length === 0, `a pen changed hands by more than an empty entry: ${seized.join(', ')}`)
      return `${lost.length} desks lost and given back, ${trades} trades meanwhile`
    },
  },
]
