/** One HTTP exchange with the gateway: kept-alive connections, a deadline, and patience with what passes by itself. */
import { Agent, request } from 'undici'
import { backoffMs, patience, pause } from './pauses.ts'
import { Unreachable } from './problems.ts'

export interface Exchange {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** For one try, where it may take longer than others. */
  readonly deadlineMs?: number
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

export interface Transport {
  /** Repeats what failed for a passing reason (no connection, 429, 502 to 504), unchanged, until patience ends. */
  exchange(asked: Exchange): Promise<Answer>
  close(): Promise<void>
}

export interface TransportOptions {
  readonly baseUrl: string
  /** For one try, and the longest silence within any. */
  readonly deadlineMs?: number
  /** For all tries of one exchange: a killed gateway is back within this time or the job gives up. */
  readonly patienceMs?: number
  /** Told of every try that failed for a passing reason. */
  readonly onRetry?: (what: string, why: string) => void
}

const PASSING = new Set([429, 502, 503, 504])
const RETRY_AFTER_MAX_MS = 5_000

/** The server's wish, within reason; 0 when it says none. It may also be a date (RFC 9110), which our own door never sends. */
const retryAfterMs = (answer: Answer): number => {
  const seconds = Number(answer.headers['retry-after'])
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0) * 1000, RETRY_AFTER_MAX_MS) : 0
}

export const transport = ({
  baseUrl,
  deadlineMs = 30_000,
  patienceMs = 180_000,
  onRetry,
}: TransportOptions): Transport => {
  const dispatcher = new Agent({
    connections: 32,
    pipelining: 1,
    keepAliveTimeout: 30_000,
    headersTimeout: deadlineMs,
    bodyTimeout: deadlineMs,
    connect: { timeout: 5_000 },
  })

  const once = async ({ method, path, headers, body, deadlineMs: own }: Exchange): Promise<Answer> => {
    const response = await request(`${baseUrl}${path}`, {
      method,
      headers: { ...headers },
      ...(body === undefined ? {} : { body }),
      dispatcher,
      signal: AbortSignal.timeout(own ?? deadlineMs),
    })
    return { status: response.statusCode, headers: response.headers, text: await response.body.text() }
  }

  return {
    exchange: async (asked) => {
      const { isOver } = patience(patienceMs)
      for (let attempt = 0; ; attempt++) {
        let why: unknown
        let waitMs = backoffMs(attempt)
        try {
          const answer = await once(asked)
          if (!PASSING.has(answer.status)) return answer
          if (isOver()) return answer
          why = answer.status
          // A floor: whoever was told the same time still comes back apart, for the backoff is drawn anew each time.
          waitMs += retryAfterMs(answer)
        } catch (error) {
          if (isOver()) throw new Unreachable(`${asked.method} ${asked.path}`, attempt + 1, error)
          why = error instanceof Error ? error.message : error
        }
        onRetry?.(`${asked.method} ${asked.path}`, String(why))
        await pause(waitMs)
      }
    },
    close: () => dispatcher.close(),
  }
}
