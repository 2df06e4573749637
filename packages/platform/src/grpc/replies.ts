/** The `Replies` port: outcomes in batches to the doors that wait for them, in process where the door is our own. */
import * as grpc from '@grpc/grpc-js'
import { doorWire } from '@triflow/contracts'
import type { Outcome, Replies, Witness } from '@triflow/desk'
import { ask, channelOptions, keptClient, type KeptClient } from './calls.ts'

const DELIVER_MS = 2_000
/** A door that does not answer is not worth more memory than this; it looks the rest up itself. */
const WAITING_MOST = 10_000
const BATCH_MOST = 1_000
/** Doors come and go with instances; links to those that are gone are not kept. */
const IDLE_MS = 60_000

interface Destination {
  readonly link: KeptClient<doorWire.RepliesClient>
  waiting: Outcome[]
  busy: boolean
  usedAt: number
}

export interface GrpcReplies extends Replies {
  close(): void
}

export const grpcReplies = (options: {
  /** Our own address; a command that came through our own door goes back without a wire. */
  readonly own: () => string
  readonly settle: (outcomes: readonly Outcome[]) => void
  readonly witness: Witness
}): GrpcReplies => {
  const { own, settle, witness } = options
  const destinations = new Map<string, Destination>()

  const destination = (address: string): Destination => {
    let known = destinations.get(address)
    if (!known) {
      const link = keptClient(
        (own) => new doorWire.RepliesClient(address, grpc.credentials.createInsecure(), { ...channelOptions, ...own }),
      )
      destinations.set(address, (known = { link, waiting: [], busy: false, usedAt: Date.now() }))
    }
    return known
  }

  const flush = async (address: string, to: Destination): Promise<void> => {
    if (to.busy) return
    to.busy = true
    while (to.waiting.length > 0) {
      const batch = to.waiting.splice(0, BATCH_MOST)
      to.usedAt = Date.now()
      try {
        const client = to.link.current()
        await ask(client, client.deliver, { deliveries: batch.map(deliveryOf) }, DELIVER_MS)
        witness.count('replies_total', batch.length, { result: 'delivered' })
      } catch (error) {
        witness.count('replies_total', batch.length, { result: 'lost' })
        witness.say('debug', 'replies lost', { address, count: batch.length, error: (error as Error).message })
      }
    }
    to.busy = false
  }

  const sweep = setInterval(() => {
    for (const [address, to] of destinations) {
      if (to.busy || Date.now() - to.usedAt < IDLE_MS) continue
      destinations.delete(address)
      to.link.close()
    }
  }, IDLE_MS)
  sweep.unref()

  return {
    deliver: (address, outcomes) => {
      if (outcomes.length === 0) return
      if (address === own()) return settle(outcomes)
      // The address comes from a command's header, which anyone with the log could write.
      if (!/^[^\s:/]+:[0-9]{1,5}$/.test(address)) return
      const to = destination(address)
      const room = Math.max(0, WAITING_MOST - to.waiting.length)
      for (const outcome of outcomes.slice(0, room)) to.waiting.push(outcome)
      if (room < outcomes.length) witness.count('replies_total', outcomes.length - room, { result: 'lost' })
      // What several desks say in this turn goes together.
      setImmediate(() => void flush(address, to))
    },
    close: () => {
      clearInterval(sweep)
      for (const { link } of destinations.values()) link.close()
      destinations.clear()
    },
  }
}

const deliveryOf = ({ commandId, status, code, detail, position, facts }: Outcome): doorWire.Delivery => ({
  commandId,
  status,
  code,
  detail,
  position,
  facts: [...facts],
})

/** The other end: outcomes out of a delivery. */
export const outcomesOf = ({ deliveries }: doorWire.DeliverRequest): Outcome[] =>
  deliveries.map(({ status, ...delivery }) => ({
    ...delivery,
    status: status === 'accepted' ? 'accepted' : 'rejected',
  }))
