/** A private world with all services and several buyers who have tokens: what load is sent at, through the public door only. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { segment } from '../actors/documents.ts'
import { registerParty } from '../actors/operator.ts'
import { openWorld, stateFor } from '../chaos/world.ts'
import type { Caller } from '../client/caller.ts'
import { openDoor } from '../client/door.ts'
import { OPERATOR } from '../client/keys.ts'
import { nowMs } from './decisions.ts'
import { rssMegabytesOf } from './process-figures.ts'

/** More than a door should ever have in hand, so that the sender is not the one who bounds it: each has a connection. */
export const CALLERS_MOST = 1_024
/** An answer that takes longer counts as none. */
const ANSWER_WITHIN_MS = 30_000
const UPLOADED_WITHIN_MS = 240_000
const LOOK_EVERY_MS = 200
const CAUGHT_UP_WITHIN_MS = 300_000
const LINES_PER_ORDER = 3

export const measured = ['gateway', 'order', 'financing'] as const
export type Measured = (typeof measured)[number]

/** An order that a door said yes to. */
export interface Taken {
  readonly tenant: string
  readonly number: string
  /** As in "order.order-02#817". */
  readonly position: string
}

/** One order sent once, without a repeat; `position` is '' unless it was accepted. */
export interface Sent extends Taken {
  readonly dueAtMs: number
  readonly sentAtMs: number
  readonly answeredAtMs: number
  /** 0 when there was no answer. */
  readonly status: number
}

/** The most that was seen while something went on. */
export interface Watched {
  readonly inHandMost: number
  readonly rssMegabytesMost: Readonly<Record<Measured, number>>
}

export interface LoadWorld {
  readonly tenants: readonly string[]
  submit(tenant: string, dueAtMs: number): Promise<Sent>
  /** Sends so many orders in one upload; resolves with those that were accepted. */
  upload(tenant: string, lines: number): Promise<readonly Taken[]>
  /** Whether the order can be read and its trade is known to the financing service, `position` included. */
  isFolded(taken: Taken): Promise<boolean>
  watching<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly watched: Watched }>
}

/** Until every accepted order is folded by all who hear of it; how long that took. */
export const untilCaughtUp = async (world: LoadWorld, accepted: readonly Taken[]): Promise<number> => {
  const began = nowMs()
  // The last of each desk: what came before it in the same log was folded before it.
  const lasts = new Map<string, Taken>()
  for (const sent of accepted) {
    const [desk = '', at = ''] = sent.position.split('#')
    const [, known = '-1'] = lasts.get(desk)?.position.split('#') ?? []
    if (Number(at) > Number(known)) lasts.set(desk, sent)
  }
  for (const sent of lasts.values()) {
    while (!(await world.isFolded(sent))) {
      if (nowMs() - began > CAUGHT_UP_WITHIN_MS) throw new Error(`${sent.tenant}/${sent.number} is nowhere to be read`)
      await sleep(20)
    }
  }
  return nowMs() - began
}

const orderOf = (tenant: string, number: string): Record<string, unknown> => ({
  buyerId: tenant,
  number,
  supplierId: 'load-supplier',
  issuedOn: '2026-03-02',
  currency: 'EUR',
  paymentTermDays: 60,
  lines: Array.from({ length: LINES_PER_ORDER }, (_, at) => ({
    line: at + 1,
    sku: `SKU-${at}`,
    description: 'what is needed',
    quantity: 40 + at,
    unitPriceMinor: '4250',
  })),
})

