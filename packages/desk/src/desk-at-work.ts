/** A desk at work: its state, and what is at hand beside it. Everything that decides or folds is given one of these. */
import type { AnyDesk } from '@triflow/kernel'
import type { LogRecord } from './ports.ts'
import { deskId } from './record.ts'
import { emptyState, type DeskState } from './state.ts'
import type { Speaker } from './turn.ts'

export { Halted } from './halted.ts'

/** A record whose fact or command makes the rules throw: a bug of ours, kept away from the rest by its identity. */
export class Undecidable extends Error {
  readonly identity: string
  constructor(identity: string, cause: unknown) {
    super(cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause), { cause })
    this.identity = identity
  }
}

export interface CoreLimits {
  /** Bytes of facts after which a turn takes nothing more. */
  readonly factBytes: number
  /** Outcomes kept at hand; older ones are asked of the archive. */
  readonly outcomes: number
  /** Open items, and parts of them, kept as objects; the others are bytes until they are needed. */
  readonly atHand: number
}

export const coreLimits: CoreLimits = { factBytes: 3 * 1024 * 1024, outcomes: 20_000, atHand: 250 }

export interface DeskAtWork {
  readonly desk: AnyDesk
  /** service.desk-NN. */
  readonly id: string
  readonly speaker: Speaker
  readonly limits: CoreLimits
  state: DeskState
  /** Items that left open state and whose archive write is not acknowledged yet. */
  readonly leaving: Map<string, { readonly sequence: number; readonly bytes: Uint8Array }>
  /** Identities that made the rules throw, with what was thrown; they become dead letters when they come again. */
  readonly undecidable: Map<string, string>
  /** When each item wants to be looked at again. */
  readonly wakes: Map<string, number>
  /** Keys that the sweep in progress visits, sorted once; made anew after a restart. */
  sweepKeys: string[] | undefined
}

export const deskAtWork = (desk: AnyDesk, partition: number, desks: number, limits: CoreLimits): DeskAtWork => ({
  desk,
  id: deskId(desk.name, partition),
  speaker: { desk, partition, desks },
  limits,
  state: emptyState(desk.initialShared(), limits.atHand),
  leaving: new Map(),
  undecidable: new Map(),
  wakes: new Map(),
  sweepKeys: undefined,
})

/** Archive keys: of an item, of a part that it retired, of a command's outcome. */
export const itemKey = (key: string): string => `item:${key}`
export const partKey = (key: string): string => `part:${key}`
export const commandKey = (commandId: string): string => `command:${commandId}`

export const identityOf = (record: Pick<LogRecord, 'topic' | 'partition' | 'offset'>): string =>
  `${record.topic}/${record.partition}@${record.offset}`
