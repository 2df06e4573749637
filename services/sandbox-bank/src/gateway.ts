/** The gateway's public doors, as the bank uses them: the business date, and statement lines in bulk. */
import { createHash } from 'node:crypto'
import { partiesOfAccount } from '@triflow/kernel'
import { NotYet, type ClientToken } from './client-token.ts'
import type { Instruction } from './instructions.ts'

export type LineStatus = 'accepted' | 'rejected' | 'invalid' | 'pending' | 'conflict' | 'unavailable'

export interface LineAnswer {
  readonly status: LineStatus
  readonly code: string
}

export interface Gateway {
  /** The current business date; throws NotYet before the first business day. */
  businessDate(): Promise<string>
  /** Answers in the order of the instructions; those that got none are 'unavailable'. */
  post(instructions: readonly Instruction[]): Promise<readonly LineAnswer[]>
}

const ANSWER_WITHIN_MS = 15_000
/** The date is asked for at most this often. */
const DATE_KEPT_MS = 200

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)

/** A key is visible ASCII of at most 200 characters; ids may be neither. */
export const lineKey = (id: string): string => (/^[\x21-\x7e]{1,180}$/.test(id) ? `debit/${id}` : `debit/${digest(id)}`)

/** A debit as the statement door takes it; the same instruction gives the same line, to the byte. */
export const lineOf = (instruction: Instruction): string => {
  const { supplierId = '', debtorId = '' } = partiesOfAccount(instruction.debitAccount) ?? {}
  return JSON.stringify({
    idempotencyKey: lineKey(instruction.id),
    supplierId,
    debtorId,
    lineId: instruction.bankReference,
    direction: 'debit',
    amountMinor: String(instruction.amountMinor),
    currency: instruction.currency,
    valueOn: instruction.valueOn,
    reference: instruction.id,
    ...(instruction.payeeName ? { counterparty: instruction.payeeName } : {}),
  })
}

const none: LineAnswer = { status: 'unavailable', code: '' }

export const openGateway = (gatewayUrl: string, client: ClientToken, now: () => number): Gateway => {
  let date: { readonly on: string; readonly at: number } | undefined

  const call = async (path: string, init: RequestInit): Promise<Response> => {
    const answer = await fetch(`${gatewayUrl}${path}`, {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${await client.token()}` },
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    if (answer.status === 401) client.drop()
    return answer
  }

  return {
    businessDate: async () => {
      if (date && now() - date.at < DATE_KEPT_MS) return date.on
      const answer = await call('/v1/business-days/current', { method: 'GET' })
      if (!answer.ok) throw new NotYet(`the business date: HTTP ${answer.status}`)
      const { date: on } = (await answer.json()) as { date?: string }
      if (!on) throw new NotYet('no business day is open')
      date = { on, at: now() }
      return on
    },
    post: async (instructions) => {
      const lines = instructions.map(lineOf)
      const answer = await call('/v1/bulk/statement-lines', {
        method: 'POST',
        headers: {
          'content-type': 'application/x-ndjson',
          accept: 'application/x-ndjson',
          'idempotency-key': `debits-${digest(instructions.map(({ id }) => id).join('\n'))}`,
        },
        body: `${lines.join('\n')}\n`,
      })
      if (!answer.ok) throw new NotYet(`statement lines: HTTP ${answer.status}`)
      const answers: LineAnswer[] = instructions.map(() => none)
      for (const written of (await answer.text()).split('\n')) {
        if (!written) continue
        const { line, status, code = '' } = JSON.parse(written) as { line: number; status: LineStatus; code?: string }
        if (answers[line - 1]) answers[line - 1] = { status, code }
      }
      return answers
    },
  }
}