/** Takes the world down afterwards, whatever happened in it. */
export const inLoadWorld = async <T>(
  options: { readonly say: (sentence: string) => void; readonly tenants: number },
  work: (world: LoadWorld) => Promise<T>,
): Promise<T> => {
  options.say('Starting a world of its own.')
  const world = await openWorld(stateFor('load'), {
    // The compiler that a short life of the store cannot pay back is the one that a long load needs.
    TRIFLOW_ENGINES_JVM: 'steady',
    // What is measured is the door's own places, not a budget per minute.
    TRIFLOW_REQUESTS_PER_MINUTE: '10000000',
  })
  const door = openDoor(world.surroundings)
  const url = door.url
  const dispatcher = new Agent({ connections: CALLERS_MOST, pipelining: 1, keepAliveTimeout: 30_000 })
  try {
    const operator = await door.as(OPERATOR)
    const tenants = Array.from({ length: options.tenants }, (_, at) => `load-buyer-${at + 1}`)
    const callers = new Map<string, Caller>()
    for (const tenant of tenants) {
      const caller = await door.as(tenant)
      callers.set(tenant, caller)
      const party = { partyId: tenant, name: tenant, roles: ['buyer'], country: 'DE' } as const
      await registerParty(operator, party, caller.key.publicKey)
      await caller.token()
    }

    const ask = async (
      tenant: string,
      method: 'GET' | 'POST',
      path: string,
      headers: Record<string, string> = {},
      body?: string,
    ) => {
      const answer = await request(url + path, {
        method,
        dispatcher,
        headers: { authorization: `Bearer ${await callers.get(tenant)!.token()}`, ...headers },
        signal: AbortSignal.timeout(path.startsWith('/v1/bulk/') ? UPLOADED_WITHIN_MS : ANSWER_WITHIN_MS),
        ...(body === undefined ? {} : { body }),
      })
      return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() }
    }

    let made = 0
    const nextNumber = (): string => `PO-${String(++made).padStart(8, '0')}`

    const inHand = async (): Promise<number> => {
      const metrics = await (await fetch(`${world.env.TRIFLOW_GATEWAY_ADMIN}/metrics`)).text()
      return Number(/^triflow_requests_in_hand\{[^}]*kind="write"[^}]*\} (\d+)/m.exec(metrics)?.[1] ?? 0)
    }

    return await work({
      tenants,
      submit: async (tenant, dueAtMs) => {
        const number = nextNumber()
        const sentAtMs = nowMs()
        const headers = { 'content-type': 'application/json', 'idempotency-key': number }
        const sent = { tenant, number, dueAtMs, sentAtMs }
        try {
          const answer = await ask(tenant, 'POST', '/v1/orders', headers, JSON.stringify(orderOf(tenant, number)))
          const position = String(answer.headers['triflow-position'] ?? '')
          return { ...sent, answeredAtMs: nowMs(), status: answer.status, position }
        } catch {
          return { ...sent, answeredAtMs: nowMs(), status: 0, position: '' }
        }
      },
      upload: async (tenant, lines) => {
        const headers = { 'content-type': 'application/x-ndjson', 'idempotency-key': nextNumber() }
        const numbers = Array.from({ length: lines }, nextNumber)
        const text = numbers.map((number) => JSON.stringify(orderOf(tenant, number))).join('\n')
        const answer = await ask(tenant, 'POST', '/v1/bulk/orders', headers, text)
        if (answer.status !== 200) return []
        return answer.text
          .trimEnd()
          .split('\n')
          .map((written) => JSON.parse(written) as { line: number; status: string; position?: string })
          .filter(({ status }) => status === 'accepted')
          .map(({ line, position = '' }) => ({ tenant, number: numbers[line - 1]!, position }))
      },
      isFolded: async ({ tenant, number, position }) => {
        const path = `${tenant}/${segment(number)}`
        const order = await ask(tenant, 'GET', `/v1/orders/${path}`, position ? { 'triflow-position': position } : {})
        return order.status === 200 && (await ask(tenant, 'GET', `/v1/trades/${path}`)).status === 200
      },
      watching: async (doing) => {
        const rss: Record<Measured, number> = { gateway: 0, order: 0, financing: 0 }
        let inHandMost = 0
        let over = false
        const look = async (): Promise<void> => {
          while (!over) {
            for (const name of measured) rss[name] = Math.max(rss[name], rssMegabytesOf(world.pidOf(name) ?? 0))
            // A gateway that is too busy to say is looked at again.
            inHandMost = Math.max(inHandMost, await inHand().catch(() => 0))
            await sleep(LOOK_EVERY_MS)
          }
        }
        const looking = look()
        try {
          const result = await doing()
          return { result, watched: { inHandMost, rssMegabytesMost: rss } }
        } finally {
          over = true
          await looking
        }
      },
    })
  } finally {
    await dispatcher.destroy()
    await door.close()
    await world.down()
  }
}
