/**
 * Sockets to brokers that notice silence. kafkajs gives up a request that is not answered but keeps its connection, and
 * asks again on it: after a network that fell silent without a RST it would do so until the system gives up the
 * connection, which takes a quarter of an hour.
 */
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import type { ISocketFactory } from 'kafkajs'

/** Longer than the longest honest silence: joining a group waits for its other members, up to 15 s. */
const SILENT_MS = 16_000
const LOOK_MS = 1_000
const KEEP_ALIVE_MS = 30_000

/** Destroys a socket on which something was asked and nothing at all was heard for so long. */
export const endWhenSilent = (socket: Socket, silentMs = SILENT_MS, lookMs = LOOK_MS): Socket => {
  let askedAt: number | undefined
  let suspected = false
  const write = socket.write.bind(socket) as (...given: unknown[]) => boolean
  socket.write = (...given: unknown[]): boolean => {
    askedAt ??= performance.now()
    return write(...given)
  }
  socket.on('data', () => {
    askedAt = undefined
    suspected = false
  })
  const watch = setInterval(() => {
    if (askedAt === undefined || performance.now() - askedAt < silentMs) return
    // A process that stood still itself finds its answers only now.
    if (suspected) socket.destroy(new Error(`no answer for ${Math.round(silentMs / 1000)} s`))
    suspected = true
  }, lookMs)
  watch.unref()
  socket.once('close', () => clearInterval(watch))
  return socket
}

/** Plain, or TLS where the client was told `ssl`; never plain in its place. */
export const watchedSockets: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const named = isIP(host) ? {} : { servername: host }
  // kafkajs gives null where its types promise options.
  const socket = (ssl as typeof ssl | null)
    ? connectSecurely({ host, port, ...named, ...ssl }, onConnect)
    : connect({ host, port }, onConnect)
  return endWhenSilent(socket.setKeepAlive(true, KEEP_ALIVE_MS))
}
