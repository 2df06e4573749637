/**
 * Adapters pass bytes: what is handed in is copied. Records are handed out as they are kept, for nothing may write into
 * what it has read, and a reader that did would break the checksums of all others.
 */
import type { Headers } from '../ports.ts'

export const copyBytes = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)

export const copyHeaders = (headers: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, copyBytes(bytes)]))
