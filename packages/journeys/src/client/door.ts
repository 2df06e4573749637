/** The public door for a whole cast: one connection pool, one caller per actor, keys from the keys folder. */
import type { Surroundings } from '../surroundings.ts'
import { caller, type Caller } from './caller.ts'
import { actorKey } from './keys.ts'
import { refusalOf } from './problems.ts'
import { transport, type TransportOptions } from './transport.ts'

export interface Door {
  readonly url: string
  /** The actor's caller; its key is made when it has none. */
  as(actor: string): Promise<Caller>
  close(): Promise<void>
}

export const openDoor = (where: Surroundings, options: Omit<TransportOptions, 'baseUrl'> = {}): Door => {
  const line = transport({ baseUrl: where.gatewayUrl, ...options })
  let issuing: Promise<string> | undefined
  // Asked for, not assumed: behind a proxy the gateway's own name differs from the address we call.
  const issuer = () =>
    (issuing ??= (async () => {
      const answer = await line.exchange({
        method: 'GET',
        path: '/.well-known/oauth-authorization-server',
        headers: { accept: 'application/json' },
      })
      if (answer.status !== 200) throw refusalOf('read the gateway’s metadata', answer.status, answer.text)
      return (JSON.parse(answer.text) as { issuer: string }).issuer
    })())
  const callers = new Map<string, Promise<Caller>>()
  return {
    url: where.gatewayUrl,
    as: (actor) => {
      let found = callers.get(actor)
      if (!found)
        callers.set(
          actor,
          (found = actorKey(where.keysDir, actor).then((key) => caller({ key, transport: line, issuer }))),
        )
      return found
    },
    close: () => line.close(),
  }
}
