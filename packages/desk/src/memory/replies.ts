/** The `Replies` port in memory: remembers what was said, and passes it to whoever listens at the address. */
import type { Outcome, Replies } from '../ports.ts'
import type { World } from './world.ts'

export interface MemoryReplies extends Replies {
  readonly said: readonly { readonly address: string; readonly outcome: Outcome }[]
  /** Answers a function that stops listening. */
  listen(address: string, listener: (outcomes: readonly Outcome[]) => void): () => void
}

export const createMemoryReplies = (world: World): MemoryReplies => {
  const said: { address: string; outcome: Outcome }[] = []
  const listeners = new Map<string, (outcomes: readonly Outcome[]) => void>()
  return {
    said,
    deliver: (address, outcomes) => {
      for (const outcome of outcomes) said.push({ address, outcome })
      if (world.happens('replies.lost')) return
      world.cluster.turn(`reply ${address}`, () => listeners.get(address)?.(outcomes))
    },
    listen: (address, listener) => {
      listeners.set(address, listener)
      return () => void listeners.delete(address)
    },
  }
}
