import { describe, expect, it } from 'vitest'
import { currentTraceparent, isSampled, parseTraceparent, withSpan } from './telemetry.ts'

const upstream = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

describe('trace context without a collector', () => {
  it('goes on in the caller’s trace, as a span of its own', async () => {
    const inside = await withSpan('submit', {}, upstream, async () => currentTraceparent())
    expect(parseTraceparent(inside)?.traceId).toBe('4bf92f3577b34da6a3ce929d0e0e4736')
    expect(parseTraceparent(inside)?.spanId).not.toBe('00f067aa0ba902b7')
    expect(isSampled(inside)).toBe(true)
  })

  it('nests: inner work stays in the trace of the work around it, across awaits', async () => {
    const [outer, inner] = await withSpan('outer', {}, '', async () => {
      const around = currentTraceparent()
      await new Promise((resolve) => setImmediate(resolve))
      return [around, await withSpan('inner', {}, '', async () => currentTraceparent())]
    })
    expect(parseTraceparent(inner!)?.traceId).toBe(parseTraceparent(outer!)?.traceId)
  })

  it('begins a new trace when there is none, and does not believe a malformed one', async () => {
    expect(parseTraceparent(currentTraceparent())).toBeDefined()
    expect(currentTraceparent()).not.toBe(currentTraceparent())
    for (const malformed of [
      '',
      'garbage',
      `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
      upstream.toUpperCase(),
      `${upstream}-x`,
    ]) {
      expect(parseTraceparent(malformed)).toBeUndefined()
    }
    const inside = await withSpan('submit', {}, 'garbage', async () => currentTraceparent())
    expect(parseTraceparent(inside)).toBeDefined()
  })

  it('lets a throw through', async () => {
    await expect(withSpan('fails', {}, '', async () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  })
})
