/** One link through a proxy: a port that stands for another, whose faults can be switched while it is in use. */
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../generator/random.ts'
import { corrupted, hits, narrowMs, sliced, travelMs, type Direction, type Impairment } from './impairment.ts'
import { answeringError } from './kafka.ts'
import { recordRegions } from './record-bytes.ts'
import { conversation, type Protocol, type Understood } from './protocols.ts'

/**
 * What becomes of one frame. `hold`: it and all behind it wait until the rule is released. `lose`: it is gone, and the
 * connection with it. `drop`: it is gone, and nobody is told. `thrice`: three times, the further answers for nobody.
 * `error`: it goes on, saying this error of Kafka's.
 */
export type Fate = 'hold' | 'lose' | 'drop' | 'thrice' | { readonly error: number }

export interface Rule {
  readonly direction: Direction
  /** As in "Produce" or "insert journal". */
  readonly about: string
  readonly fate: Fate
  /** How many frames are hit; without end when left out. */
  readonly times?: number
  /** Only requests whose bytes hold this text, as a key or a name stands in them, or the answers to such. */
  readonly holding?: string
}

export interface SetRule {
  /** Resolves when the first frame is hit. */
  readonly struck: Promise<void>
  /** How many frames were hit so far. */
  count(): number
  /** No further frame is hit, and what was held goes on. */
  release(): void
}

export interface Link {
  readonly name: string
  readonly port: number
  /** From now on; what was set before no longer holds. */
  impair(impairment: Impairment): void
  set(rule: Rule): SetRule
  /** Cuts every connection with a RST. */
  reset(): void
  /** Whoever connects is cut off at once. */
  refuse(): void
  /**
   * Sound again. A connection that was silenced stays so, as behind a firewall that forgot it: whoever holds it has to
   * notice. One that was opened meanwhile is cut, for its far end never heard of it.
   */
  heal(): void
  connections(): number
  /** Frames that were changed on their way, ever. */
  falsified(): number
  close(): Promise<void>
}

interface LinkOptions {
  readonly name: string
  readonly target: { readonly host: string; readonly port: number }
  readonly protocol: Protocol
  readonly random: Random
}

interface Armed {
  readonly rule: Rule
  hits: number
  over: boolean
  readonly struck: PromiseWithResolvers<void>
  readonly released: PromiseWithResolvers<void>
}

const sound: Impairment = {}

/** More frames than this on their way make the sender wait, as a full wire would. */
const MANY_WAITING = 1_000

