/** Opaque, signed page cursors: a caller can hand one back but not make one up, nor use it for another question. */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { refuse } from './problems.ts'

export interface Cursors {
  write(question: string, after: string): string
  read(question: string, cursor: string): string
}

/** @param secret any secret of this cluster; the key for cursors is derived from it */
export const signedCursors = (secret: string): Cursors => {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'triflow cursor v1', 32))
  const signature = (question: string, after: string) =>
    createHmac('sha256', key).update(`${question}\n${after}`).digest().subarray(0, 16)
  return {
    write: (question, after) => Buffer.concat([signature(question, after), Buffer.from(after)]).toString('base64url'),
    read: (question, cursor) => {
      const bytes = Buffer.from(/^[A-Za-z0-9_-]{22,800}$/.test(cursor) ? cursor : '', 'base64url')
      const after = bytes.subarray(16).toString()
      if (bytes.length <= 16 || !timingSafeEqual(bytes.subarray(0, 16), signature(question, after)))
        return refuse(400, 'CursorInvalid', 'This cursor was not given out for this question.')
      return after
    },
  }
}
