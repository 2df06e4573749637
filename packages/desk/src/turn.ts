/** One turn of a desk: the entry it is about to write, as it grows. */
import type { deskWire } from '@triflow/contracts'
import {
  broadcastTopic,
  deadLettersTopic,
  encodeMessage,
  factsTopic,
  fullNameOf,
  partitionOfKey,
  partitionsOf,
  topicNamed,
} from '@triflow/contracts'
import type { AnyDesk, Typed } from '@triflow/kernel'
import type { ArchivedItem, Outcome } from './ports.ts'
import type { DeskState } from './state.ts'

export interface Turn {
  readonly sequence: number
  readonly at: number
  readonly inputs: deskWire.InputRange[]
  readonly records: deskWire.ConsumedRecord[]
  readonly loaded: deskWire.Loaded[]
  readonly facts: deskWire.PublishedRecord[]
  /** Archive keys already told in `loaded`. */
  readonly told: Set<string>
  /** What left open state in this very turn, by archive key; what left twice counts as it left last. */
  readonly closed: Map<string, Uint8Array>
  readonly replies: Map<string, Outcome[]>
  bytes: number
}

export const newTurn = (sequence: number, at: number): Turn => ({
  sequence,
  at,
  inputs: [],
  records: [],
  loaded: [],
  facts: [],
  told: new Set(),
  closed: new Map(),
  replies: new Map(),
  bytes: 0,
})

const empty = new Uint8Array(0)

export interface Speaker {
  readonly desk: AnyDesk
  readonly partition: number
  readonly desks: number
}

/** Adds one record to the turn and numbers it. A broadcast's copies share one number; any other copy has its own. */
const sayOn = (
  state: DeskState,
  turn: Turn,
  topic: string,
  partition: number,
  key: Uint8Array,
  type: string,
  value: Uint8Array,
  traceparent: string,
  copy: boolean,
): void => {
  const place = `${topic}/${partition}`
  turn.facts.push({
    topic,
    partition,
    key,
    number: BigInt(state.number),
    previous: BigInt(state.written.get(place) ?? 0),
    type,
    value,
    traceparent,
    copy,
  })
  state.written.set(place, state.number)
  turn.bytes += value.length + key.length + 160
}

/** Says a fact on every route that it has. */
export const say = (speaker: Speaker, state: DeskState, turn: Turn, fact: Typed, traceparent: string): void => {
  const value = encodeMessage(fact)
  const type = fullNameOf(fact.type)
  let copy = false
  for (const route of speaker.desk.routes(fact)) {
    const partitions = partitionsOf(topicNamed(route.topic), speaker.desks)
    state.number += 1
    if (route.topic === broadcastTopic) {
      for (let partition = 0; partition < partitions; partition++) {
        sayOn(state, turn, route.topic, partition, empty, type, value, traceparent, copy || partition > 0)
      }
    } else {
      const key = Buffer.from(route.key)
      sayOn(state, turn, route.topic, partitionOfKey(key, partitions), key, type, value, traceparent, copy)
    }
    copy = true
  }
}

/** Says something about the desk's own work, on its facts topic or its service's dead letters. */
export const sayOwn = (
  speaker: Speaker,
  state: DeskState,
  turn: Turn,
  message: Typed,
  key: string,
  traceparent: string,
): number => {
  const deadLetter = message.type === 'DeadLettered'
  const topic = deadLetter ? deadLettersTopic(speaker.desk.name) : factsTopic(speaker.desk.name)
  state.number += 1
  sayOn(
    state,
    turn,
    topic,
    speaker.partition,
    Buffer.from(key),
    fullNameOf(message.type),
    encodeMessage(message),
    traceparent,
    false,
  )
  return state.number
}

/** Notes an input, widening the range of its topic. Returns the index of the range. */
export const noteInput = (
  turn: Turn,
  topic: string,
  partition: number,
  offset: number,
  fingerprint: string,
): number => {
  const lastHash = Buffer.from(fingerprint, 'hex')
  const index = turn.inputs.findIndex((range) => range.topic === topic)
  if (index >= 0) {
    const range = turn.inputs[index]!
    range.to = BigInt(offset)
    range.lastHash = lastHash
    return index
  }
  turn.inputs.push({ topic, partition, from: BigInt(offset), to: BigInt(offset), lastHash })
  return turn.inputs.length - 1
}

/** What the turn hands to the archive. */
export const archiveOf = (turn: Turn): ArchivedItem[] =>
  [...turn.closed].map(([key, bytes]) => ({ key, sequence: turn.sequence, bytes }))
