/** What each kind of run shows, in the shape in which it is kept. */

/** `./triflow simulate`: everything but single runs. */
export interface SimulationShowing {
  readonly seeds: number
  readonly bad: number
  readonly trades: number
  readonly steps: number
  readonly entries: number
  readonly records: number
  readonly tradesPerSecondAndCore: number
  /** How often each fault struck. */
  readonly faults: Readonly<Record<string, number>>
  /** How many things were looked at for each invariant. */
  readonly checked: Readonly<Record<string, number>>
  /** Pairs of step and fault. */
  readonly pairs: { readonly possible: number; readonly met: number; readonly missing: readonly string[] }
}

/** `./triflow simulate --defects`: what became of each planted defect. */
export interface DefectShowing {
  readonly defect: string
  readonly meaning: string
  readonly caught: boolean
  readonly invariants: readonly string[]
  readonly seeds: number
  readonly trades: number
  readonly seconds: number
  /** What the first seed that was not well said; of one that was not caught, why not. */
  readonly firstSign: string
}

/** `./triflow chaos --faults all`. */
export interface FaultsShowing {
  readonly seconds: number
  readonly faults: readonly {
    readonly id: string
    readonly fault: string
    readonly how: string
    /** Names of invariants, then a sentence. */
    readonly mustHold: string
    readonly result: string
    readonly recoverySeconds?: number
    readonly note: string
  }[]
  readonly history: readonly string[]
}

/** `./triflow recover drill`. */
export interface RecoveryShowing {
  readonly trades: number
  readonly database: {
    /** Desks that refused to decide after the restore, before anything was recovered. */
    readonly desksRefused: number
    readonly entriesRebuilt: number
    readonly inputsDecidedAgain: number
    readonly recoverySeconds: number
    /** From the start of the services until all were ready. */
    readonly readySeconds: number
  }
  readonly log: {
    readonly recordsRebuilt: number
    readonly commandsWaiting: number
    readonly recoverySeconds: number
    readonly readySeconds: number
  }
  readonly acknowledged: number
  readonly payouts: number
  readonly seconds: number
  /** Empty when all is well. */
  readonly differences: readonly string[]
}
