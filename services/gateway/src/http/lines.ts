/** Cuts a stream of bytes into lines, with a bound on each and on the whole, so that no sender decides our memory. */
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

export interface LineLimits {
  readonly lineMaxBytes: number
  readonly maxBytes: number
  readonly maxLines: number
  /** Longest silence of the sender while we listen. */
  readonly idleMs: number
}

export type Line =
  | { readonly number: number; readonly bytes: Buffer }
  | { readonly number: number; readonly problem: 'LineTooLarge' }
  /** The stream ends here, whatever else would have come. */
  | {
      readonly number: number
      readonly problem: 'TooManyLines' | 'TooManyBytes' | 'BodyTooSlow' | 'BodyBroken'
      readonly last: true
    }

const NEWLINE = 0x0a
const SLOW = Symbol('slow')

const isBlank = (bytes: Buffer) => bytes.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09)

/** Lines from 1; blank lines are counted and skipped, so that numbers match the file. */
export async function* linesOf(stream: Readable, limits: LineLimits): AsyncGenerator<Line> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let number = 0
  let total = 0
  let kept: Buffer[] = []
  let keptBytes = 0

  const cut = (rest: Buffer): Line => {
    number += 1
    const size = keptBytes + rest.length
    const line: Line =
      number > limits.maxLines
        ? { number, problem: 'TooManyLines', last: true }
        : size > limits.lineMaxBytes
          ? { number, problem: 'LineTooLarge' }
          : { number, bytes: kept.length ? Buffer.concat([...kept, rest], size) : rest }
    kept = []
    keptBytes = 0
    return line
  }

  for (;;) {
    const waiting = new AbortController()
    const next = chunks.next().then(
      (result) => result,
      () => undefined,
    )
    const idle = sleep(limits.idleMs, SLOW, { signal: waiting.signal, ref: false }).catch(() => SLOW)
    const result = await Promise.race([next, idle])
    waiting.abort()
    if (result === SLOW || typeof result === 'symbol')
      return yield { number: number + 1, problem: 'BodyTooSlow', last: true }
    if (result === undefined) return yield { number: number + 1, problem: 'BodyBroken', last: true }
    if (result.done) break
    let chunk = result.value
    total += chunk.length
    if (total > limits.maxBytes) return yield { number: number + 1, problem: 'TooManyBytes', last: true }
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE)) {
      const line = cut(chunk.subarray(0, end))
      chunk = chunk.subarray(end + 1)
      if ('bytes' in line && isBlank(line.bytes)) continue
      yield line
      if ('last' in line) return
    }
    // A line that is already too long is only measured from here on.
    if (chunk.length && keptBytes <= limits.lineMaxBytes) kept.push(chunk)
    keptBytes += chunk.length
  }
  if (keptBytes > 0) {
    const line = cut(Buffer.alloc(0))
    if (!('bytes' in line) || !isBlank(line.bytes)) yield line
  }
}
