/** Everything that clients asked and were told, as JSONL: what was meant, and whether it came true, failed or is unknown. */
import { createHash } from 'node:crypto'
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { invoiceId, orderId } from '@triflow/kernel'
import { parseResults, type BulkLine, type LineResult } from '../client/bulk.ts'
import type { Caller, Document } from '../client/caller.ts'
import type { Door } from '../client/door.ts'

/**
 * `ok`: it happened, and this was the answer. `fail`: it did not. `info`: nobody knows, it may have happened or happen
 * later. The words are those of Jepsen's histories.
 */
export type EventType = 'invoke' | 'ok' | 'fail' | 'info'

/** `wish` makes or changes something, `read` and `list` look, `finance` says what became of a receivable. */
export type Operation = 'wish' | 'read' | 'list' | 'finance'

export interface HistoryEvent {
  /** Joins an end to its beginning. */
  readonly call: number
  /** Who asked. */
  readonly process: string
  readonly type: EventType
  readonly operation: Operation
  /** Of a wish its route and idempotency key, of a look what was looked at, of financing the receivable. */
  readonly key: string
  readonly value: unknown
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** What a wish asks for: the thing that it makes, if it makes one, and its content. */
export interface WishSaid {
  readonly makes?: string
  readonly sha256: string
}

export interface Exposure {
  readonly limitMinor: string
  /** Reserved and used together. */
  readonly exposureMinor: string
}

/** A thing as it was seen; absent when there was none. */
export interface Seen {
  readonly id: string
  readonly status?: string
  readonly exposure?: Exposure
}

export interface Recorder {
  /** The door as a journey uses it; every call through it is written down. */
  record(door: Door): Door
  /** Writes a call down that did not go through the door as journeys use it. */
  during<T>(call: CallTold, work: () => Promise<T>, told: (answer: T) => Ending): Promise<T>
  close(): void
}

export type CallTold = Pick<HistoryEvent, 'process' | 'operation' | 'key' | 'value'>
export interface Ending {
  readonly type: Exclude<EventType, 'invoke'>
  readonly value: unknown
}

/** Things that wishes make, by the door they go through; other wishes change something. */
const makers: Readonly<Record<string, (body: Document) => string | undefined>> = {
  orders: ({ buyerId, number }) =>
    typeof buyerId === 'string' && typeof number === 'string' ? `order ${orderId(buyerId, number)}` : undefined,
  invoices: ({ supplierId, number, issuedOn }) =>
    typeof supplierId === 'string' && typeof number === 'string' && typeof issuedOn === 'string'
      ? `invoice ${invoiceId(supplierId, number, issuedOn)}`
      : undefined,
}

/** What a request to a path like /v1/orders asks for. */
export const wishSaid = (path: string, body: string): WishSaid =>
  said(path.split('/')[2] ?? '', JSON.parse(body) as Document)

const said = (door: string, body: Document): WishSaid => {
  const makes = makers[door]?.(body)
  const sha256 = createHash('sha256').update(JSON.stringify(body)).digest('hex')
  return makes === undefined ? { sha256 } : { makes, sha256 }
}

const exposureIn = (document: Document): Exposure | undefined =>
  typeof document['limitMinor'] === 'string' && typeof document['exposureMinor'] === 'string'
    ? { limitMinor: document['limitMinor'], exposureMinor: document['exposureMinor'] }
    : undefined

/** What of a document is written down. A claim is of the invoice that it is named after. */
const seen = (path: string, document: Document): Seen => {
  const [, , door = ''] = path.split('/')
  const kind = door === 'orders' || door === 'trades' ? 'order' : door === 'claims' ? 'invoice' : door.replace(/s$/, '')
  const exposure = exposureIn(document)
  return {
    id: `${kind} ${String(document['id'] ?? '')}`,
    ...(typeof document['status'] === 'string' ? { status: document['status'] } : {}),
    ...(exposure ? { exposure } : {}),
  }
}

const endOfLine = (answer: LineResult | undefined): Ending => {
  if (answer?.status === 'accepted') return { type: 'ok', value: answer.id }
  if (answer?.status === 'rejected') return { type: 'fail', value: answer.code }
  // The door did not take it, which is not a judgement: said again it may be.
  if (answer?.status === 'invalid' || answer?.status === 'conflict') return { type: 'info', value: answer.code }
  return { type: 'info', value: answer?.status ?? 'no answer' }
}

export const openHistory = (file: string, now: () => number = Date.now): Recorder => {
  mkdirSync(dirname(file), { recursive: true })
  const opened = openSync(file, 'a')
  let calls = 0
  const write = (event: Omit<HistoryEvent, 'at'>): void =>
    void writeSync(opened, `${JSON.stringify({ ...event, at: now() })}\n`)

  const begin = (told: CallTold) => {
    const call = ++calls
    write({ call, type: 'invoke', ...told })
    return (end: Ending): void => write({ call, ...told, ...end })
  }

  const during: Recorder['during'] = async (told, work, ending) => {
    const end = begin(told)
    try {
      const answer = await work()
      end(ending(answer))
      return answer
    } catch (error) {
      end({ type: 'info', value: error instanceof Error ? error.message.slice(0, 200) : String(error) })
      throw error
    }
  }

  const recorded = (caller: Caller): Caller => ({
    ...caller,
    read: (path, seenBefore) =>
      during(
        { process: caller.actor, operation: 'read', key: path, value: null },
        () => caller.read(path, seenBefore),
        (document) => ({ type: 'ok', value: document ? seen(path, document) : null }),
      ),
    list: (path) =>
      during(
        { process: caller.actor, operation: 'list', key: path, value: null },
        () => caller.list(path),
        (items) => ({ type: 'ok', value: items.map((item) => seen(path.split('?')[0]!, item)) }),
      ),
    write: (wish) =>
      during(
        {
          process: caller.actor,
          operation: 'wish',
          key: `${caller.actor} ${wish.path} ${wish.idempotencyKey}`,
          value: said(wish.path.split('/')[2] ?? '', wish.body as Document),
        },
        () => caller.write(wish),
        ({ status, id, code }) => (status === 'accepted' ? { type: 'ok', value: id } : { type: 'fail', value: code }),
      ),
    upload: async (name, text, idempotencyKey, seenBefore) => {
      const lines = text.split('\n')
      const ends = lines.map((line) => {
        if (line === '') return () => {}
        const { idempotencyKey: key, ...body } = JSON.parse(line) as BulkLine & Document
        return begin({
          process: caller.actor,
          operation: 'wish',
          key: `${caller.actor} /v1/bulk/${name} ${key}`,
          value: said(name, body),
        })
      })
      try {
        const answer = await caller.upload(name, text, idempotencyKey, seenBefore)
        const answers = new Map(parseResults(answer.status === 200 ? answer.text : '').map((one) => [one.line, one]))
        ends.forEach((end, index) => end(endOfLine(answers.get(index + 1))))
        return answer
      } catch (error) {
        for (const end of ends) end({ type: 'info', value: 'no answer' })
        throw error
      }
    },
  })

  return {
    record: (door) => ({ ...door, as: async (actor) => recorded(await door.as(actor)) }),
    during,
    close: () => closeSync(opened),
  }
}
