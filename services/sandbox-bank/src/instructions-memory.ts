/** Instructions kept in memory, for tests: outlives the bank that uses it, as a database does. */
import type { Instruction, Instructions } from './instructions.ts'

export const memoryInstructions = (): Instructions & { readonly kept: ReadonlyMap<string, Instruction> } => {
  const kept = new Map<string, Instruction>()
  const change = (ids: readonly string[], fields: (before: Instruction) => Partial<Instruction>): void => {
    for (const id of ids) {
      const before = kept.get(id)
      if (before) kept.set(id, { ...before, ...fields(before) })
    }
  }
  return {
    kept,
    insert: async (instruction) => {
      if (kept.has(instruction.id)) return false
      kept.set(instruction.id, { ...instruction })
      return true
    },
    find: async (id) => kept.get(id),
    unposted: async (limit) => [...kept.values()].filter(({ line }) => line === 'unposted').slice(0, limit),
    date: async (ids, valueOn) => change(ids, (before) => ({ valueOn: before.valueOn || valueOn })),
    settle: async (ids, line) => change(ids, () => ({ line })),
  }
}
