/** Proves that views are disposable: what was folded live and what a rebuild folds have one canonical hash (I13). */
import { createHash } from 'node:crypto'
import type { Views } from './ports.ts'

/** JSON with sorted keys; a bigint is told from a number, absent fields are left out. */
export const canonical = (value: unknown): string => {
  if (typeof value === 'bigint') return `${value}n`
  if (value instanceof Date) return `"${value.toISOString()}"`
  if (value instanceof Uint8Array) return `"${Buffer.from(value).toString('hex')}"`
  if (value instanceof Map) return canonical(Object.fromEntries(value))
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
    for (let after = ''; ;) {
      const page = await store.list(name, { after, limit: PAGE })
      for (const { id, body } of page) hash.update(`${JSON.stringify(id)}${canonical(body)}\n`)
      if (page.length < PAGE) break
      after = page.at(-1)!.id
    }
  }
  return hash.digest('hex')
}
