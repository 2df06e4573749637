/** Bytes as the driver has them. */
import type { mongo } from 'mongoose'

/** The driver takes bytes and, asked to promote buffers, gives bytes; its types say Binary. */
export type Bytes = Uint8Array | mongo.Binary

export const bytesOf = (stored: Bytes): Uint8Array => (stored instanceof Uint8Array ? stored : stored.value())

/** The driver writes a plain Uint8Array as bytes too, but only a Buffer without a copy. */
export const stored = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
