/** What must hold once a story has ended and everything is up again, whatever happened meanwhile. */
import { runVerify } from '../verify/command.ts'
import type { Keeping } from './acknowledged.ts'
import { compareBankBooks } from './bank-books.ts'
import { eventually, type PrivateWorld } from './world.ts'

/** The bank posts its debits by itself: killed at the very end, it may owe the statement some when the story is over. */
const BOOKS_WITHIN_MS = 30_000
const LOOK_AGAIN_MS = 500

export interface Aftermath {
  /** Each as a sentence; empty when nothing was lost, nothing was paid twice, and all is verified. */
  readonly differences: readonly string[]
  /** Instructions in the bank's own book. */
  readonly payouts: number
}

/** What verify finds wrong, each a sentence. */
export const verified = async ({ env }: PrivateWorld, views: boolean): Promise<string[]> => {
  const lines: string[] = []
  return (await runVerify({ env, views, say: (line) => lines.push(line) }))
    ? []
    : lines.slice(lines.findIndex((line) => line.startsWith('verify:')))
}

/** Says every acknowledged wish again, verifies, and compares the bank's own book. */
export const aftermath = async (
  world: PrivateWorld,
  keeping: Keeping,
  { fromRecord = true, views = false }: { readonly fromRecord?: boolean; readonly views?: boolean } = {},
): Promise<Aftermath> => {
  const differences = await keeping.repeatAll({ fromRecord })
  differences.push(...(await verified(world, views)))
  let books = await compareBankBooks(world.env)
  const agree = async (): Promise<boolean> => (books = await compareBankBooks(world.env)).differences.length === 0
  if (books.differences.length > 0) await eventually(agree, BOOKS_WITHIN_MS, LOOK_AGAIN_MS)
  return { differences: [...differences, ...books.differences], payouts: books.instructions }
}
