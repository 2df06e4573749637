/** Plants each defect of the `defects` folder in a copy of the sources and lets the simulation hunt for it. */
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
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

const HUNT_MS = 180_000

const huntIn = (copy: Copy, tradesMost: number): Promise<Caught> =>
  new Promise((resolve, reject) => {
    const script = join(copy.path, 'packages', 'simulation', 'src', 'defects', 'hunt.ts')
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, String(tradesMost)], {
      cwd: copy.path,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: HUNT_MS,
    })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      const last = out.trim().split('\n').at(-1) ?? ''
      if (code === 0 && last.startsWith('{')) resolve(JSON.parse(last) as Caught)
      else reject(new Error(`the hunt ended with ${signal ?? code}: ${err.slice(-2_000)}`))
    })
  })

/** Plants one defect, hunts, and takes it out again. */
export const plant = async (copy: Copy, name: string, tradesMost: number): Promise<Caught> => {
  apply(copy, name, false)
  try {
    return await huntIn(copy, tradesMost)
  } finally {
    apply(copy, name, true)
  }
}
