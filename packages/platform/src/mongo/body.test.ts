import { zstdDecompressSync } from 'node:zlib'
import { mongo } from 'mongoose'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openedBody, packedBody } from './body.ts'

const alike = (bytes: number): Buffer => Buffer.alloc(bytes, 'triflow.order.invoice.by-order OrderBilled ')

describe('the body of a journal entry in its document', () => {
  it('is what it was, whatever it was and however long', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), fc.integer({ min: 1, max: 200 }), (bytes, times) => {
        const body = Buffer.concat(Array.from({ length: times }, () => bytes))
        expect(Buffer.compare(openedBody(packedBody(body)), body)).toBe(0)
      }),
      { numRuns: 50 },
    )
  })

  it('of many records is a small part of them, in a frame that any tool opens', () => {
    const body = alike(3_000_000)
    const { bodyZstd, ...rest } = packedBody(body)
    expect(rest).toEqual({})
    expect((bodyZstd as Buffer).length).toBeLessThan(body.length / 20)
    expect(Buffer.compare(zstdDecompressSync(bodyZstd as Buffer), body)).toBe(0)
  })

  it('of a few bytes is kept as it is', () => {
    const body = alike(1_023)
    expect(packedBody(body)).toEqual({ body })
    expect(packedBody(alike(1_024))).not.toHaveProperty('body')
  })

  it('is read as it was kept before bodies were compressed, and from a driver that gives Binary', () => {
    const body = alike(9_000)
    expect(openedBody({ body })).toBe(body)
    expect(openedBody({ body: new mongo.Binary(body) })).toEqual(body)
    expect(openedBody({ bodyZstd: new mongo.Binary(packedBody(body).bodyZstd as Buffer) })).toEqual(body)
  })

  it('that rotted is given as other bytes, for the hash of its entry to tell', () => {
    const { bodyZstd } = packedBody(alike(9_000))
    const packed = Buffer.from(bodyZstd as Buffer)
    for (let at = 0; at < packed.length; at++) {
      const rotten = Buffer.from(packed)
      rotten[at]! ^= 0x40
      expect(() => openedBody({ bodyZstd: rotten })).not.toThrow()
    }
    expect(openedBody({ bodyZstd: packed.subarray(0, 20) })).not.toEqual(alike(9_000))
    expect(openedBody({})).toEqual(new Uint8Array(0))
  })
})
