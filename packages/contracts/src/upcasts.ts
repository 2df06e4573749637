/**
 * The one place where what was said in older words is turned into today's. Stored bytes stay as they are; whoever decodes
 * them (desks, views, connectors, verify) gets today's vocabulary and knows of no other.
 */
import type { MessageName, WireOf } from './messages.ts'

/** By the message that was said: the same in the words of today, under its own name or another's. */
export type Upcasts = {
  readonly [N in MessageName]?: (told: WireOf<N> & { readonly type: N }) => { readonly type: MessageName }
}

/**
 * Empty while every change was an addition that old bytes can do without. An upcast is for a message whose meaning has
 * changed: it moves to a new name (the old one stays in proto for ever), or it has a new field whose absence in old bytes
 * must not mean 0 or ''.
 */
export const upcasts: Upcasts = {}

/** What was told, in today's words; through every change since, when it has changed more than once. */
export const inTodaysWords = (told: { readonly type: string }, table: Upcasts = upcasts): { readonly type: string } => {
  const upcast = table[told.type as MessageName] as ((told: object) => { readonly type: string }) | undefined
  if (!upcast) return told
  const today = upcast(told)
  return today.type === told.type ? today : inTodaysWords(today, table)
}
