/** Cuts a stream of bytes into the frames of its protocol, so that a fault can hit a message instead of a moment. */

/** Whole frames that are there after these bytes. What does not look like the protocol is passed on as it came. */
export type Cutter = (bytes: Buffer) => Buffer[]

/** No frame of ours is larger; a larger length is a stream that we do not understand. */
const LARGEST_BYTES = 256 * 1024 * 1024

/** Frames that say their own length, which is read once `headerBytes` are there. */
const cutByLength = (headerBytes: number, lengthOf: (waiting: Buffer) => number): Cutter => {
  let parts: Buffer[] = []
  let held = 0
  let needed = headerBytes
  let lost = false
  return (bytes) => {
    if (lost) return [bytes]
    parts.push(bytes)
    held += bytes.length
    // Joined only when a frame is whole: a large one comes in many pieces.
    if (held < needed) return []
    let waiting = parts.length === 1 ? bytes : Buffer.concat(parts)
    const frames: Buffer[] = []
    needed = headerBytes
    while (waiting.length >= headerBytes) {
      const length = lengthOf(waiting)
      if (length < headerBytes || length > LARGEST_BYTES) {
        lost = true
        return [...frames, waiting]
      }
      if (waiting.length < length) {
        needed = length
        break
      }
      frames.push(waiting.subarray(0, length))
      waiting = waiting.subarray(length)
    }
    parts = waiting.length > 0 ? [waiting] : []
    held = waiting.length
    return frames
  }
}

/** A big-endian length of what follows it. */
export const cutKafka = (): Cutter => cutByLength(4, (waiting) => 4 + waiting.readInt32BE(0))

/** A little-endian length of the whole message, its 16 bytes of header included. */
export const cutMongo = (): Cutter =>
  cutByLength(16, (waiting) => (waiting.readInt32LE(0) < 16 ? 0 : waiting.readInt32LE(0)))

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')
const FRAME_HEADER = 9

/** HTTP/2, which gRPC speaks: a client's preface stands before its first frame. */
export const cutHttp2 = (): Cutter =>
  cutByLength(FRAME_HEADER, (waiting) => {
    if (waiting[0] === PREFACE[0] && waiting.subarray(0, FRAME_HEADER).equals(PREFACE.subarray(0, FRAME_HEADER)))
      return PREFACE.length
    return FRAME_HEADER + waiting.readUIntBE(0, 3)
  })

export const uncut = (): Cutter => (bytes) => [bytes]
