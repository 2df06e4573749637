/** What a contract suite is given: a way to make the port under test, as often as it likes. */

export interface Subject<Port> {
  readonly port: Port
  close(): Promise<void>
}

export type MakeSubject<Port> = () => Promise<Subject<Port>>

/** Real engines are slow to elect, rebalance and flush. */
export const contractTimeoutMs = 60_000

let counter = 0

/** A name that no other run has used, so that suites can share an engine. */
export const unique = (word: string): string => `${word}-${Date.now().toString(36)}-${process.pid}-${counter++}`

export const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'utf8'))

export const text = (of: Uint8Array | null | undefined): string => (of ? Buffer.from(of).toString('utf8') : '')

/** Waits on progress, never on a guess: resolves when `holds` does, throws with what was seen when it never did. */
export const eventually = async (holds: () => boolean, what: string, withinMs = 30_000): Promise<void> => {
  const until = Date.now() + withinMs
  while (!holds()) {
    if (Date.now() > until) throw new Error(`never happened: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** For what must not happen: long enough for a real engine to have done it. */
export const aWhile = (ms = 700): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
