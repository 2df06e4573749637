/** An engine that is away for a minute while impatient clients ask: what the doors must answer meanwhile. */
import type { EngineName } from '../../../../../launcher/processes.js'
import type { Arena } from './fault.ts'

const DOWN_MS = 60_000
/** The door waits 5 s for an outcome and the gateway a second more for the door; a client waits no longer than this. */
const ANSWER_WITHIN_MS = 15_000

/** `reads`: whether the views can still be read. */
export const outage = async (
  arena: Arena,
  engine: EngineName,
  { reads }: { readonly reads: boolean },
): Promise<string> => {
  const { people } = arena.stage
  const known = `/v1/programmes/${arena.stage.programmeId}/position`
  arena.play()
  await arena.sleep(400)
  await arena.world.kill([engine])
  const began = Date.now()
  let answers = 0
  let refused = 0
  let longestMs = 0
  while (Date.now() - began < DOWN_MS) {
    const { status, ms, retryAfter, why } = await arena.probe.order()
    answers += 1
    longestMs = Math.max(longestMs, ms)
    arena.demand(ms <= ANSWER_WITHIN_MS, `an order was answered after ${ms} ms (${status} ${why})`)
    arena.demand(status === 503 || status === 202, `an order was answered ${status} ${why} while ${engine} was down`)
    if (status === 503) {
      refused += 1
      arena.demand(retryAfter !== undefined, 'a 503 came without Retry-After')
    }
    if (reads) {
      const read = await arena.probe.ask({ path: known, as: people.bank.partyId })
      arena.demand(read.status === 200, `a read was answered ${read.status} ${read.why} while ${engine} was down`)
    }
    await arena.sleep(1_000)
  }
  arena.demand(refused > 0, 'no order was refused, so nothing was down')
  await arena.world.start(engine)
  return `${answers} orders asked for, ${refused} answered 503, longest answer ${longestMs} ms`
}
