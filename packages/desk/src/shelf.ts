/**
 * Bytes in a few large segments instead of an object for each: a million of them cost the garbage collector nothing.
 * A segment is only ever appended to, so bytes once taken from it stay as they are for whoever still holds them.
 */

export interface Shelf {
  /** Keeps a copy; what it is found by again, until it is dropped. */
  put(bytes: Uint8Array): number
  take(slot: number): Uint8Array
  drop(slot: number): void
  /** Bytes held in memory, those of dropped ones included that are not cleared away yet. */
  readonly heldBytes: number
}

interface Segment {
  readonly bytes: Uint8Array
  readonly view: DataView
  used: number
  live: number
}

/** Before each entry: its slot and its length. */
const HEADER = 8

/** A segment that is less than half alive is cleared away: its living entries move on, the rest is let go. */
export const createShelf = (segmentBytes = 1024 * 1024): Shelf => {
  const segments = new Map<number, Segment>()
  let current = -1
  let nextSegment = 0
  let held = 0
  /** By slot: the segment, and the place of the entry in it. */
  let segmentOf = new Int32Array(1024)
  let offsetOf = new Int32Array(1024)
  const free: number[] = []
  let slots = 0

  const open = (least: number): Segment => {
    const bytes = new Uint8Array(Math.max(segmentBytes, least))
    const segment = { bytes, view: new DataView(bytes.buffer), used: 0, live: 0 }
    current = nextSegment++
    segments.set(current, segment)
    held += bytes.length
    return segment
  }

  const grow = (): void => {
    const [more, offsets] = [new Int32Array(segmentOf.length * 2), new Int32Array(segmentOf.length * 2)]
    more.set(segmentOf)
    offsets.set(offsetOf)
    segmentOf = more
    offsetOf = offsets
  }

  const append = (slot: number, bytes: Uint8Array): void => {
    const size = HEADER + bytes.length
    const before = current
    let segment = segments.get(current)
    if (!segment || segment.used + size > segment.bytes.length) segment = open(size)
    segment.view.setInt32(segment.used, slot)
    segment.view.setInt32(segment.used + 4, bytes.length)
    segment.bytes.set(bytes, segment.used + HEADER)
    segmentOf[slot] = current
    offsetOf[slot] = segment.used
    segment.used += size
    segment.live += size
    if (current !== before) clearAway(before)
  }

  const clearAway = (number: number): void => {
    const segment = segments.get(number)
    if (!segment || number === current || segment.live * 2 > segment.bytes.length) return
    segments.delete(number)
    held -= segment.bytes.length
    for (let at = 0; at < segment.used;) {
      const slot = segment.view.getInt32(at)
      const length = segment.view.getInt32(at + 4)
      if (segmentOf[slot] === number && offsetOf[slot] === at)
        append(slot, segment.bytes.subarray(at + HEADER, at + HEADER + length))
      at += HEADER + length
    }
  }

  return {
    put: (bytes) => {
      const slot = free.pop() ?? slots++
      if (slot >= segmentOf.length) grow()
      append(slot, bytes)
      return slot
    },
    take: (slot) => {
      const { bytes, view } = segments.get(segmentOf[slot]!)!
      const from = offsetOf[slot]! + HEADER
      return bytes.subarray(from, from + view.getInt32(from - 4))
    },
    drop: (slot) => {
      const number = segmentOf[slot]!
      const segment = segments.get(number)!
      segment.live -= HEADER + segment.view.getInt32(offsetOf[slot]! + 4)
      segmentOf[slot] = -1
      free.push(slot)
      clearAway(number)
    },
    get heldBytes() {
      return held
    },
  }
}
