/** A wish as a gateway hands it to a service's door: encoded, with its key, and a hash of what was said. */
import { createHash } from 'node:crypto'
import { commands, encodeMessage, fullNameOf, type CommandName, type doorWire, type WireOf } from '@triflow/contracts'

export type CommandOf<N extends CommandName> = { readonly type: N } & WireOf<N>

/** Any command of the platform, by its short name. */
export type Command = { [N in CommandName]: CommandOf<N> }[CommandName]

export const requestOf = (
  actor: string,
  route: string,
  idempotencyKey: string,
  command: Command,
  deadlineMs: number,
): doorWire.SubmitRequest => {
  const { desk, keyOf } = commands[command.type]
  const bytes = Buffer.from(encodeMessage(command))
  return {
    actor,
    route,
    idempotencyKey,
    bodyHash: createHash('sha256').update(bytes).digest(),
    desk,
    key: keyOf(command as never),
    type: fullNameOf(command.type),
    command: bytes,
    traceparent: '',
    deadlineMs,
  }
}

/** The service whose door takes a command. */
export const serviceOf = (command: Command): string => {
  const { desk } = commands[command.type]
  return desk.slice(0, desk.indexOf('.'))
}
