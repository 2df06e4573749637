/**
 * How an entry of a map stands on the shelf and in a snapshot. The bytes are the same in both, so a piece of a snapshot
 * becomes a part of the shelf as it is: its number, the lengths of key and value (four bytes each), the key in UTF-8, the value.
 */

/** Bytes before a line's key. */
export const HEADER = 12

/** Where an entry has its number, which is its slot on a shelf, other lines have what they are. */
export const Mark = {
  /** What follows belongs to the map that the key names. */
  map: -1,
  /** The map has no such key any more. */
  gone: -2,
  /** A desk's bookkeeping, alone in its piece. */
  books: -3,
} as const

/** A line on its own. */
export const lineOf = (number: number, key: string, value: Uint8Array): Buffer => {
  const keyBytes = Buffer.byteLength(key)
  const line = Buffer.allocUnsafe(HEADER + keyBytes + value.length)
  writeLine(line, 0, number, key, keyBytes, value)
  return line
}

/** Writes a line whose room has been made sure of. */
export const writeLine = (
  into: Buffer,
  at: number,
  number: number,
  key: string,
  keyBytes: number,
  value: Uint8Array,
): void => {
  into.writeInt32BE(number, at)
  into.writeInt32BE(keyBytes, at + 4)
  into.writeInt32BE(value.length, at + 8)
  into.write(key, at + HEADER)
  into.set(value, at + HEADER + keyBytes)
}

/** Where the key of the line at `at` ends and its value begins. */
export const keyEnd = (bytes: Buffer, at: number): number => at + HEADER + bytes.readInt32BE(at + 4)

/** Where the line at `at` ends. Throws on what cannot be a line. */
export const lineEnd = (bytes: Buffer, at: number): number => {
  const key = bytes.readInt32BE(at + 4)
  const value = bytes.readInt32BE(at + 8)
  const end = at + HEADER + key + value
  if (key < 0 || value < 0 || end > bytes.length) throw new Error('not a piece of a snapshot')
  return end
}
