/** Single requests without patience: what the door answers at once, and how long that takes. */
import { randomUUID } from 'node:crypto'
import { onTheWire } from '../../actors/documents.ts'
import { wishSaid, type Ending, type Recorder } from '../history.ts'
import { honestTrade, type Stage } from '../honest-trade.ts'

export interface Probed {
  /** 0 when there was no HTTP answer at all. */
  readonly status: number
  readonly ms: number
  readonly retryAfter: string | undefined
  readonly text: string
  readonly why: string
}

export interface ProbeRequest {
  readonly path: string
  readonly method?: 'GET' | 'POST'
  readonly body?: string
  readonly as?: string
  readonly key?: string
  readonly url?: string
}

export interface Probe {
  ask(request: ProbeRequest): Promise<Probed>
  /** An order that was never said before. */
  order(): Promise<Probed>
  /** Tokens are asked for while all is well; what is probed is the door and not the token endpoint. */
  prepare(): Promise<void>
}

/** Longer than any deadline of the door: whoever waits on after it waits for ever. */
const WITHIN_MS = 20_000

/** What became of a wish, in the words of a history: a door that did not take it has judged nothing. */
const endingOf = ({ status, text, why }: Probed): Ending => {
  const { id, code } = ((): { id?: string; code?: string } => {
    try {
      return JSON.parse(text) as { id?: string; code?: string }
    } catch {
      return {}
    }
  })()
  if (status === 200 || status === 201) return { type: 'ok', value: id }
  return { type: status === 409 ? 'fail' : 'info', value: code ?? (status === 0 ? why : status) }
}

export const probeOf = (stage: Stage, gatewayUrl: string, name: string, history: Recorder): Probe => {
  const tokens = new Map<string, string>()
  const buyer = stage.people.manufacturer.partyId
  const tokenOf = async (actor: string): Promise<string> => {
    const known = tokens.get(actor) ?? (await stage.players.of(actor).token())
    tokens.set(actor, known)
    return known
  }
  let orders = 0
  const askOnce = async ({
    path,
    method = 'GET',
    body,
    as = buyer,
    key,
    url = gatewayUrl,
  }: ProbeRequest): Promise<Probed> => {
    const token = await tokenOf(as)
    const began = performance.now()
    const told = (status: number, text: string, why = '', retryAfter?: string): Probed => ({
      status,
      ms: Math.round(performance.now() - began),
      retryAfter,
      text,
      why,
    })
    try {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': key! }),
        },
        ...(body === undefined ? {} : { body }),
        signal: AbortSignal.timeout(WITHIN_MS),
      })
      return told(response.status, await response.text(), '', response.headers.get('retry-after') ?? undefined)
    } catch (error) {
      const { message, cause } = error as Error & { cause?: Error }
      return told(0, '', cause?.message ?? message)
    }
  }
  const ask = (request: ProbeRequest): Promise<Probed> => {
    const { path, body, as = buyer, key = randomUUID() } = request
    if (body === undefined) return askOnce(request)
    return history.during(
      { process: as, operation: 'wish', key: `${as} ${path} ${key}`, value: wishSaid(path, body) },
      () => askOnce({ ...request, key }),
      endingOf,
    )
  }
  return {
    ask,
    order: () => {
      const { order } = honestTrade(stage, `${name}-probe-${++orders}`)
      return ask({ path: '/v1/orders', method: 'POST', body: JSON.stringify(onTheWire(order)) })
    },
    prepare: async () => {
      await tokenOf(buyer)
    },
  }
}
