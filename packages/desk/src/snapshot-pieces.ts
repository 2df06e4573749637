/** A snapshot as bytes: pieces of moderate size, each of lines of open maps or of the desk's bookkeeping. */
import { Packr } from 'msgpackr'

/** An entry of a map with a name: its bytes, or undefined where it is gone. */
export interface Line {
  readonly map: string
  readonly key: string
  readonly bytes: Uint8Array | undefined
}

/** Bytes of a piece before the next begins. */
const PIECE_BYTES = 1024 * 1024

const packr = new Packr({ useRecords: false })

type Part = string | Uint8Array | null

/** What the lines of a piece begin with, and what bookkeeping does. */
const LINES = 'lines'
const BOOKS = 'books'

export function* piecesOf(lines: readonly Line[], books: Uint8Array): Generator<Uint8Array> {
  let parts: Part[] = [LINES]
  let size = 0
  for (const { map, key, bytes } of lines) {
    parts.push(map, key, bytes ?? null)
    size += key.length + (bytes?.length ?? 0)
    if (size < PIECE_BYTES) continue
    yield packr.pack(parts)
    parts = [LINES]
    size = 0
  }
  if (parts.length > 1) yield packr.pack(parts)
  yield packr.pack([BOOKS, books])
}

/** Throws on bytes that are no piece. */
export const readPiece = (piece: Uint8Array): { readonly books?: Uint8Array; readonly lines: Iterable<Line> } => {
  const parts = packr.unpack(piece) as Part[]
  if (parts[0] === BOOKS) return { books: parts[1] as Uint8Array, lines: [] }
  if (parts[0] !== LINES) throw new Error('not a piece of a snapshot')
  return { lines: linesIn(parts) }
}

function* linesIn(parts: readonly Part[]): Generator<Line> {
  for (let i = 1; i < parts.length; i += 3)
    yield {
      map: parts[i] as string,
      key: parts[i + 1] as string,
      bytes: (parts[i + 2] as Uint8Array | null) ?? undefined,
    }
}
