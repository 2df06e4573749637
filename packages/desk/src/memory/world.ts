/** What in-memory adapters ask of the world they live in: turns, time, chance, and processes that can die. */
import type { Clock } from '../ports.ts'
import type { FaultName } from './faults.ts'

/** What becomes of a step that the scheduler has chosen. */
export type Verdict = 'go' | 'error' | 'unknown-done' | 'unknown-late' | 'crash-before' | 'crash-after'

/**
 * request: work of a server on behalf of a process; reply: its answer arrives; turn: something happens inside the
 * process (a delivery, an assignment); soon and timer: the process's own clock.
 */
export type StepKind = 'request' | 'reply' | 'turn' | 'soon' | 'timer'

export interface Step {
  readonly index: number
  readonly process: string
  readonly label: string
  readonly kind: StepKind
}

/** One operating-system process. When it is killed, nothing it waits for ever comes, and its requests may still land. */
export interface Process {
  readonly name: string
  readonly clock: Clock
  isAlive(): boolean
  /** Alive and not frozen. */
  isResponsive(): boolean
  /**
   * A call to a server: `perform` happens there in one step, the answer comes in another. `whenLost` is what is done
   * there, instead, when the caller will not hear of it: a part, perhaps.
   */
  call<T>(label: string, perform: () => T, whenLost?: () => void): Promise<T>
  /** Something that happens inside the process, not before `delayMs` have passed. */
  turn(label: string, task: () => void, delayMs?: number): void
  kill(): void
  /** SIGSTOP: nothing inside happens until thawed; requests already sent still land. */
  freeze(): void
  thaw(): void
  onFreeze(listener: () => void): void
  onThaw(listener: () => void): void
  onKill(listener: () => void): void
}

export interface World {
  /** The cluster's own time. */
  now(): number
  /** A number in [0, 1). */
  random(): number
  /** True when this fault strikes now. */
  happens(fault: FaultName): boolean
  process(name: string): Process
  /** Servers' own work: session timeouts. Never dies. */
  readonly cluster: Process
}

/** A result that nobody knows: thrown to the caller whether or not the call was done. */
export const lostAnswer = (label: string): Error => new Error(`no answer to ${label}`)
