/** Just enough of Kafka's protocol for a proxy: what a frame is about, where clients are sent, and what an answer says. */

/** Names of the requests that our client sends, by api key. */
const requests: Readonly<Record<number, string>> = {
  0: 'Produce',
  1: 'Fetch',
  2: 'ListOffsets',
  3: 'Metadata',
  8: 'OffsetCommit',
  9: 'OffsetFetch',
  10: 'FindCoordinator',
  11: 'JoinGroup',
  12: 'Heartbeat',
  13: 'LeaveGroup',
  14: 'SyncGroup',
  18: 'ApiVersions',
  19: 'CreateTopics',
}

export const kafkaError = {
  NOT_LEADER_OR_FOLLOWER: 6,
  REQUEST_TIMED_OUT: 7,
  COORDINATOR_NOT_AVAILABLE: 15,
} as const

export interface KafkaRequest {
  readonly about: string
  readonly version: number
  readonly correlationId: number
}

/** size 4, api key 2, version 2, correlation id 4. */
export const REQUEST_HEADER = 12

export const kafkaRequest = (frame: Buffer): KafkaRequest | undefined => {
  if (frame.length < REQUEST_HEADER) return undefined
  const key = frame.readInt16BE(4)
  return {
    about: requests[key] ?? `request ${key}`,
    version: frame.readInt16BE(6),
    correlationId: frame.readInt32BE(8),
  }
}

/** size 4, correlation id 4. */
export const REPLY_HEADER = 8

export const correlationOf = (reply: Buffer): number => (reply.length < REPLY_HEADER ? -1 : reply.readInt32BE(4))

export const withCorrelation = (request: Buffer, correlationId: number): Buffer => {
  const copy = Buffer.from(request)
  copy.writeInt32BE(correlationId, 8)
  return copy
}

/** Reads on from a place; lengths are int16 for texts and int32 for lists. */
export const reading = (bytes: Buffer, start: number) => {
  let at = start
  const skip = (count: number): void => void (at += count)
  return {
    at: () => at,
    skip,
    int16: (): number => {
      skip(2)
      return bytes.readInt16BE(at - 2)
    },
    int32: (): number => {
      skip(4)
      return bytes.readInt32BE(at - 4)
    },
    /** Passes over a text, which may be absent. */
    text: (): void => {
      skip(2)
      skip(Math.max(0, bytes.readInt16BE(at - 2)))
    },
    /** Zigzag, as records count their lengths. */
    varint: (): number => {
      let value = 0
      for (let shift = 0; ; shift += 7) {
        const byte = bytes[at++]!
        value += (byte & 0x7f) * 2 ** shift
        if (byte < 0x80) break
      }
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    },
  }
}

/**
 * The broker tells every client one address to come back to. Each proxy puts its own port in its place, as proxies of
 * Kafka do, so that a broker needs no listener per client and no client a test-only path. Versions up to what kafkajs
 * speaks: Metadata 6, FindCoordinator 2.
 */
export const sentTo = (port: number, { about, version }: KafkaRequest, reply: Buffer): Buffer => {
  const next = reading(reply, REPLY_HEADER)
  if (about === 'Metadata' && version <= 6) {
    if (version >= 3) next.int32()
    for (let brokers = next.int32(); brokers > 0; brokers--) {
      next.int32()
      next.text()
      reply.writeInt32BE(port, next.at())
      next.int32()
      if (version >= 1) next.text()
    }
  }
  if (about === 'FindCoordinator' && version <= 2) {
    if (version >= 1) next.int32()
    const found = next.int16() === 0
    if (version >= 1) next.text()
    next.int32()
    next.text()
    if (found) reply.writeInt32BE(port, next.at())
  }
  return reply
}

/** The same answer with an error where it said none: of every partition for Produce, of all for what has one code. */
export const answeringError = (code: number, { about, version }: KafkaRequest, reply: Buffer): Buffer => {
  const told = Buffer.from(reply)
  const next = reading(told, REPLY_HEADER)
  if (about === 'Produce' && version <= 7)
    for (let topics = next.int32(); topics > 0; topics--) {
      next.text()
      for (let partitions = next.int32(); partitions > 0; partitions--) {
        next.int32()
        told.writeInt16BE(code, next.at())
        next.skip(2 + 8 + (version >= 2 ? 8 : 0) + (version >= 5 ? 8 : 0))
      }
    }
  else if (about === 'Heartbeat' || about === 'FindCoordinator') {
    if (version >= 1) next.int32()
    told.writeInt16BE(code, next.at())
  } else throw new Error(`It is not known where a ${about} ${version} answer says its error.`)
  return told
}
