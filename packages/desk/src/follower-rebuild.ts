/** Proves that views are disposable: what was folded live and what a rebuild folds have one canonical hash (I13). */
import { createHash } from 'node:crypto'
import { LargeMap } from '@triflow/kernel'
import type { AnyView } from './follower-fold.ts'
import { openViewFollower, type ViewFollowerOptions } from './follower.ts'
import type { ViewDocument, Views } from './ports.ts'

/** JSON with sorted keys; a bigint is told from a number, absent fields are left out. */
export const canonical = (value: unknown): string => {
  if (typeof value === 'bigint') return `${value}n`
  if (value instanceof Date) return `"${value.toISOString()}"`
  if (value instanceof Uint8Array) return `"${Buffer.from(value).toString('hex')}"`
  if (value instanceof Map) return canonical(Object.fromEntries(value))
  if (value instanceof LargeMap) return canonical(Object.fromEntries(value.entries()))
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined)
    fields.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(',')}}`
  }
  return JSON.stringify(value) ?? 'null'
}

const PAGE = 500

/**
 * SHA-256, hex, over all documents of these views by id. Versions and marks are left out: they tell how the batches
 * fell, not what is known. To check I13, hash the live store and one that a fresh follower filled from offset 0.
 */
export const rebuildHash = async (views: readonly { readonly name: string }[], store: Views): Promise<string> => {
  const hash = createHash('sha256')
  for (const { name } of [...views].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    hash.update(`${JSON.stringify(name)}\n`)
    await eachPage(store, name, async (page) => {
      for (const { id, body } of page) hash.update(`${JSON.stringify(id)}${canonical(body)}\n`)
    })
  }
  return hash.digest('hex')
}

/** Whoever folds from the first fact reads for a while; whether it still can is looked at this often. */
const LOOK_MS = 1_000

/**
 * Folds views up to what the log holds now and stops; from the first fact when `reader` has no saved position. Throws when
 * the reader halts: only a person can say how to go on.
 */
export const foldToEnd = async (options: ViewFollowerOptions): Promise<void> => {
  const follower = openViewFollower(options)
  try {
    while (!(await follower.caughtUp(LOOK_MS))) {
      const halt = follower.halted()
      if (halt) throw new Error(`${halt.topic}/${halt.partition}: ${halt.reason}, ${halt.detail}`)
    }
  } finally {
    await follower.stop()
  }
}

export interface ViewsCompared {
  readonly documents: number
  /** First differences, in words. */
  readonly differences: readonly string[]
}

const SHOWN = 300

/** Compares two stores document by document: what is live, and what was folded anew. */
export const compareViews = async (
  views: readonly Pick<AnyView, 'name'>[],
  live: Views,
  anew: Views,
): Promise<ViewsCompared> => {
  const differences: string[] = []
  let documents = 0
  for (const { name } of views) {
    await eachPage(anew, name, async (page) => {
      documents += page.length
      const there = await live.load(
        name,
        page.map(({ id }) => id),
      )
      for (const { id, body } of page) {
        const [is, becomes] = [canonical(there.get(id)?.body), canonical(body)]
        if (is !== becomes)
          differences.push(`${name}: ${id} is ${is.slice(0, SHOWN)} live and ${becomes.slice(0, SHOWN)} folded anew`)
      }
    })
    await eachPage(live, name, async (page) => {
      const folded = await anew.load(
        name,
        page.map(({ id }) => id),
      )
      for (const { id } of page) if (!folded.has(id)) differences.push(`${name}: ${id} is live and not folded anew`)
    })
  }
  return { documents, differences }
}

const eachPage = async (
  views: Views,
  name: string,
  visit: (page: readonly ViewDocument[]) => Promise<void>,
): Promise<void> => {
  for (let after = ''; ;) {
    const page = await views.list(name, { after, limit: PAGE })
    if (page.length > 0) await visit(page)
    if (page.length < PAGE) return
    after = page.at(-1)!.id
  }
}
