/**
 * Many wishes in one stream: NDJSON in, one result per line out, in order. Chunks go to the service one after the other,
 * so lines about the same thing keep their order; each waits for its turn, so that single calls need not wait for it.
 */
import { setImmediate as nextTurnOfLoop, setTimeout as sleep } from 'node:timers/promises'
import type { doorWire } from '@triflow/contracts'
import { z } from 'zod'
import type { WriteOperation } from '../doors/operation.ts'
import { ownershipOf, type Ownership } from '../doors/ownership.ts'
import { DoorUnavailable } from '../doors/service-doors.ts'
import type { Actor } from './authorise.ts'
import { encodingOf, requireContentType } from './body.ts'
import {
  atLeastOf,
  authenticate,
  requireAcceptable,
  requireRole,
  waitOf,
  type Gateway,
  type Handler,
} from './exchange.ts'
import { idempotencyKeyOf, isIdempotencyKey } from './idempotency.ts'
import { decodeText, parseObject } from './json.ts'
import { linesOf, type Line } from './lines.ts'
import { Refused, refuse, type FieldError } from './problems.ts'
import { wishOf, type Wish } from './writes.ts'

export interface LineResult {
  readonly line: number
  readonly status: 'accepted' | 'rejected' | 'invalid' | 'pending' | 'conflict' | 'unavailable'
  readonly code?: string
  readonly detail?: string
  readonly id?: string
  readonly position?: string
  readonly replayed?: boolean
  readonly errors?: readonly FieldError[]
}

/** A chunk closes at this many bytes too: with one more line it is still far below what a gRPC message may be. */
const CHUNK_BYTES = 1024 * 1024

/** Lines judged in a row before whatever else is due in this process. */
const LINES_IN_A_ROW = 25
/** A service that has too much in hand is asked again, with growing pauses, for this long; reading stops meanwhile. */
const BUSY_PATIENCE_MS = 10_000
const BUSY_PAUSE_FIRST_MS = 100
const BUSY_PAUSE_MAX_MS = 1_000

const lineKey = z.string().refine(isIdempotencyKey, '1 to 200 visible ASCII characters')

/** What a line of this bulk door holds: path and body values of the single door, and perhaps its own key. */
export const lineSchema = (operation: WriteOperation) =>
  z.strictObject({ ...operation.params.shape, ...operation.body.shape, idempotencyKey: lineKey.optional() })

/** Splits a line as the single door would have received it, so that both say the same command. */
const rawOf = (operation: WriteOperation, line: Record<string, unknown>) => {
  const params: Record<string, unknown> = {}
  const body: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(line)) {
    if (name === 'idempotencyKey') continue
    ;(Object.hasOwn(operation.params.shape, name) ? params : body)[name] = value
  }
  return { params, body }
}

type Judged = { readonly line: number; readonly wish: Wish } | LineResult

interface Upload {
  readonly operation: WriteOperation
  readonly actor: Actor
  readonly ownership: Ownership
  readonly gateway: Gateway
  readonly keyPrefix: string
  readonly deadlineMs: number
}

const refusedLine = (line: number, error: unknown, gateway: Gateway): LineResult => {
  if (error instanceof DoorUnavailable) return { line, status: 'unavailable', code: 'Unavailable' }
  if (!(error instanceof Refused)) throw error
  const { code, detail, errors, kind } = error.refusal
  gateway.witness.count('triflow_rejected_total', 1, { kind: kind ?? code })
  return { line, status: 'invalid', code, detail, ...(errors ? { errors } : {}) }
}

const judgeLine = async (line: Line, upload: Upload): Promise<Judged> => {
  const { operation, actor, ownership, gateway, keyPrefix, deadlineMs } = upload
  try {
    if ('problem' in line) return refuse(413, line.problem, 'Nothing of this line was taken.')
    const document = parseObject(decodeText(line.bytes))
    const key = document['idempotencyKey']
    if (key !== undefined && !lineKey.safeParse(key).success)
      return refuse(400, 'IdempotencyKeyInvalid', 'An idempotencyKey is 1 to 200 visible ASCII characters.')
    const idempotencyKey = typeof key === 'string' ? key : `${keyPrefix}:${line.number}`
    return {
      line: line.number,
      wish: await wishOf(operation, rawOf(operation, document), actor, ownership, gateway, {
        idempotencyKey,
        deadlineMs,
      }),
    }
  } catch (error) {
    return refusedLine(line.number, error, gateway)
  }
}

/** A chunk's look-ups run side by side; what needs the processor gives way now and then. */
const judgeLines = (chunk: readonly Line[], upload: Upload): Promise<Judged[]> => {
  let gate: Promise<unknown> = Promise.resolve()
  return Promise.all(
    chunk.map((line, at) => {
      if (at > 0 && at % LINES_IN_A_ROW === 0) gate = gate.then(() => nextTurnOfLoop())
      return gate.then(() => judgeLine(line, upload))
    }),
  )
}

const statuses = ['accepted', 'rejected', 'pending', 'conflict'] as const

const isBusy = (answer: doorWire.SubmitAnswer | undefined): boolean => answer?.code === 'Busy'

