/** For tests: a desk as the runtime drives it, with an archive, snapshotted and restored on the way. */
import { deserialize, serialize } from 'node:v8'
import type { AnyDesk, Decision, Evidence, Input, Typed } from '@triflow/kernel'

const evidence: Evidence = { desk: 'test.desk-00', entry: 1n, index: 0, sha256: '', type: '' }

export const drivenDesk = (rules: Omit<AnyDesk, 'name' | 'routes'>, key: string) => {
  let state = rules.initialState(key)
  let shared = rules.initialShared()
  let inputs = 0
  const archive = new Map<string, unknown>()
  const said: Typed[] = []
  /** Only what the rules asked for is at hand, as in the runtime. */
  const loadedFor = (input: Input<Typed, Typed, Typed>): ReadonlyMap<string, unknown> => {
    const message = input.kind === 'command' ? input.command : input.kind === 'heard' ? input.fact : undefined
    const keys = message ? (rules.keysNeeded?.(message) ?? []) : []
    return new Map(keys.filter((needed) => archive.has(needed)).map((needed) => [needed, archive.get(needed)]))
  }
  const put = (input: Input<Typed, Typed, Typed>, at: number): Decision<Typed> => {
    if (input.kind === 'heard') state = rules.evolve(state, input.fact, at, evidence)
    const decision = rules.decide(input, state, { key, at, shared, loaded: loadedFor(input) })
    for (const fact of decision.facts) state = rules.evolve(state, fact, at)
    for (const retired of rules.retire?.(state) ?? []) archive.set(retired.key, retired.item)
    // Now and then is as good as always, and a property test has the time for it.
    if (++inputs % 25 === 0) state = deserialize(serialize(state))
    said.push(...decision.facts)
    return decision
  }
  return {
    said,
    hear: (fact: Typed, at = 0) => put({ kind: 'heard', fact, evidence }, at),
    ask: (command: Typed, at = 0) => put({ kind: 'command', commandId: 'c', command }, at),
    wake: (at: number) => put({ kind: 'tick' }, at),
    broadcast: (fact: Typed) => void (shared = rules.evolveShared(shared, fact)),
    wakeAt: () => rules.wakeAt?.(state),
    archived: () => archive.size,
  }
}
