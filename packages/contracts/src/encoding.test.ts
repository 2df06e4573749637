import { describe, expect, it } from 'vitest'
import * as deskWire from '../gen/triflow/desk/v1/desk.ts'
import { encodeAs } from './encoding.ts'

const judged = (commandId: string): deskWire.CommandJudged =>
  deskWire.CommandJudged.fromPartial({ commandId, status: 'accepted', facts: ['OrderAccepted'] })

describe('messages that share a writer', () => {
  it('have the bytes that each has by itself, a short one after a long one too', () => {
    const long = judged('x'.repeat(5_000))
    const short = judged('y')
    const first = encodeAs(deskWire.CommandJudged, long)
    const second = encodeAs(deskWire.CommandJudged, short)
    expect(first).toEqual(deskWire.CommandJudged.encode(long).finish())
    expect(second).toEqual(deskWire.CommandJudged.encode(short).finish())
    expect(second.buffer.byteLength).toBe(second.length)
  })

  it('are not spoilt by one that could not be written', () => {
    const broken = { ...deskWire.DeadLettered.fromPartial({ topic: 'a' }), offset: 'no number' as never }
    expect(() => encodeAs(deskWire.DeadLettered, broken)).toThrow()
    expect(encodeAs(deskWire.CommandJudged, judged('z'))).toEqual(deskWire.CommandJudged.encode(judged('z')).finish())
  })
})
