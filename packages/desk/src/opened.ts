/** A consumed record, opened: what it is, whether it may be believed, and what it says. No state is consulted here. */
import { hash as hashOnce } from 'node:crypto'
import {
  broadcastTopic,
  commands,
  commandsTopic,
  decodeMessage,
  header,
  isCommandName,
  isKnownMessage,
  isWriterOf,
} from '@triflow/contracts'
import type { Evidence, Typed } from '@triflow/kernel'
import type { LogRecord } from './ports.ts'
import { deskNameOf, fingerprint, headerText, isIntact, parsePosition, type Position } from './record.ts'

interface Common {
  readonly record: LogRecord
  readonly key: string
  readonly type: string
  readonly traceparent: string
  readonly sha256: string
}

export type Opened =
  | (Common & {
      readonly kind: 'command'
      readonly commandId: string
      readonly bodyHash: string
      readonly reply: string
      readonly message: Typed
    })
  | (Common & {
      readonly kind: 'heard'
      readonly position: Position
      readonly evidence: Evidence
      readonly message: Typed
    })
  | (Common & {
      readonly kind: 'broadcast'
      readonly position: Position
      readonly evidence: Evidence
      readonly message: Typed
    })
  /** Cannot be taken. A checked fact still has a position and parks its key; a checked command still has an id. */
  | (Common & {
      readonly kind: 'dead'
      readonly reason: 'corrupt' | 'no-key' | 'undecodable' | 'unknown-type'
      readonly detail: string
      readonly position?: Position
      readonly commandId?: string
      readonly reply?: string
    })

/** Where the record stands; of a dead fact too, as far as it has a position. */
export const evidenceOf = (opened: Opened): Evidence => {
  if ('evidence' in opened) return opened.evidence
  const position = opened.kind === 'dead' ? opened.position : undefined
  const { sha256, type } = opened
  return { desk: position?.desk ?? '', entry: BigInt(position?.entry ?? 0), index: position?.index ?? 0, sha256, type }
}

const utf8 = new TextDecoder()

/** Opens a record that a desk is to take: what it says, and whether who says it may. Its checksum may be known to be right. */
export const open = (desk: string, record: LogRecord, isSound = isIntact(record)): Opened => {
  const opened = read(desk, record, isSound)
  if (opened.kind !== 'heard' && opened.kind !== 'broadcast') return opened
  const { position, evidence: _evidence, message: _message, ...common } = opened
  // Whoever may not say anything here has no place in our account of this topic: no mark, no parked key.
  return isWriterOf(deskNameOf(position.desk), record.topic)
    ? opened
    : {
        ...common,
        kind: 'dead',
        reason: 'undecodable',
        detail: `${position.desk} does not write to ${record.topic}`,
      }
}

/**
 * What a record says. A corrupt one is believed in nothing, not even in its key. Folding a journal needs no more than
 * this: whether a record may be taken was judged when it was, by the rules of that day.
 */
export const read = (desk: string, record: LogRecord, isSound = isIntact(record)): Opened => {
  const type = headerText(record, header.type)
  const common = {
    record,
    key: record.key ? utf8.decode(record.key) : '',
    type,
    traceparent: headerText(record, header.traceparent),
    sha256: fingerprint(record),
  }
  if (!isSound) return { ...common, kind: 'dead', reason: 'corrupt', detail: 'checksum missing or wrong' }
  return record.topic === commandsTopic(desk) ? openCommand(common) : openFact(common)
}

const openCommand = (common: Common): Opened => {
  const { record } = common
  const commandId = headerText(record, header.id)
  const reply = headerText(record, header.reply)
  const dead = (reason: 'no-key' | 'undecodable' | 'unknown-type', detail: string): Opened => ({
    ...common,
    kind: 'dead',
    reason,
    detail,
    commandId,
    reply,
  })
  if (!commandId) return dead('undecodable', 'no command id')
  if (!record.key?.length) return dead('no-key', 'no key')
  if (!record.value) return dead('undecodable', 'no value')
  if (!isKnownMessage(common.type)) return dead('unknown-type', common.type)
  const message = decoded(common.type, record.value)
  if (!message) return dead('undecodable', `not a ${common.type}`)
  if (!isKeyOf(message, common.key)) return dead('undecodable', 'its key is not the key that the command names')
  const bodyHash = hashOnce('sha256', Buffer.concat([Buffer.from(common.type), Buffer.from([0]), record.value]), 'hex')
  return { ...common, kind: 'command', commandId, bodyHash, reply, message }
}

/** Rules trust the key; a command on another's key must never reach them. */
const isKeyOf = (message: Typed, key: string): boolean => {
  if (!isCommandName(message.type)) return true
  const keyOf = commands[message.type].keyOf as (command: Typed) => string
  return keyOf(message) === key
}

const openFact = (common: Common): Opened => {
  const { record } = common
  const position = parsePosition(headerText(record, header.position))
  if (!position) return { ...common, kind: 'dead', reason: 'undecodable', detail: 'no position: not a fact of ours' }
  const dead = (reason: 'no-key' | 'undecodable' | 'unknown-type', detail: string): Opened => ({
    ...common,
    kind: 'dead',
    reason,
    detail,
    position,
  })
  const broadcast = record.topic === broadcastTopic
  if (!broadcast && !record.key?.length) return dead('no-key', 'no key')
  if (!record.value) return dead('undecodable', 'no value')
  if (!isKnownMessage(common.type)) return dead('unknown-type', common.type)
  const message = decoded(common.type, record.value)
  if (!message) return dead('undecodable', `not a ${common.type}`)
  const evidence = {
    desk: position.desk,
    entry: BigInt(position.entry),
    index: position.index,
    sha256: common.sha256,
    type: common.type,
  }
  return { ...common, kind: broadcast ? 'broadcast' : 'heard', position, evidence, message }
}

/** Undefined when this code cannot read it: of a type it does not know, or not such a message. */
export const decoded = (type: string, value: Uint8Array): Typed | undefined => {
  try {
    return decodeMessage(type, value)
  } catch {
    return undefined
  }
}