const resultOf = (
  line: number,
  wish: Wish,
  answer: doorWire.SubmitAnswer | undefined,
  gateway: Gateway,
): LineResult => {
  const status = statuses.find((known) => known === answer?.status) ?? 'unavailable'
  if (status === 'accepted') wish.settle()
  if (status === 'rejected') gateway.witness.count('triflow_rejected_total', 1, { kind: 'desk' })
  const code =
    status === 'conflict'
      ? 'IdempotencyKeyReused'
      : status === 'unavailable'
        ? isBusy(answer)
          ? 'Overloaded'
          : 'Unavailable'
        : answer?.code
  return {
    line,
    status,
    ...(code ? { code } : {}),
    ...(answer?.detail ? { detail: answer.detail } : {}),
    id: wish.made.id,
    ...(answer?.position ? { position: answer.position } : {}),
    ...(answer?.replayed ? { replayed: true } : {}),
  }
}

/** One call with what is good of a chunk; a service that cannot be asked answers nothing. */
const submitted = async (wishes: readonly Wish[], { gateway }: Upload): Promise<readonly doorWire.SubmitAnswer[]> => {
  if (wishes.length === 0) return []
  try {
    return await gateway.doors.submitMany(
      wishes[0]!.service,
      wishes.map(({ request }) => request),
    )
  } catch (error) {
    if (error instanceof DoorUnavailable) return []
    throw error
  }
}

/** Judges a chunk and sends what is good of it, in its turn; every line gets its result, in order. */
const settleChunk = async (chunk: readonly Line[], upload: Upload): Promise<LineResult[]> => {
  const { gateway, actor } = upload
  const giveUpAt = performance.now() + BUSY_PATIENCE_MS
  let judged: readonly Judged[] | undefined
  for (let pauseMs = BUSY_PAUSE_FIRST_MS; ; pauseMs = Math.min(pauseMs * 2, BUSY_PAUSE_MAX_MS)) {
    const answers = await gateway.admission.chunk(actor.partyId, chunk.length, async () => {
      judged ??= await judgeLines(chunk, upload)
      return await submitted(
        judged.flatMap((one) => ('wish' in one ? [one.wish] : [])),
        upload,
      )
    })
    // A service that has too much in hand took nothing of it: the same lines again, before any that follow.
    if (answers.some(isBusy) && performance.now() < giveUpAt) {
      await sleep(pauseMs * (0.5 + Math.random()))
      continue
    }
    let next = 0
    return judged!.map((one) => ('wish' in one ? resultOf(one.line, one.wish, answers[next++], gateway) : one))
  }
}

/** Lines gathered into chunks, which are judged together. */
async function* chunksOf(lines: AsyncIterable<Line>, maxLines: () => number): AsyncGenerator<Line[]> {
  let chunk: Line[] = []
  let bytes = 0
  for await (const line of lines) {
    chunk.push(line)
    bytes += 'bytes' in line ? line.bytes.length : 0
    if (chunk.length < maxLines() && bytes < CHUNK_BYTES) continue
    yield chunk
    chunk = []
    bytes = 0
  }
  if (chunk.length) yield chunk
}

export const bulkHandler =
  (operation: WriteOperation): Handler =>
  async (request, response, gateway) => {
    requireAcceptable(request, 'application/x-ndjson')
    const actor = await authenticate(request, gateway.tokens)
    requireRole(actor, operation.action)
    const keyPrefix = idempotencyKeyOf(request)
    requireContentType(request, 'application/x-ndjson')
    if (encodingOf(request) !== 'identity')
      return refuse(415, 'EncodingUnsupported', 'Bulk uploads are not compressed.')
    const { limits } = gateway
    if (Number(request.headers['content-length'] ?? 0) > limits.bulkMaxBytes)
      return refuse(413, 'BodyTooLarge', `A bulk upload is at most ${limits.bulkMaxBytes} bytes.`, {
        headers: { connection: 'close' },
      })
    const ownership = ownershipOf(gateway.doors, gateway.memory, atLeastOf(request))
    const upload: Upload = {
      operation,
      actor,
      ownership,
      gateway,
      keyPrefix,
      deadlineMs: waitOf(request, limits.answerWithinMs),
    }
    const lines = linesOf(request, {
      lineMaxBytes: limits.bodyMaxBytes,
      maxBytes: limits.bulkMaxBytes,
      maxLines: limits.bulkMaxLines,
      idleMs: limits.bodyTimeoutMs,
    })
    let started = false
    for await (const chunk of chunksOf(lines, () => gateway.admission.chunkLines(limits.bulkChunkLines))) {
      const results = await settleChunk(chunk, upload)
      if (!started) response.status(200).type('application/x-ndjson').setHeader('cache-control', 'no-store')
      started = true
      // Not waiting for the reader: it may send everything before it reads, and results are small.
      response.write(results.map((result) => `${JSON.stringify(result)}\n`).join(''))
    }
    if (!started) return refuse(400, 'BodyEmpty', 'There is no line in the body.')
    // What is left unread of a stream that was cut short would be read to its end otherwise.
    response.end(() => void (request.complete || request.destroy()))
  }
