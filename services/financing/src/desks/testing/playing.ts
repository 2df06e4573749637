/** For tests: one item of a desk living through what it hears, with its archive, as the runtime would let it. */
import type { Decision, DeskRules, Evidence, Input, Typed } from '@triflow/kernel'

export interface Playing<State, Command, Heard, Broadcast, Fact> {
  hear(fact: Heard): readonly Fact[]
  /** Hears facts in turn; what all of them led to. */
  hearAll(facts: readonly Heard[]): readonly Fact[]
  wish(command: Command): Decision<Fact>
  broadcast(fact: Broadcast): readonly Fact[]
  /** Everything said so far. */
  readonly said: Fact[]
  state(): State
  readonly archive: ReadonlyMap<string, unknown>
  at: number
}

export const playing = <S, Sh, C extends Typed, H extends Typed, B extends Typed, F extends Typed>(
  desk: DeskRules<S, Sh, C, H, B, F>,
  key: string,
  /** Copying a large state around every decision is slow; switched off where another test has shown it. */
  { checksPurity = true } = {},
): Playing<S, C, H, B, F> => {
  let state = desk.initialState(key)
  let shared = desk.initialShared()
  let entry = 0n
  const archive = new Map<string, unknown>()
  const said: F[] = []

  const decide = (input: Input<C, H, B>): Decision<F> => {
    const message = input.kind === 'command' ? input.command : input.kind === 'heard' ? input.fact : undefined
    const loaded = new Map<string, unknown>()
    for (const needed of (message && desk.keysNeeded?.(message as C | H)) ?? [])
      if (archive.has(needed)) loaded.set(needed, structuredClone(archive.get(needed)))
    if (input.kind === 'heard') state = desk.evolve(state, structuredClone(input.fact), played.at, input.evidence)
    const before = checksPurity ? JSON.stringify(plain(state)) : ''
    const decision = desk.decide(input, state, { key, at: played.at, shared, loaded })
    if (checksPurity && before !== JSON.stringify(plain(state))) throw new Error('decide changed the state')
    for (const fact of decision.facts) state = desk.evolve(state, structuredClone(fact), played.at)
    for (const { key: archiveKey, item } of desk.retire?.(state) ?? []) archive.set(archiveKey, item)
    said.push(...decision.facts)
    return decision
  }

  const played: Playing<S, C, H, B, F> = {
    at: 1_700_000_000_000,
    said,
    archive,
    state: () => state,
    hear: (fact) => {
      entry += 1n
      const evidence: Evidence = {
        desk: 'test.desk-00',
        entry,
        index: 0,
        sha256: `${entry}`.padStart(64, '0'),
        type: fact.type,
      }
      return decide({ kind: 'heard', fact, evidence }).facts
    },
    hearAll: (facts) => facts.flatMap((fact) => played.hear(fact)),
    wish: (command) => decide({ kind: 'command', commandId: 'cmd', command }),
    broadcast: (cause) => {
      shared = desk.evolveShared(shared, cause)
      if (!desk.sweeps?.(cause)) return []
      const facts: F[] = []
      let cursor = ''
      for (let step = 0; step < 10_000; step++) {
        const decision = decide({ kind: 'sweep', cause, cursor })
        facts.push(...decision.facts)
        if (decision.cursor === undefined) return facts
        cursor = decision.cursor
      }
      throw new Error('the sweep does not end')
    },
  }
  return played
}

/** Maps and bigints as JSON can compare them. */
const plain = (value: unknown): unknown => {
  if (typeof value === 'bigint') return `${value}n`
  if (value instanceof Map) return [...value].map(([k, v]) => [k, plain(v)])
  if (Array.isArray(value)) return value.map(plain)
  if (value && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]))
  return value
}
