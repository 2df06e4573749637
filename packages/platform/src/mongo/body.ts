/**
 * The body of a journal entry, as a document keeps it. A desk's records are much alike, so that an entry of many takes a
 * tenth of its bytes compressed; its hash is of the body as it was sealed, and nobody but this file knows the difference.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { bytesOf, stored, type Bytes } from './bytes.ts'

/** One of the two is there. */
export interface BodyFields {
  /** As it was sealed. */
  readonly body?: Bytes
  /** That, compressed: one frame of Zstandard. */
  readonly bodyZstd?: Bytes
}

/** Less would not become less. */
const LEAST_BYTES = 1024
/** Room for what a call makes, so that it comes in one piece or a few. */
const PACKED_SHARE = 1 / 4
const OPENED_TIMES = 16
const OPENED_ROOM_MOST = 1024 * 1024
/** The fastest but for those that give up ratio: twice as fast as the usual one, for the same bytes. */
const LEVEL = { [constants.ZSTD_c_compressionLevel]: 1 }

/** At once and not on a thread of the pool, which takes more of both threads whatever the size (`body.bench.ts`). */
export const packedBody = (body: Uint8Array): BodyFields => {
  if (body.length < LEAST_BYTES) return { body: stored(body) }
  const chunkSize = Math.ceil(body.length * PACKED_SHARE)
  return { bodyZstd: zstdCompressSync(body, { params: LEVEL, pledgedSrcSize: body.length, chunkSize }) }
}

/** Bytes that rotted so far that they are no frame any more are given as they are: the entry's hash then tells. */
export const openedBody = ({ body, bodyZstd }: BodyFields): Uint8Array => {
  if (!bodyZstd) return body ? bytesOf(body) : new Uint8Array(0)
  const packed = bytesOf(bodyZstd)
  try {
    return zstdDecompressSync(packed, { chunkSize: Math.min(packed.length * OPENED_TIMES, OPENED_ROOM_MOST) })
  } catch {
    return packed
  }
}
