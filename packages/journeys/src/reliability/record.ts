/** What a run showed, kept beside `docs/reliability.md`, which is made of these files and of nothing else. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'

export const topics = ['simulation', 'defects', 'faults', 'recovery', 'corpus', 'load'] as const
export type Topic = (typeof topics)[number]

/** One run's result and what it takes to repeat it. */
export interface Showing<T> {
  /** The command as its user typed it. */
  readonly command: string
  readonly commit: string
  /** Date of the run, YYYY-MM-DD. */
  readonly date: string
  readonly node: string
  readonly cores: number
  readonly result: T
}

const root = join(import.meta.dirname, '../../../..')
const fileOf = (topic: Topic): string => join(root, 'docs/reliability', `${topic}.json`)

/** What runs write does not make the code another one: the second of two recorded in a row is of the same commit. */
const written = ['bench/results', 'docs/reliability', 'docs/reliability.md']

const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()

const commitNow = (): string => {
  try {
    const others = written.map((path) => `:(exclude)${path}`)
    const changes = git('status', '--porcelain', '--untracked-files=no', '--', '.', ...others)
    return `${git('describe', '--always')}${changes === '' ? '' : '-dirty'}`
  } catch {
    return 'not under version control'
  }
}

/** What a run has just shown, here and now. */
export const showingOf = <T>(command: string, result: T): Showing<T> => ({
  command,
  commit: commitNow(),
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  cores: cpus().length,
  result,
})

/** Replaces what the last run of this topic showed. */
export const keepShowing = <T>(topic: Topic, command: string, result: T): string => {
  const showing = showingOf(command, result)
  const file = fileOf(topic)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, `${JSON.stringify(showing, null, 2)}\n`)
  return file
}

/** Undefined when no run of this topic was ever kept. */
export const readShowing = <T>(topic: Topic): Showing<T> | undefined => {
  try {
    return JSON.parse(readFileSync(fileOf(topic), 'utf8')) as Showing<T>
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
