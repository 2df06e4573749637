/** Reads request bodies: right kind, right encoding, bounded in size and time. */
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import type { Request } from 'express'
import { refuse } from './problems.ts'

export interface BodyLimits {
  readonly maxBytes: number
  readonly timeoutMs: number
}

/** A sender that was refused for size may finish what it is sending, up to here, so that it can hear the answer. */
const DISCARDED_MAX_BYTES = 16 * 1024 * 1024
const DISCARD_MS = 3_000

const decompressors = { gzip: promisify(gunzip), deflate: promisify(inflate), br: promisify(brotliDecompress) } as const
type Encoding = keyof typeof decompressors

/** Refuses another kind of content than the one named, or another charset than UTF-8. */
export const requireContentType = (request: Request, wanted: string): void => {
  const header = request.headers['content-type']
  if (header === undefined) return refuse(415, 'ContentTypeMissing', `The content type must be ${wanted}.`)
  const [type, ...parameters] = header.split(';').map((part) => part.trim().toLowerCase())
  if (type !== wanted) refuse(415, 'ContentTypeUnsupported', `The content type must be ${wanted}.`)
  for (const parameter of parameters) {
    const [name, value = ''] = parameter.split('=').map((part) => part.trim())
    if (name === 'charset' && value.replaceAll('"', '') !== 'utf-8')
      refuse(415, 'CharsetUnsupported', 'The charset must be UTF-8.')
  }
}

export const encodingOf = (request: Request): Encoding | 'identity' => {
  const header = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  if (header === 'identity' || Object.hasOwn(decompressors, header)) return header as Encoding | 'identity'
  return refuse(415, 'EncodingUnsupported', 'The content encoding must be gzip, deflate, br or none.')
}

export const hasBody = (request: Request): boolean =>
  request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0

const collect = (
  request: Request,
  { maxBytes, timeoutMs }: BodyLimits,
): Promise<Buffer | 'too-large' | 'too-slow' | 'gone'> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    let over = Number(request.headers['content-length'] ?? 0) > maxBytes
    const end = (outcome: Buffer | 'too-large' | 'too-slow' | 'gone') => {
      clearTimeout(timer)
      request.off('data', onData).off('end', onEnd).off('close', onClose)
      resolve(outcome)
    }
    let timer = setTimeout(() => end(over ? 'too-large' : 'too-slow'), over ? DISCARD_MS : timeoutMs)
    const onData = (chunk: Buffer) => {
      size += chunk.length
      if (!over && size > maxBytes) {
        over = true
        chunks.length = 0
        clearTimeout(timer)
        timer = setTimeout(() => end('too-large'), DISCARD_MS)
      }
      if (size > DISCARDED_MAX_BYTES) return end('too-large')
      if (!over) chunks.push(chunk)
    }
    const onEnd = () => end(over ? 'too-large' : Buffer.concat(chunks))
    const onClose = () => end('gone')
    request.on('data', onData).on('end', onEnd).on('close', onClose)
  })

const tooLarge = (maxBytes: number) =>
  refuse(413, 'BodyTooLarge', `The body is larger than ${maxBytes} bytes.`, { headers: { connection: 'close' } })

/** The whole body, decompressed. */
export const readBody = async (request: Request, limits: BodyLimits): Promise<Buffer> => {
  const encoding = encodingOf(request)
  const read = await collect(request, limits)
  if (read === 'too-large') return tooLarge(limits.maxBytes)
  if (read === 'too-slow')
    return refuse(408, 'BodyTooSlow', 'The body did not arrive in time.', { headers: { connection: 'close' } })
  if (read === 'gone') return refuse(400, 'BodyBroken', 'The body ended early.', { headers: { connection: 'close' } })
  if (encoding === 'identity') return read
  try {
    // The bound is on what comes out: a few kilobytes may unfold into gigabytes.
    return await decompressors[encoding](read, { maxOutputLength: limits.maxBytes })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return tooLarge(limits.maxBytes)
    return refuse(400, 'EncodingBroken', `The body is not valid ${encoding}.`)
  }
}
