/** How a link understands what passes: as Kafka, as the store's messages, as HTTP/2 frames, or not at all. */
import { cutHttp2, cutKafka, cutMongo, uncut, type Cutter } from './frames.ts'
import { correlationOf, kafkaRequest, sentTo, withCorrelation, type KafkaRequest } from './kafka.ts'
import { mongoCommand, requestIdOf, responseToOf } from './mongo.ts'

export type Protocol = 'kafka' | 'mongo' | 'http2' | 'bytes'

/** A frame as it goes on, or undefined when its receiver never asked for it. */
export interface Understood {
  readonly about: string
  readonly bytes: Buffer
  readonly request?: KafkaRequest
  /** Of an answer: the request's own bytes. */
  readonly asked?: Buffer
}

/** One connection's memory: an answer is about what its request was about. */
export interface Conversation {
  readonly cutRequests: Cutter
  readonly cutReplies: Cutter
  request(frame: Buffer): Understood
  reply(frame: Buffer): Understood | undefined
  /** The same request once more, its answer for nobody; undefined where that cannot be done. */
  again(frame: Buffer): Buffer | undefined
}

const kafka = (port: number): Conversation => {
  const open = new Map<number, { readonly request: KafkaRequest; readonly asked: Buffer }>()
  const unasked = new Set<number>()
  let copies = -1
  return {
    cutRequests: cutKafka(),
    cutReplies: cutKafka(),
    request: (frame) => {
      const request = kafkaRequest(frame)
      if (!request) return { about: 'unknown', bytes: frame }
      open.set(request.correlationId, { request, asked: frame })
      return { about: request.about, bytes: frame, request }
    },
    reply: (frame) => {
      const id = correlationOf(frame)
      if (unasked.delete(id)) return undefined
      const answered = open.get(id)
      open.delete(id)
      if (!answered) return { about: 'unknown', bytes: frame }
      const { request, asked } = answered
      return { about: request.about, bytes: sentTo(port, request, frame), request, asked }
    },
    again: (frame) => {
      // Clients count up from zero: ids below are free.
      const id = copies--
      unasked.add(id)
      return withCorrelation(frame, id)
    },
  }
}

const mongo = (): Conversation => {
  const open = new Map<number, { readonly about: string; readonly asked: Buffer }>()
  return {
    cutRequests: cutMongo(),
    cutReplies: cutMongo(),
    request: (frame) => {
      const about = mongoCommand(frame)
      open.set(requestIdOf(frame), { about, asked: frame })
      return { about, bytes: frame }
    },
    reply: (frame) => {
      const answered = open.get(responseToOf(frame))
      open.delete(responseToOf(frame))
      return { about: 'unknown', ...answered, bytes: frame }
    },
    again: () => undefined,
  }
}

const HTTP2_FRAMES = ['DATA', 'HEADERS', 'PRIORITY', 'RST_STREAM', 'SETTINGS', 'PUSH', 'PING', 'GOAWAY', 'WINDOW']
const isPreface = (frame: Buffer): boolean => frame.toString('latin1', 0, 4) === 'PRI '

const http2 = (): Conversation => {
  const understood = (frame: Buffer): Understood => ({
    about: isPreface(frame) ? 'PREFACE' : (HTTP2_FRAMES[frame[3] ?? 99] ?? 'unknown'),
    bytes: frame,
  })
  return {
    cutRequests: cutHttp2(),
    cutReplies: cutHttp2(),
    request: understood,
    reply: understood,
    again: () => undefined,
  }
}

const bytes = (): Conversation => ({
  cutRequests: uncut(),
  cutReplies: uncut(),
  request: (frame) => ({ about: 'bytes', bytes: frame }),
  reply: (frame) => ({ about: 'bytes', bytes: frame }),
  again: () => undefined,
})

export const conversation = (protocol: Protocol, port: number): Conversation => {
  if (protocol === 'kafka') return kafka(port)
  if (protocol === 'mongo') return mongo()
  return protocol === 'http2' ? http2() : bytes()
}