export const openLink = async ({ name, target, protocol, random }: LinkOptions): Promise<Link> => {
  let impairment = sound
  let refusing = false
  let falsified = 0
  let rules: Armed[] = []
  const pairs = new Set<readonly [Socket, Socket]>()
  const silenced = new WeakSet<Socket>()
  const openedInSilence = new Set<readonly [Socket, Socket]>()

  const fateOf = ({ about, bytes, asked = bytes }: Understood, direction: Direction): Armed | undefined => {
    const armed = rules.find(
      ({ rule, over }) =>
        !over &&
        rule.direction === direction &&
        rule.about === about &&
        (rule.holding === undefined || asked.includes(rule.holding)),
    )
    if (!armed) return undefined
    armed.hits += 1
    if (armed.hits === (armed.rule.times ?? Infinity)) armed.over = true
    armed.struck.resolve()
    return armed
  }

  const cut = (client: Socket, server: Socket): void => {
    client.resetAndDestroy()
    server.resetAndDestroy()
  }

  /** Carries one direction of one connection, frame after frame: a frame that waits makes those behind it wait. */
  const carry = (
    direction: Direction,
    from: Socket,
    to: Socket,
    understand: (frame: Buffer) => Understood | undefined,
    cutFrames: (bytes: Buffer) => Buffer[],
    again: (frame: Buffer) => Buffer | undefined,
  ): void => {
    let before: Promise<void> = Promise.resolve()
    let narrowUntil = 0
    let lastDue = 0
    let waiting = 0

    /** When a frame that enters the wire now arrives; none overtakes another. */
    const arrival = (bytes: number, wire: Impairment): number => {
      const now = Date.now()
      narrowUntil = Math.max(now, narrowUntil) + narrowMs(bytes, wire)
      lastDue = Math.max(lastDue, narrowUntil + travelMs(wire, random))
      return lastDue
    }

    const write = (piece: Buffer): Promise<void> =>
      new Promise((resolve) => (to.destroyed || !to.writable ? resolve() : to.write(piece, () => resolve())))

    const pass = async (frame: Buffer, wire: Impairment): Promise<void> => {
      const understood = understand(frame)
      if (!understood) return
      const armed = fateOf(understood, direction)
      const fate = armed?.rule.fate
      if (fate === 'lose') return cut(from, to)
      if (fate === 'drop') return
      if (fate === 'hold') await armed!.released.promise
      let { bytes } = understood
      if (typeof fate === 'object' && understood.request) bytes = answeringError(fate.error, understood.request, bytes)
      const whole = bytes
      const { request } = understood
      bytes = corrupted(whole, () => (request ? recordRegions(request, direction, whole) : []), wire, random)
      if (bytes !== whole) falsified += 1
      const copies = fate === 'thrice' ? [again(bytes), again(bytes)].filter((copy) => copy !== undefined) : []
      for (const one of [bytes, ...copies])
        for (const piece of sliced(one, wire.sliceBytes)) {
          await write(piece)
          if (wire.sliceBytes) await sleep(1) // else the system joins the pieces again
        }
    }

    const later = async (frame: Buffer, wire: Impairment, due: number): Promise<void> => {
      const ms = due - Date.now()
      if (ms > 0) await sleep(ms)
      if (!silenced.has(from)) await pass(frame, wire)
      waiting -= 1
      if (waiting === 0 && from.isPaused()) from.resume()
    }

    from.on('data', (chunk: Buffer) => {
      const wire = hits(impairment, direction) ? impairment : sound
      if (wire.silent) silenced.add(from)
      if (silenced.has(from)) return
      for (const frame of cutFrames(chunk)) {
        waiting += 1
        const due = arrival(frame.length, wire)
        before = before.then(() => later(frame, wire, due)).catch(() => cut(from, to))
      }
      if (waiting > MANY_WAITING) from.pause()
    })
    from.on('end', () => {
      if (!silenced.has(from)) void before.finally(() => to.end())
    })
  }

  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    client.on('error', () => {})
    if (refusing) return void client.resetAndDestroy()
    const upstream = connect({ ...target, allowHalfOpen: true, noDelay: true })
    const pair = [client, upstream] as const
    pairs.add(pair)
    if (impairment.silent) openedInSilence.add(pair)
    const talk = conversation(protocol, port)
    carry('request', client, upstream, talk.request, talk.cutRequests, talk.again)
    carry('reply', upstream, client, talk.reply, talk.cutReplies, () => undefined)
    // Of a silenced pair nobody hears that the other end has gone.
    const gone = (one: Socket, other: Socket, abruptly: boolean): void => {
      pairs.delete(pair)
      openedInSilence.delete(pair)
      if (silenced.has(one) || silenced.has(other)) return
      if (abruptly) other.resetAndDestroy()
      else other.destroySoon()
    }
    upstream.on('error', () => {})
    client.on('close', (abruptly) => gone(client, upstream, abruptly))
    upstream.on('close', (abruptly) => gone(upstream, client, abruptly))
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
  })

  const endRules = (): void => {
    for (const armed of rules) {
      armed.over = true
      armed.released.resolve()
    }
    rules = []
  }

  return {
    name,
    port,
    impair: (next) => {
      impairment = next
      if (next.silent)
        for (const [client, upstream] of pairs) {
          if (hits(next, 'request')) silenced.add(client)
          if (hits(next, 'reply')) silenced.add(upstream)
        }
    },
    set: (rule) => {
      const armed: Armed = {
        rule,
        hits: 0,
        over: false,
        struck: Promise.withResolvers(),
        released: Promise.withResolvers(),
      }
      rules.push(armed)
      return {
        struck: armed.struck.promise,
        count: () => armed.hits,
        release: () => {
          armed.over = true
          armed.released.resolve()
        },
      }
    },
    reset: () => {
      for (const [client, upstream] of pairs) cut(client, upstream)
    },
    refuse: () => {
      refusing = true
    },
    heal: () => {
      impairment = sound
      refusing = false
      endRules()
      for (const [client, upstream] of openedInSilence) cut(client, upstream)
      openedInSilence.clear()
    },
    connections: () => pairs.size,
    falsified: () => falsified,
    close: async () => {
      endRules()
      for (const [client, upstream] of pairs) cut(client, upstream)
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
