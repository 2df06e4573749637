/**
 * Sockets to brokers that notice silence. kafkajs gives up a request that is not answered but keeps its connection, and
 * asks again on it: after a network that fell silent without a RST it would do so until the system gives up the
 * connection, which takes a quarter of an hour.
 */
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import type { ISocketFactory } from './kafkajs.ts'

/** Longer than the longest honest silence: joining a group waits for its other members, up to 15 s. */
const SILENT_MS = 16_000
const LOOK_MS = 1_000
const KEEP_ALIVE_MS = 30_000

interface Peer {
  /** When anything was last heard on it, its being connected included. */
  readonly heardAt: () => number
  readonly end: (error: Error) => void
}

/** Sockets of this process to one broker. */
export type Peers = Set<Peer>

/**
 * Destroys a socket on which something was asked and nothing at all was heard for so long, and with it those of its peers
 * that were not heard for half of that time, asked or not: they lead to the same silence, and whoever uses the next would
 * wait for it anew. One that was only idle is opened again when it is wanted.
 */
export const endWhenSilent = (
  socket: Socket,
  peers: Peers = new Set(),
  silentMs = SILENT_MS,
  lookMs = LOOK_MS,
): Socket => {
  let askedAt: number | undefined
  let heardAt = performance.now()
  let suspected = false
  const peer: Peer = { heardAt: () => heardAt, end: (error) => void socket.destroy(error) }
  peers.add(peer)
  const write = socket.write.bind(socket) as (...given: unknown[]) => boolean
  socket.write = (...given: unknown[]): boolean => {
    askedAt ??= performance.now()
    return write(...given)
  }
  const hear = (): void => {
    heardAt = performance.now()
    askedAt = undefined
    suspected = false
  }
  socket.on('connect', () => (heardAt = performance.now()))
  socket.on('data', hear)
  const watch = setInterval(() => {
    if (askedAt === undefined || performance.now() - askedAt < silentMs) return
    // A process that stood still itself finds its answers only now.
    if (suspected) {
      const error = new Error(`no answer for ${Math.round(silentMs / 1000)} s`)
      const heardLately = performance.now() - silentMs / 2
      for (const one of [...peers]) if (one.heardAt() < heardLately) one.end(error)
    }
    suspected = true
  }, lookMs)
  watch.unref()
  socket.once('close', () => {
    clearInterval(watch)
    peers.delete(peer)
  })
  return socket
}

const brokers = new Map<string, Peers>()

const peersAt = (address: string): Peers => {
  const known = brokers.get(address) ?? new Set()
  brokers.set(address, known)
  return known
}

/** Plain, or TLS where the client was told `ssl`; never plain in its place. */
export const watchedSockets: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const named = isIP(host) ? {} : { servername: host }
  // kafkajs gives null where its types promise options.
  const socket = (ssl as typeof ssl | null)
    ? connectSecurely({ host, port, ...named, ...ssl }, onConnect)
    : connect({ host, port }, onConnect)
  return endWhenSilent(socket.setKeepAlive(true, KEEP_ALIVE_MS), peersAt(`${host}:${port}`))
}
