/** Totals of a story played without a disturbance: what every disturbed run of it must end with. Kept between runs. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { DemoTotals } from '../demo/summary.ts'
import type { PrivateWorld } from './world.ts'

/** Text in which amounts are digits, so that equal totals are equal texts. */
const written = (totals: DemoTotals): Record<string, unknown> =>
  JSON.parse(
    JSON.stringify(totals, (_name, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
  ) as Record<string, unknown>

/** Fields in which two runs of a story differ, each as a sentence. */
export const differencesOf = (undisturbed: DemoTotals, disturbed: DemoTotals): string[] => {
  const [was, is] = [written(undisturbed), written(disturbed)]
  return Object.keys({ ...was, ...is })
    .filter((field) => JSON.stringify(was[field]) !== JSON.stringify(is[field]))
    .map((field) => `${field} is ${JSON.stringify(is[field])}, undisturbed ${JSON.stringify(was[field])}`)
}

const AMOUNT = /Minor$/

const revived = (text: string): DemoTotals =>
  JSON.parse(text, (name, value: unknown) => (AMOUNT.test(name) ? BigInt(value as string) : value)) as DemoTotals

const playing = ['actors', 'client', 'demo', 'generator']

/** Totals hold for the code that decides and the code that plays. */
const versionOf = (env: PrivateWorld['env']): string => {
  const hash = createHash('sha256').update(env.TRIFLOW_CODE_VERSION ?? '')
  for (const folder of playing) {
    const at = join(import.meta.dirname, '..', folder)
    for (const file of readdirSync(at).sort()) if (!file.endsWith('.test.ts')) hash.update(readFileSync(join(at, file)))
  }
  return hash.digest('hex').slice(0, 12)
}

export interface KeptTotals {
  read(env: PrivateWorld['env']): DemoTotals | undefined
  keep(env: PrivateWorld['env'], totals: DemoTotals): void
}

export const keptTotals = (state: string, story: number, trades: number): KeptTotals => {
  const fileFor = (env: PrivateWorld['env']) => join(state, 'undisturbed', `${story}-${trades}-${versionOf(env)}.json`)
  return {
    read: (env) => (existsSync(fileFor(env)) ? revived(readFileSync(fileFor(env), 'utf8')) : undefined),
    keep: (env, totals) => {
      mkdirSync(dirname(fileFor(env)), { recursive: true })
      writeFileSync(fileFor(env), `${JSON.stringify(written(totals), null, 2)}\n`)
    },
  }
}
