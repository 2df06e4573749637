/** The `Witness` port in memory: keeps what the runtime said, so that a test can ask. */
import type { Witness } from '../ports.ts'

export interface Remark {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly event: string
  readonly details: Readonly<Record<string, unknown>>
}

export interface MemoryWitness extends Witness {
  readonly said: readonly Remark[]
  /** Sum of what was counted under a name, whatever its labels. */
  counted(name: string): number
  observed(name: string): readonly number[]
}

export const createMemoryWitness = (): MemoryWitness => {
  const said: Remark[] = []
  const counts = new Map<string, number>()
  const observations = new Map<string, number[]>()
  return {
    said,
    say: (level, event, details = {}) => void said.push({ level, event, details }),
    count: (name, value) => void counts.set(name, (counts.get(name) ?? 0) + value),
    observe: (name, value) => {
      const values = observations.get(name) ?? []
      values.push(value)
      observations.set(name, values)
    },
    counted: (name) => counts.get(name) ?? 0,
    observed: (name) => observations.get(name) ?? [],
  }
}
