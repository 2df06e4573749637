/** A snapshot as bytes: pieces of moderate size, each of lines, and one of the desk's bookkeeping. */
import { HEADER, keyEnd, lineOf, Mark } from './lines.ts'

/** Lines of one map, where they stand; nothing that happens afterwards changes them. */
export interface CapturedMap {
  readonly name: string
  readonly bytes: Buffer[]
  readonly from: number[]
  readonly to: number[]
}

/** Bytes of a piece, but of one with a single line that is longer. */
const PIECE_BYTES = 1024 * 1024

const nothing = new Uint8Array(0)

export function* piecesOf(maps: readonly CapturedMap[], books: Uint8Array): Generator<Uint8Array> {
  let piece = Buffer.allocUnsafe(PIECE_BYTES)
  let used = 0
  for (const { name, bytes, from, to } of maps) {
    const begin = lineOf(Mark.map, name, nothing)
    let isBegun = false
    for (let line = 0; line < bytes.length; line++) {
      const size = to[line]! - from[line]!
      const needed = size + (isBegun ? 0 : begin.length)
      if (used + needed > piece.length) {
        if (used > 0) yield piece.subarray(0, used)
        piece = Buffer.allocUnsafe(Math.max(PIECE_BYTES, begin.length + size))
        used = 0
        isBegun = false
      }
      if (!isBegun) used += begin.copy(piece, used)
      isBegun = true
      used += bytes[line]!.copy(piece, used, from[line], to[line])
    }
  }
  if (used > 0) yield piece.subarray(0, used)
  yield lineOf(Mark.books, '', books)
}

/** The bookkeeping, if that is what this piece is. */
export const booksIn = (piece: Uint8Array): Uint8Array | undefined => {
  const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length)
  return bytes.length >= HEADER && bytes.readInt32BE(0) === Mark.books ? bytes.subarray(keyEnd(bytes, 0)) : undefined
}
