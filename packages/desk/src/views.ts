/** What a service supplies to have a view or a connector; the follower that drives them is in follower.ts. */
import type { Typed } from '@triflow/kernel'
import type { Views } from './ports.ts'

/** Where a fact came from, for folds and connectors. */
export interface Said {
  readonly topic: string
  readonly desk: string
  readonly number: number
  readonly entry: number
  readonly index: number
  readonly sha256: string
  readonly key: string
  /** Milliseconds since 1970 of the entry that holds it. */
  readonly at: number
  readonly traceparent: string
}

export interface ViewDefinition<Body extends object = Record<string, unknown>> {
  readonly name: string
  readonly hears: readonly string[]
  /** Documents that a fact touches; [] when none. */
  readonly idsOf: (fact: Typed & Record<string, unknown>, said: Said) => readonly string[]
  /** Pure; undefined leaves the document as it was. */
  fold(body: Body | undefined, fact: Typed & Record<string, unknown>, said: Said, id: string): Body | undefined
  /** Fields that `List` may filter by equality. */
  readonly listedBy: readonly string[]
}

/** Acts on the outside world for facts it hears, with their ids as idempotency keys, and reports back as commands. */
export interface ConnectorDefinition {
  readonly name: string
  readonly hears: readonly string[]
  /** True when the connector acts on this fact. */
  readonly wants: (fact: Typed & Record<string, unknown>) => boolean
  /**
   * Never throws for what the outside world says; may take long. Several run at once, one at a time per key. `views` are
   * its own service's.
   */
  readonly act: (
    fact: Typed & Record<string, unknown>,
    said: Said,
    views: Pick<Views, 'load' | 'list'>,
  ) => Promise<readonly ConnectorReport[]>
}

export interface ConnectorReport {
  /** Same report, same id: the id of the fact it answers, and the attempt. */
  readonly id: string
  readonly command: Typed & Record<string, unknown>
}
