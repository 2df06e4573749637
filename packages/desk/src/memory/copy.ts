/** Adapters pass bytes: what is handed in is copied, and what is handed out is another copy. */
import type { Headers } from '../ports.ts'

export const copyBytes = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)

export const copyHeaders = (headers: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, copyBytes(bytes)]))
