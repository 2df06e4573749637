/**
 * What a service supplies to have a desk: pure functions over plain values. The runtime (packages/desk) supplies the
 * rest: reading, numbering, journal, publishing, takeover. Nothing here is async, reads a clock or knows a driver.
 */

/** Where a heard fact can be read again. Kept in state and told in decisions, so that a reason can be checked later. */
export interface Evidence {
  readonly desk: string
  readonly entry: bigint
  readonly index: number
  readonly sha256: string
  readonly type: string
}

export interface Typed {
  readonly type: string
}

/** A wish that a door has parsed and authorised. */
export interface CommandInput<Command> {
  readonly kind: 'command'
  readonly commandId: string
  readonly command: Command
}

/** Another desk's fact; it has been folded into the state before it is decided on. */
export interface HeardInput<Heard> {
  readonly kind: 'heard'
  readonly fact: Heard
  readonly evidence: Evidence
}

/** One bounded step of a sweep that a broadcast started; `cursor` is what the step before returned, '' at first. */
export interface SweepInput<Broadcast> {
  readonly kind: 'sweep'
  readonly cause: Broadcast
  readonly cursor: string
}

/** The time that the item asked to be woken at has come. */
export interface TickInput {
  readonly kind: 'tick'
}

export type Input<Command, Heard, Broadcast> =
  CommandInput<Command> | HeardInput<Heard> | SweepInput<Broadcast> | TickInput

export interface Context<Shared> {
  /** The key of the item decided on. */
  readonly key: string
  /** Milliseconds since 1970 of this entry: the only clock a decision may see; never goes backwards within a desk. */
  readonly at: number
  /** What broadcasts have said: business date, programmes. */
  readonly shared: Shared
  /** Archived items by archive key, as asked for by `keysNeeded`; absent ones are missing from the map. */
  readonly loaded: ReadonlyMap<string, unknown>
}

/** A no, as a value. It is recorded and answered, and changes nothing. */
export interface Rejection {
  readonly code: string
  readonly detail: string
}

export interface Decision<Fact> {
  readonly facts: readonly Fact[]
  readonly rejection?: Rejection
  /** Of a sweep: where to go on with this item; absent when the item is done. */
  readonly cursor?: string
}

export const accept = <Fact>(facts: readonly Fact[]): Decision<Fact> => ({ facts })

export const nothing: Decision<never> = { facts: [] }

export const reject = (code: string, detail: string): Decision<never> => ({ facts: [], rejection: { code, detail } })

/** A topic that a fact is told on, and the key of the desk that reads it there. */
export interface Route {
  readonly topic: string
  readonly key: string
}

/** A piece of state that is done: kept in the archive under a key that a later rule can ask for. */
export interface Retired {
  readonly key: string
  readonly item: unknown
}

/**
 * The rules of a desk: its quiet room.
 * State must be plain data: objects, arrays, Maps, strings, numbers, bigints, booleans. `evolve` owns the state it is
 * given and may change it in place; `decide` must not. Neither may iterate over anything whose order is not given by
 * the facts themselves.
 */
export interface DeskRules<
  State,
  Shared,
  Command extends Typed,
  Heard extends Typed,
  Broadcast extends Typed,
  Fact extends Typed,
> {
  initialState(key: string): State
  initialShared(): Shared
  decide(input: Input<Command, Heard, Broadcast>, state: State, context: Context<Shared>): Decision<Fact>
  /** Folds an own fact, or a heard one with the evidence of where it stands. */
  evolve(state: State, fact: Fact | Heard, at: number, evidence?: Evidence): State
  evolveShared(shared: Shared, fact: Broadcast, evidence?: Evidence): Shared
  /** True when this broadcast must visit every item. */
  sweeps?(fact: Broadcast): boolean
  /** Archive keys that deciding on this input may ask for, besides the item's own key. */
  keysNeeded?(input: Command | Heard): readonly string[]
  /** The item is done and leaves open state for the archive under its own key. */
  isClosed?(state: State): boolean
  /** Takes finished parts out of the state (changing it) and hands them over for the archive. */
  retire?(state: State): readonly Retired[]
  /** An item or part as older code left it in the archive, in today's shape; facts are upcast before they come here. */
  upcastArchived?(archived: unknown): unknown
  /** When the item wants to be looked at again though nothing arrives; undefined for never. */
  wakeAt?(state: State): number | undefined
}

/** A desk as the runtime takes it: its rules, its name, and where its facts are told. */
export interface DeskDefinition<
  State,
  Shared,
  Command extends Typed,
  Heard extends Typed,
  Broadcast extends Typed,
  Fact extends Typed,
> extends DeskRules<State, Shared, Command, Heard, Broadcast, Fact> {
  /** service.desk, as in "financing.trade". */
  readonly name: string
  /**
   * What the desk says about an open item is told in the trace of the request that the item began with, whoever's later
   * request it answers. Without it, each fact is told in the trace of the record that caused it.
   */
  readonly keepsTrace?: boolean
  /** Topics and keys a fact is told on; the first is the desk's own. A broadcast has one route, to the broadcast topic. */
  routes(fact: Fact): readonly Route[]
}

/** Desks of different services are handled alike by the runtime, which never looks inside what they fold. */
export type AnyDesk = DeskDefinition<unknown, unknown, Typed, Typed, Typed, Typed>
