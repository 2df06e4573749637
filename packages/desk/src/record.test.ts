/** Checksum and fingerprint stand in every journal and on every log: they are held to their plain definitions. */
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { header } from '@triflow/contracts'
import type { LogRecord } from './ports.ts'
import { factRecord, fingerprint, isIntact, sealRecord } from './record.ts'

const bytes = fc.oneof(
  { weight: 20, arbitrary: fc.uint8Array({ maxLength: 100 }) },
  { weight: 1, arbitrary: fc.constantFrom(5_000, 70_000).map((size) => new Uint8Array(size).fill(7)) },
)
const record: fc.Arbitrary<LogRecord> = fc.record({
  topic: fc.constant('triflow.order.order'),
  partition: fc.constant(1),
  offset: fc.nat(),
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.dictionary(fc.constantFrom(...Object.values(header), 'x-other'), bytes),
})

const zero = Buffer.from([0])

/** CRC-32 of key, value and the covered headers with a zero between them; from 1 on where there is no key. */
const plainChecksum = ({ key, value, headers }: LogRecord): string => {
  const covered = ['ce_id', 'ce_source', 'ce_type', 'ce_time', 'traceparent', 'triflow-position', 'triflow-actor']
  const parts = [value, ...[...covered, 'triflow-reply'].map((name) => headers[name])]
  const crc = crc32(
    Buffer.concat([key ?? Buffer.of(), ...parts.flatMap((part) => [zero, part ?? Buffer.of()])]),
    key ? 0 : 1,
  )
  return crc.toString(16).padStart(8, '0')
}

const plainFingerprint = ({ key, value, headers }: LogRecord): string => {
  const position = headers['triflow-position'] ?? headers['ce_id']
  const [first = zero, ...rest] = [key, headers['ce_type'], position, value].map((part) => part ?? zero)
  return createHash('sha256')
    .update(Buffer.concat([first, ...rest.flatMap((part) => [zero, part])]))
    .digest('hex')
}

describe('a record', () => {
  it('has the checksum and the fingerprint that are defined, of whatever size its parts are', () => {
    fc.assert(
      fc.property(record, (given) => {
        expect(fingerprint(given)).toBe(plainFingerprint(given))
        const checksum = Buffer.from(plainChecksum(given))
        expect(isIntact({ ...given, headers: { ...given.headers, [header.checksum]: checksum } })).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('is not intact once a bit of what is believed has flipped', () => {
    const sealed = sealRecord({
      topic: 'triflow.order.order',
      partition: 0,
      key: Buffer.from('acme/PO-1'),
      value: Buffer.from('amount=1000'),
      headers: { [header.type]: Buffer.from('triflow.order.v1.OrderSubmitted') },
    })
    expect(isIntact({ ...sealed, offset: 0 })).toBe(true)
    expect(isIntact({ ...sealed, offset: 0, value: Buffer.from('amount=9000') })).toBe(false)
    expect(isIntact({ ...sealed, offset: 0, key: Buffer.from('acme/PO-2') })).toBe(false)
  })

  it('of a fact names its desk and its moment, whichever fact was written before', () => {
    const fact = {
      topic: 'triflow.order.order',
      partition: 0,
      key: Buffer.from('acme/PO-1'),
      number: 8n,
      previous: 7n,
      type: 'triflow.order.v1.OrderSubmitted',
      value: Buffer.from('x'),
      traceparent: '',
      copy: false,
    }
    const told = (desk: string, at: number) => {
      const { headers } = factRecord(desk, 3, 0, at, fact)
      return [header.source, header.time, header.id].map((name) => Buffer.from(headers[name]!).toString())
    }
    const noon = Date.UTC(2026, 0, 2, 12)
    const expected = ['/triflow/order/order', '2026-01-02T12:00:00.000Z', 'order.order-01#8']
    expect(told('order.order-01', noon)).toEqual(expected)
    expect(told('party.party-01', noon)).toEqual(['/triflow/party/party', expected[1], 'party.party-01#8'])
    expect(told('order.order-01', noon + 1)[1]).toBe('2026-01-02T12:00:00.001Z')
    expect(told('order.order-01', noon)).toEqual(expected)
  })
})
