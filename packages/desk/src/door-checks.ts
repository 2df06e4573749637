/** What a door knows of a command before a desk has seen it: its identity, its form, and its place on the log. */
import { createHash } from 'node:crypto'
import { commands, decodeMessage, type doorWire, fullNameOf, isCommandName } from '@triflow/contracts'
import { commandBytesMax } from './door-publisher.ts'

/** Same actor, route and idempotency key, same command: the first half of a SHA-256, in hex. */
export const commandIdOf = ({
  actor,
  route,
  idempotencyKey,
}: Pick<doorWire.SubmitRequest, 'actor' | 'route' | 'idempotencyKey'>): string =>
  createHash('sha256').update(`${actor}\n${route}\n${idempotencyKey}`).digest('hex').slice(0, 32)

/** The one command that every desk takes, besides its own: it frees a key that waits behind a dead letter. */
const REDRIVE = 'RedriveKey'

/** Why this request can never become a command of these desks, in words for whoever wrote the caller; undefined when it can. */
export const badCommand = (request: doorWire.SubmitRequest, desks: ReadonlySet<string>): string | undefined => {
  if (!desks.has(request.desk)) return `no desk called ${request.desk} works here`
  const name = request.type.slice(request.type.lastIndexOf('.') + 1)
  const isRedrive = name === REDRIVE
  if (!isRedrive && !isCommandName(name)) return `${request.type} is not a command`
  if (fullNameOf(name) !== request.type) return `${request.type} is not a command`
  if (!isRedrive && isCommandName(name) && commands[name].desk !== request.desk)
    return `${request.desk} does not judge ${name}`
  if (!request.actor || !request.route) return 'actor and route are missing'
  if (!request.idempotencyKey) return 'the idempotency key is missing'
  if (request.command.length > commandBytesMax) return `a command has at most ${commandBytesMax} bytes`
  try {
    const command = decodeMessage(request.type, request.command)
    const key = isCommandName(name)
      ? commands[name].keyOf(command as never)
      : (command as unknown as { key: string }).key
    if (!key) return `${name} names no item`
    return key === request.key ? undefined : `the command is about ${key}, not ${request.key}`
  } catch (error) {
    return `the bytes are no ${name}: ${String(error)}`
  }
}
