/** Frames as they really look, byte by byte: where a broker sends its clients, where answers say errors, what a command is. */
import { describe, expect, it } from 'vitest'
import { answeringError, kafkaError, sentTo, type KafkaRequest } from './kafka.ts'
import { mongoCommand } from './mongo.ts'
import { cutHttp2 } from './frames.ts'
import { conversation } from './protocols.ts'
import { recordRegions } from './record-bytes.ts'

const bytes = (...parts: (Buffer | string | number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => (Buffer.isBuffer(part) ? part : Buffer.from(part as never))))
const int16 = (n: number) => {
  const b = Buffer.alloc(2)
  b.writeInt16BE(n)
  return b
}
const int32 = (n: number) => {
  const b = Buffer.alloc(4)
  b.writeInt32BE(n)
  return b
}
const text = (s: string) => bytes(int16(s.length), s)
const nothing = int16(-1)
const framed = (...parts: Buffer[]) => {
  const body = bytes(...parts)
  return bytes(int32(body.length), body)
}
const request = (about: string, version: number): KafkaRequest => ({ about, version, correlationId: 7 })

describe('what a broker tells its clients', () => {
  it.each([
    [0, [] as Buffer[], [] as Buffer[]],
    [1, [], [nothing]],
    [6, [int32(0)], [text('rack-1')]],
  ])('Metadata %i names every broker by the proxy’s port', (version, throttle, rack) => {
    const broker = (id: number, port: number) => [int32(id), text('127.0.0.1'), int32(port), ...rack]
    const metadata = (port: number) =>
      framed(int32(7), ...throttle, int32(2), ...broker(1, port), ...broker(2, port), int32(0), int32(0))
    expect(sentTo(1234, request('Metadata', version), metadata(9092))).toEqual(metadata(1234))
  })

  it.each([
    [0, []],
    [2, [int32(0)]],
  ])('FindCoordinator %i names the coordinator by the proxy’s port', (version, throttle) => {
    const found = (port: number) =>
      framed(
        ...[int32(7), ...throttle, int16(0), ...(version > 0 ? [nothing] : [])],
        ...[int32(1), text('127.0.0.1'), int32(port)],
      )
    expect(sentTo(1234, request('FindCoordinator', version), found(9092))).toEqual(found(1234))
  })

  it('a Produce 7 answer says the error of every partition', () => {
    const partition = (number: number, code: number) =>
      bytes(int32(number), int16(code), Buffer.alloc(8, 1), Buffer.alloc(8, 2), Buffer.alloc(8, 3))
    const answer = (code: number) =>
      framed(
        ...[int32(7), int32(2), text('a'), int32(2), partition(0, code), partition(3, code)],
        ...[text('b'), int32(1), partition(1, code), int32(0)],
      )
    expect(answeringError(kafkaError.REQUEST_TIMED_OUT, request('Produce', 7), answer(0))).toEqual(answer(7))
  })

  it('does not guess where other answers say their errors', () => {
    expect(() => answeringError(7, request('Fetch', 11), framed(int32(7)))).toThrow('Fetch 11')
  })
})

describe('records within a frame', () => {
  /** One batch of one record of which key and value are known, as in message format 2. */
  const batch = (key: string, value: string) => {
    const varint = (n: number) => [n << 1]
    const record = bytes([0], varint(0), varint(0), varint(key.length), key, varint(value.length), value, varint(0))
    const head = Buffer.alloc(61)
    head.writeInt32BE(61 - 12 + 1 + record.length, 8)
    head[16] = 2
    head.writeInt32BE(1, 57)
    return bytes(head, varint(record.length), record)
  }
  const set = bytes(batch('k1', 'amount=1000'), batch('k2', 'amount=2000'))
  const shown = (frame: Buffer, regions: readonly (readonly [number, number])[]) =>
    regions.map(([from, to]) => frame.toString('latin1', from, to))

  it('are found in a Produce 7 request and in a Fetch 11 answer, from key to end', () => {
    const produce = framed(
      ...[int16(0), int16(7), int32(7), text('client'), nothing, int16(-1), int32(30_000)],
      ...[int32(1), text('topic'), int32(1), int32(3), int32(set.length), set],
    )
    const fetch = framed(
      ...[int32(7), int32(0), int16(0), int32(0), int32(1), text('topic'), int32(1)],
      ...[int32(3), int16(0), Buffer.alloc(24), int32(-1), int32(-1), int32(set.length), set],
    )
    for (const [frame, asked, direction] of [
      [produce, request('Produce', 7), 'request'],
      [fetch, request('Fetch', 11), 'reply'],
    ] as const)
      expect(shown(frame, recordRegions(asked, direction, frame))).toEqual([
        '\x04k1\x16amount=1000\x00',
        '\x04k2\x16amount=2000\x00',
      ])
    expect(recordRegions(request('Fetch', 11), 'request', fetch)).toEqual([])
  })
})

describe('a message to the store', () => {
  const message = (body: Buffer, requestId = 5, responseTo = 0) => {
    const head = Buffer.alloc(21)
    head.writeInt32LE(21 + body.length, 0)
    head.writeInt32LE(requestId, 4)
    head.writeInt32LE(responseTo, 8)
    head.writeInt32LE(2013, 12)
    return bytes(head, body)
  }
  const int32le = (n: number) => {
    const b = Buffer.alloc(4)
    b.writeInt32LE(n)
    return b
  }
  const insert = bytes(int32le(30), [2], 'insert\0', int32le(8), 'journal\0', [0])

  it('is about its command and its collection, and so is its answer', () => {
    expect(mongoCommand(message(insert))).toBe('insert journal')
    expect(mongoCommand(message(bytes(int32le(20), [16], 'hello\0', int32le(1), [0])))).toBe('hello')
    const talk = conversation('mongo', 0)
    talk.request(message(insert, 5))
    expect(talk.reply(message(bytes(int32le(5), [0]), 90, 5))?.about).toBe('insert journal')
    expect(talk.reply(message(bytes(int32le(5), [0]), 91, 6))?.about).toBe('unknown')
  })
})

describe('HTTP/2', () => {
  it('is cut into preface and frames', () => {
    const frame = (kind: number, length: number) => bytes([0, 0, length, kind, 0, 0, 0, 0, 1], Buffer.alloc(length))
    const stream = bytes('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', frame(4, 6), frame(1, 20), frame(0, 3))
    const talk = conversation('http2', 0)
    const cut = cutHttp2()
    const about = [...cut(stream.subarray(0, 40)), ...cut(stream.subarray(40))].map((one) => talk.request(one).about)
    expect(about).toEqual(['PREFACE', 'SETTINGS', 'HEADERS', 'DATA'])
  })
})
