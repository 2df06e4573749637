/** Plants each defect of the `defects` folder in a copy of the sources and lets the simulation hunt for it there. */
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Caught } from './hunt.ts'

const root = join(import.meta.dirname, '..', '..', '..', '..')
const folder = join(import.meta.dirname, '..', '..', 'defects')

export const defectNames = (): string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.patch'))
    .map((file) => basename(file, '.patch'))
    .sort()

/** The first line of a patch says in words what is wrong. */
export const meaningOf = (name: string): string => readFileSync(join(folder, `${name}.patch`), 'utf8').split('\n')[0]!

export interface Copy {
  readonly path: string
  remove(): void
}

/** The workspace with its links; what comes from elsewhere stays where it is. */
export const copySources = (): Copy => {
  const path = mkdtempSync(join(tmpdir(), 'triflow-defects-'))
  for (const part of ['packages', 'services', 'package.json', 'tsconfig.json'])
    cpSync(join(root, part), join(path, part), { recursive: true, verbatimSymlinks: true })
  symlinkSync(join(root, 'node_modules'), join(path, 'node_modules'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** A patch that no longer applies is a failure: the defect it plants is no longer looked for. */
const apply = (copy: Copy, name: string, back: boolean): void => {
  const done = spawnSync('git', ['apply', ...(back ? ['--reverse'] : []), join(folder, `${name}.patch`)], {
    cwd: copy.path,
    encoding: 'utf8',
    env: { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() },
  })
  if (done.status !== 0) throw new Error(`the defect ${name} does not apply: ${done.stderr}`)
}

export interface Hunting {
  /** So many trades that show nothing are enough. */
  readonly tradesMost: number
  readonly withinMs: number
  /** Ends the hunt, and whoever hunts, at once. */
  readonly signal: AbortSignal
  readonly onSeed: (soFar: Caught) => void
}

const ERROR_SHOWN = 600

/** Rejects with the reason when the hunt does not end by itself. */
const huntIn = (copy: Copy, { tradesMost, withinMs, signal, onSeed }: Hunting): Promise<Caught> =>
  new Promise((resolve, reject) => {
    const script = join(copy.path, 'packages', 'simulation', 'src', 'defects', 'hunt.ts')
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, String(tradesMost)], {
      cwd: copy.path,
      stdio: ['pipe', 'pipe', 'pipe'],
      // A planted defect may well go round in circles, and then hears no other signal.
      killSignal: 'SIGKILL',
      signal,
    })
    let soFar: Caught | undefined
    let isLate = false
    let complaint = ''
    const late = setTimeout(() => {
      isLate = true
      child.kill('SIGKILL')
    }, withinMs)
    createInterface({ input: child.stdout }).on('line', (line) => {
      soFar = JSON.parse(line) as Caught
      onSeed(soFar)
    })
    child.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-ERROR_SHOWN)))
    child.once('error', (error) => (complaint = String(error)))
    child.once('close', (code, killedBy) => {
      clearTimeout(late)
      const trades = `after ${soFar?.trades ?? 0} trades`
      if (isLate) reject(new Error(`${Math.round(withinMs / 1_000)} s were over ${trades}`))
      else if (code !== 0 || !soFar)
        reject(new Error(`the hunt ended with ${killedBy ?? code} ${trades}: ${complaint.trim()}`))
      else resolve(soFar)
    })
  })

/** Plants one defect, hunts, and takes it out again. */
export const plant = async (copy: Copy, name: string, hunting: Hunting): Promise<Caught> => {
  apply(copy, name, false)
  try {
    return await huntIn(copy, hunting)
  } finally {
    apply(copy, name, true)
  }
}
