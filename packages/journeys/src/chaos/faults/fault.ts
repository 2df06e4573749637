/** What an entry of the fault catalogue says, and what a fault is given to be made with. */
import type { ServiceName } from '../../../../../launcher/processes.js'
import type { Random } from '../../generator/random.ts'
import type { Stage } from '../honest-trade.ts'
import type { Recorder } from '../history.ts'
import type { Links } from '../proxy/links.ts'
import type { SecondInstance, SecondOptions } from '../second-instance.ts'
import type { Part, PrivateWorld } from '../world.ts'
import type { Probe } from './probe.ts'
import type { Load, Story } from './story.ts'

export type FaultId = `F${string}`

/** Made here and now, on a running world, while a story is played. */
export interface Fault {
  readonly id: FaultId
  readonly fault: string
  /** How it is made, on this machine. */
  readonly how: string
  /** For people; invariants by their number. */
  readonly mustHold: string
  /** Resolves once the fault was made; what it left broken is healed by who runs it. A sentence is kept as a note. */
  readonly make: (arena: Arena) => Promise<string | void>
  /** The world is of no further use: this entry comes last. */
  readonly endsTheWorld?: true
}

export interface Arena {
  readonly world: PrivateWorld
  readonly links: Links
  /** The stage as honest clients see it: they repeat what failed, and everything they say and hear is kept. */
  readonly stage: Stage
  readonly random: Random
  /** One wish or question without patience: the door's very first answer. */
  readonly probe: Probe
  readonly history: Recorder
  /** Another programme with a debtor and parties of its own, through the same keeping door. */
  openStage(programmeId: string, limitMinor: bigint): Promise<Stage>
  /** A few honest trades, said from now on; they must all be paid out after healing. */
  play(trades?: number): Story
  /** Honest trades one after another until it is ended. */
  load(): Load
  /** What does not hold is a finding, and the entry failed. */
  demand(holds: boolean, otherwise: string): void
  say(sentence: string): void
  /** A further process of a service; ended when the fault is over. */
  second(options: Omit<SecondOptions, 'world' | 'name'>): SecondInstance
  /** Kills, leaves down for a while, starts again. */
  killFor(victims: readonly Part[], downMs: number): Promise<void>
  /** What a service has logged since the fault began. */
  logged(service: ServiceName): readonly Record<string, unknown>[]
  /** What a service answers to /readyz, as in "200 ready"; "no answer" when it gives none in time. */
  readiness(service: ServiceName): Promise<string>
  /** Undoes what the world cannot: limits lifted, folders removed. Runs before anything else is healed. */
  afterwards(undo: () => Promise<void> | void): void
  /** Makes the world whole again before the entry is over, for faults in several acts. */
  heal(): Promise<void>
  sleep(ms: number): Promise<void>
  /** Waits for what must happen soon, else the fault was not made. */
  soon<T>(what: string, happening: Promise<T>, withinMs?: number): Promise<T>
  until(what: string, holds: () => Promise<boolean> | boolean, withinMs?: number): Promise<void>
}

/** The fault could not be made, which proves nothing. */
export class NotMade extends Error {
  constructor(what: string) {
    super(`the fault was not made: ${what}`)
    this.name = 'NotMade'
  }
}

/** This machine does not give what the fault needs; counted apart. */
export class NotPossibleHere extends Error {
  constructor(why: string) {
    super(why)
    this.name = 'NotPossibleHere'
  }
}
