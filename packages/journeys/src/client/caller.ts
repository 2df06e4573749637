/** One actor at the public door: signs in by itself, repeats with the same key, and reads what it wrote. */
import type { ActorKey } from './keys.ts'
import { backoffMs, patience, pause } from './pauses.ts'
import { refusalOf } from './problems.ts'
import { assertionOf, tokenCache, tokenForm, type Granted } from './tokens.ts'
import type { Answer, Transport } from './transport.ts'

/** What became of a wish. A no is a value here; who expects a yes says so with `accepted`. */
export interface Outcome {
  readonly status: 'accepted' | 'rejected'
  /** '' when accepted. */
  readonly code: string
  readonly detail: string
  readonly id: string
  /** As in "order.order-02#817": hand it to a read to see this write. */
  readonly position: string
  readonly replayed: boolean
}

export type Document = Readonly<Record<string, unknown>>

export interface Caller {
  readonly actor: string
  readonly key: ActorKey
  token(): Promise<string>
  /** The document, or undefined when there is none (or it is not this actor's). */
  read(path: string, seen?: string): Promise<Document | undefined>
  /** All pages of a list. */
  list(path: string): Promise<Document[]>
  write(wish: Wish): Promise<Outcome>
  /** Sends as NDJSON; results come in the order of the lines. */
  upload(name: string, text: string, idempotencyKey: string, seen?: string): Promise<Answer>
}

export interface Wish {
  readonly method?: 'POST' | 'PUT'
  readonly path: string
  readonly body: object
  /** Made of business content, so that the same wish said again is the same wish. */
  readonly idempotencyKey: string
  /** Position of what this wish refers to. */
  readonly seen?: string | undefined
}

export interface CallerOptions {
  readonly key: ActorKey
  readonly transport: Transport
  /** What the gateway calls itself; the audience of assertions. */
  readonly issuer: () => Promise<string>
  /** A party that was just registered is known to the token endpoint a moment later. */
  readonly signInPatienceMs?: number
  /** How long a command may stay pending before the job gives up. */
  readonly pendingPatienceMs?: number
  /** How long "there is no such thing" may be the lag of a view: a journey's wishes are about things that exist. */
  readonly lagPatienceMs?: number
}

/** Uploads give way to single writes, and answer line by line meanwhile. */
const UPLOADED_WITHIN_MS = 300_000

const positionOf = (answer: Answer): string => {
  const position = answer.headers['triflow-position']
  return typeof position === 'string' ? position : ''
}

export const caller = (options: CallerOptions): Caller => {
  const {
    key,
    transport,
    issuer,
    signInPatienceMs = 15_000,
    pendingPatienceMs = 120_000,
    lagPatienceMs = 30_000,
  } = options

  const signIn = async (): Promise<Granted> => {
    const { isOver } = patience(signInPatienceMs)
    for (let attempt = 0; ; attempt++) {
      // A fresh assertion each time: its id may be used once only.
      const answer = await transport.exchange({
        method: 'POST',
        path: '/oauth2/token',
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body: tokenForm(await assertionOf(key, await issuer())),
      })
      if (answer.status === 200) {
        const { access_token, expires_in } = JSON.parse(answer.text) as { access_token: string; expires_in: number }
        return { token: access_token, expiresInSeconds: expires_in }
      }
      if (answer.status !== 401 || isOver()) throw refusalOf(`sign in as ${key.actor}`, answer.status, answer.text)
      await pause(backoffMs(attempt))
    }
  }

  const tokens = tokenCache(signIn)

  const authorised = async (asked: Parameters<Transport['exchange']>[0]): Promise<Answer> => {
    for (let renewed = false; ; renewed = true) {
      const token = await tokens.token()
      const answer = await transport.exchange({
        ...asked,
        headers: { ...asked.headers, authorization: `Bearer ${token}` },
      })
      if (answer.status !== 401 || renewed) return answer
      tokens.drop(token)
    }
  }

  const get = (path: string, seen = '') =>
    authorised({ method: 'GET', path, headers: { accept: 'application/json', ...seenHeader(seen) } })

  return {
    actor: key.actor,
    key,
    token: () => tokens.token(),

    read: async (path, seen) => {
      const answer = await get(path, seen)
      if (answer.status === 404) return undefined
      if (answer.status !== 200) throw refusalOf(`${key.actor} reads ${path}`, answer.status, answer.text)
      return JSON.parse(answer.text) as Document
    },

    list: async (path) => {
      const items: Document[] = []
      for (let cursor = ''; ;) {
        const answer = await get(
          `${path}${path.includes('?') ? '&' : '?'}limit=200${cursor ? `&cursor=${cursor}` : ''}`,
        )
        if (answer.status !== 200) throw refusalOf(`${key.actor} lists ${path}`, answer.status, answer.text)
        const page = JSON.parse(answer.text) as { items: Document[]; next?: string }
        items.push(...page.items)
        if (!page.next) return items
        cursor = page.next
      }
    },

    write: async ({ method = 'POST', path, body, idempotencyKey, seen = '' }) => {
      const pending = patience(pendingPatienceMs)
      const lag = patience(lagPatienceMs)
      for (let attempt = 0; ; attempt++) {
        const answer = await authorised({
          method,
          path,
          headers: {
            accept: 'application/json',
            'content-type': 'application/json',
            'idempotency-key': idempotencyKey,
            ...seenHeader(seen),
          },
          body: JSON.stringify(body),
        })
        const { status, headers, text } = answer
        const replayed = headers['idempotent-replayed'] === 'true'
        if (status === 200 || status === 201) {
          const { id } = JSON.parse(text) as { id: string }
          return { status: 'accepted', code: '', detail: '', id, position: positionOf(answer), replayed }
        }
        // Logged, outcome not known yet: the same wish with its key joins the wait.
        if ((status === 202 && !pending.isOver()) || (status === 404 && !lag.isOver())) {
          await pause(backoffMs(attempt))
          continue
        }
        const refusal = refusalOf(`${key.actor} ${method} ${path}`, status, text)
        const judged =
          status === 409 || (status === 422 && refusal.code !== 'Invalid' && refusal.code !== 'IdempotencyKeyReused')
        if (!judged) throw refusal
        return {
          status: 'rejected',
          code: refusal.code,
          detail: refusal.detail,
          id: '',
          position: positionOf(answer),
          replayed,
        }
      }
    },

    upload: (name, text, idempotencyKey, seen = '') =>
      authorised({
        method: 'POST',
        path: `/v1/bulk/${name}`,
        headers: {
          accept: 'application/x-ndjson',
          'content-type': 'application/x-ndjson',
          'idempotency-key': idempotencyKey,
          ...seenHeader(seen),
        },
        body: text,
        deadlineMs: UPLOADED_WITHIN_MS,
      }),
  }
}

const seenHeader = (seen: string): Record<string, string> => (seen ? { 'triflow-position': seen } : {})

/** The outcome where only a yes makes sense; a no stops the journey with its reason. */
export const accepted = (what: string, outcome: Outcome): Outcome => {
  if (outcome.status === 'accepted') return outcome
  throw refusalOf(what, 409, JSON.stringify({ code: outcome.code, detail: outcome.detail }))
}
