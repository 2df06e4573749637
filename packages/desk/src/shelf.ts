/**
 * Lines in a few large segments instead of an object for each: a million of them cost the garbage collector nothing.
 * A segment is only ever appended to, and nothing in it changes but the numbers of its lines, so what was once taken from
 * it stays as it is for whoever still holds it.
 */
import { HEADER, keyEnd, lineEnd, writeLine } from './lines.ts'

/** A line where it stands. */
export interface Standing {
  readonly bytes: Buffer
  readonly from: number
  readonly to: number
}

export interface Shelf {
  /** Keeps a copy; the slot that it is found by again, until it is dropped. */
  put(key: string, value: Uint8Array): number
  drop(slot: number): void
  line(slot: number): Standing
  key(slot: number): string
  /** The place of the value, of which no copy is made. */
  value(slot: number): Standing
  isKey(slot: number, key: string): boolean
  isKeyIn(slot: number, bytes: Uint8Array, from: number, to: number): boolean
  /**
   * Takes over bytes that are lines, which are the shelf's from now on. `each` is told where every line begins, with the slot
   * that an entry now has, or the mark of what is none. Throws on what are no lines.
   */
  adopt(bytes: Uint8Array, each: (bytes: Buffer, at: number, number: number) => void): void
  /** Bytes held in memory, those of dropped ones included that are not cleared away yet. */
  readonly heldBytes: number
}

interface Segment {
  readonly bytes: Buffer
  used: number
  live: number
}

/** A segment that is less than half alive is cleared away: its living lines move on, the rest is let go. */
export const createShelf = (segmentBytes = 1024 * 1024): Shelf => {
  const segments = new Map<number, Segment>()
  /** The one that is written to, and the one that is being taken over: neither is cleared away. */
  let current = -1
  let adopting = -1
  let nextSegment = 0
  let held = 0
  /** By slot: the segment, and the place of the line in it. */
  let segmentOf = new Int32Array(1024)
  let offsetOf = new Int32Array(1024)
  const free: number[] = []
  let slots = 0

  const add = (bytes: Buffer, used: number): number => {
    segments.set(nextSegment, { bytes, used, live: 0 })
    held += bytes.length
    return nextSegment++
  }

  const grow = (): void => {
    const [more, offsets] = [new Int32Array(segmentOf.length * 2), new Int32Array(segmentOf.length * 2)]
    more.set(segmentOf)
    offsets.set(offsetOf)
    segmentOf = more
    offsetOf = offsets
  }

  const newSlot = (): number => {
    const slot = free.pop() ?? slots++
    if (slot >= segmentOf.length) grow()
    return slot
  }

  /** Room for a line in the current segment: where it begins. */
  const place = (slot: number, size: number): Segment => {
    const before = current
    const known = segments.get(current)
    if (!known || known.used + size > known.bytes.length)
      current = add(Buffer.allocUnsafeSlow(Math.max(segmentBytes, size)), 0)
    const segment = segments.get(current)!
    segmentOf[slot] = current
    offsetOf[slot] = segment.used
    segment.used += size
    segment.live += size
    if (current !== before) clearAway(before)
    return segment
  }

  const clearAway = (number: number): void => {
    const segment = segments.get(number)
    if (!segment || number === current || number === adopting || segment.live * 2 > segment.bytes.length) return
    segments.delete(number)
    held -= segment.bytes.length
    for (let at = 0; at < segment.used;) {
      const slot = segment.bytes.readInt32BE(at)
      const end = lineEnd(segment.bytes, at)
      if (slot >= 0 && segmentOf[slot] === number && offsetOf[slot] === at) {
        const { bytes } = place(slot, end - at)
        segment.bytes.copy(bytes, offsetOf[slot], at, end)
      }
      at = end
    }
  }

  const bytesOf = (slot: number): Buffer => segments.get(segmentOf[slot]!)!.bytes

  return {
    put: (key, value) => {
      const keyBytes = Buffer.byteLength(key)
      const slot = newSlot()
      const { bytes } = place(slot, HEADER + keyBytes + value.length)
      writeLine(bytes, offsetOf[slot]!, slot, key, keyBytes, value)
      return slot
    },
    drop: (slot) => {
      const number = segmentOf[slot]!
      const segment = segments.get(number)!
      const at = offsetOf[slot]!
      segment.live -= lineEnd(segment.bytes, at) - at
      segmentOf[slot] = -1
      free.push(slot)
      clearAway(number)
    },
    line: (slot) => {
      const [bytes, from] = [bytesOf(slot), offsetOf[slot]!]
      return { bytes, from, to: lineEnd(bytes, from) }
    },
    key: (slot) => {
      const [bytes, at] = [bytesOf(slot), offsetOf[slot]!]
      return bytes.toString('utf8', at + HEADER, keyEnd(bytes, at))
    },
    value: (slot) => {
      const [bytes, at] = [bytesOf(slot), offsetOf[slot]!]
      return { bytes, from: keyEnd(bytes, at), to: lineEnd(bytes, at) }
    },
    isKey: (slot, key) => {
      const [bytes, at] = [bytesOf(slot), offsetOf[slot]!]
      const length = keyEnd(bytes, at) - at - HEADER
      for (let i = 0; i < key.length; i++) {
        const code = key.charCodeAt(i)
        if (code > 0x7f) return bytes.toString('utf8', at + HEADER, keyEnd(bytes, at)) === key
        if (bytes[at + HEADER + i] !== code) return false
      }
      return length === key.length
    },
    isKeyIn: (slot, others, from, to) => {
      const [bytes, at] = [bytesOf(slot), offsetOf[slot]!]
      if (keyEnd(bytes, at) - at - HEADER !== to - from) return false
      for (let i = from; i < to; i++) if (bytes[at + HEADER + i - from] !== others[i]) return false
      return true
    },
    adopt: (given, each) => {
      const { length } = given
      // A small piece in a large buffer would hold on to all of it.
      const bytes =
        length * 2 < given.buffer.byteLength ? copied(given) : Buffer.from(given.buffer, given.byteOffset, length)
      adopting = add(bytes, length)
      const segment = segments.get(adopting)!
      for (let at = 0; at < length;) {
        const end = lineEnd(bytes, at)
        const mark = bytes.readInt32BE(at)
        const slot = mark < 0 ? mark : newSlot()
        if (slot >= 0) {
          bytes.writeInt32BE(slot, at)
          segmentOf[slot] = adopting
          offsetOf[slot] = at
          segment.live += end - at
        }
        each(bytes, at, slot)
        at = end
      }
      const adopted = adopting
      adopting = -1
      clearAway(adopted)
    },
    get heldBytes() {
      return held
    },
  }
}

const copied = (bytes: Uint8Array): Buffer => {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  copy.set(bytes)
  return copy
}
