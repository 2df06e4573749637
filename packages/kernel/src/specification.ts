/** Tests as sentences: given facts, when a command or a heard fact, then facts or a rejection. */
import { deepStrictEqual, fail, strictEqual } from 'node:assert/strict'
import type { Decision, DeskRules, Evidence, Typed } from './desk.ts'

const somewhere = (type: string): Evidence => ({
  desk: 'test.desk-00',
  entry: 1n,
  index: 0,
  sha256: '00'.repeat(32),
  type,
})

/** Facts that come from another desk, marked so that the specification folds them as heard. */
export const heard = <Fact extends Typed>(fact: Fact, evidence: Evidence = somewhere(fact.type)) => ({
  heard: fact,
  evidence,
})

type Past<Fact, Heard, Broadcast> = Fact | { heard: Heard; evidence: Evidence } | { broadcast: Broadcast }

export const broadcast = <Fact extends Typed>(fact: Fact) => ({ broadcast: fact })

/**
 * `specification(desk, key)` returns `given(past)`; `.when(command)`, `.whenHeard(fact)`, `.whenSwept(broadcast)`,
 * `.whenWoken(at)` decide; `.then(facts)` compares exactly, `.thenTypes([...])` by type, `.thenRejected(code)`,
 * `.thenNothing()`.
 */
export const specification = <S, Sh, C extends Typed, H extends Typed, B extends Typed, F extends Typed>(
  desk: DeskRules<S, Sh, C, H, B, F>,
  key: string,
) => ({
  given: (past: readonly Past<F, H, B>[], at = 1_700_000_000_000) => {
    let shared = desk.initialShared()
    let state = desk.initialState(key)
    for (const fact of past) {
      if (typeof fact === 'object' && 'broadcast' in fact) shared = desk.evolveShared(shared, fact.broadcast as B)
      else if (typeof fact === 'object' && 'heard' in fact)
        state = desk.evolve(state, fact.heard as H, at, fact.evidence)
      else state = desk.evolve(state, fact as F, at)
    }
    const loaded = new Map<string, unknown>()
    const outcome = (decision: Decision<F>) => ({
      decision,
      then: (facts: readonly F[]) => deepStrictEqual(decision.facts, facts),
      thenTypes: (types: readonly string[]) =>
        deepStrictEqual(
          decision.facts.map((fact) => fact.type),
          types,
        ),
      thenRejected: (code: string) => strictEqual(decision.rejection?.code, code, decision.rejection?.detail),
      thenNothing: () => {
        if (decision.facts.length || decision.rejection)
          fail(
            `expected nothing, got ${JSON.stringify(decision.facts.map((f) => f.type))} ${decision.rejection?.code ?? ''}`,
          )
      },
    })
    const context = () => ({ key, at, shared, loaded })
    return {
      state: () => state,
      shared: () => shared,
      archived: (archiveKey: string, item: unknown) => void loaded.set(archiveKey, item),
      when: (command: C) => outcome(desk.decide({ kind: 'command', commandId: 'cmd-1', command }, state, context())),
      whenHeard: (fact: H, evidence: Evidence = somewhere(fact.type)) => {
        state = desk.evolve(state, fact, at, evidence)
        return outcome(desk.decide({ kind: 'heard', fact, evidence }, state, context()))
      },
      whenSwept: (cause: B, cursor = '') => {
        if (cursor === '') shared = desk.evolveShared(shared, cause)
        return outcome(desk.decide({ kind: 'sweep', cause, cursor }, state, context()))
      },
      whenWoken: (wokenAt: number) => outcome(desk.decide({ kind: 'tick' }, state, { ...context(), at: wokenAt })),
    }
  },
})
