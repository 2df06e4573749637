// Finds ports nobody uses, without ever speaking to whoever holds one.
import { createServer, connect } from 'node:net'
import { Explained } from './explained.js'
import { waitUntil } from './supervised.js'

/** True if we could listen there; asked for every address, because a stranger may hold only one of them. */
export const isPortFree = async (port) => {
  for (const host of ['127.0.0.1', '0.0.0.0', '::']) {
    if (!(await canListen(port, host))) return false
  }
  return true
}

/** True if we could listen at every one of them. */
export const arePortsFree = async (ports) => {
  for (const port of ports) {
    if (!(await isPortFree(port))) return false
  }
  return true
}

/**
 * The preferred port or the next free one after it that nobody else prefers, else one stranger would shift a whole row.
 * @param {number} preferred
 * @param {Set<number>} [taken] promised already; gains the answer
 * @param {Set<number>} [reserved] preferred by others
 * @param {number} [end] the first port that is not ours to take
 */
export const nextFreePort = async (preferred, taken = new Set(), reserved = new Set(), end = 65_536) => {
  for (let port = preferred; port < end; port++) {
    if (port !== preferred && reserved.has(port)) continue
    if (!taken.has(port) && (await isPortFree(port))) {
      taken.add(port)
      return port
    }
  }
  throw new Explained(`No port from ${preferred} to ${end - 1} is free: other programs use them.`, {
    remedy: 'End some of them, or let `./triflow reset` choose other ports; it deletes the data of this world.',
  })
}

/** Waits a moment for the ports (a predecessor may still be dying), then explains that a stranger holds one. */
export const claimPorts = async (name, ports) => {
  for (const port of ports) {
    if (await waitUntil(() => isPortFree(port), 5_000, 50)) continue
    throw new Explained(`Port ${port}, which ${name} was to use, is in use by another program.`, {
      remedy: '`./triflow down` and then `./triflow up` choose other ports.',
    })
  }
}

/** True if something accepts connections there. Only for addresses that are ours or were given to us. */
export const accepts = (port, host = '127.0.0.1', timeoutMs = 1_000) =>
  new Promise((resolve) => {
    const socket = connect({ port, host, timeout: timeoutMs })
    const answer = (yes) => {
      socket.destroy()
      resolve(yes)
    }
    socket.once('connect', () => answer(true))
    socket.once('error', () => answer(false))
    socket.once('timeout', () => answer(false))
  })

const canListen = (port, host) =>
  new Promise((resolve) => {
    const probe = createServer()
    // A machine without IPv6 cannot answer for '::': that is no sign of a stranger.
    probe.once('error', (error) => resolve(error.code !== 'EADDRINUSE' && error.code !== 'EACCES'))
    probe.listen({ port, host, exclusive: true, ipv6Only: host === '::' }, () => probe.close(() => resolve(true)))
  })
