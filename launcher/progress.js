// Tells a person what is going on: one line for each step, with its time; the spinner only where there is a terminal.
import { readFileSync } from 'node:fs'
import { Explained } from '../packages/engines/src/index.js'

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const STILL_BUSY_MS = 20_000
const out = process.stderr // so that `./triflow token buyer:acme` prints nothing but the token on stdout

/** Steps may overlap; each prints its line when it ends, and long ones say in between that they are alive. */
export const createProgress = () => {
  const active = new Map()
  let frame = 0
  let timer

  const clear = () => out.isTTY && out.write('\r\x1b[K')
  const line = (text) => {
    clear()
    out.write(`${text}\n`)
  }
  const tick = () => {
    if (out.isTTY) {
      const label = [...active.keys()].join(', ')
      out.write(`\r\x1b[K${FRAMES[frame++ % FRAMES.length]} ${label.slice(0, (out.columns || 80) - 4)}`)
      return
    }
    for (const [label, step] of active) {
      if (Date.now() - step.told < STILL_BUSY_MS) continue
      step.told = Date.now()
      line(`  … ${label} (${seconds(step.since)} so far)`)
    }
  }

  /** Runs one step; a step that answers with a string tells more about how it went. */
  const step = async (label, work) => {
    const since = Date.now()
    active.set(label, { since, told: since })
    timer ??= setInterval(tick, out.isTTY ? 100 : 1_000)
    let mark = '✗'
    let more
    try {
      const answer = await work()
      mark = '✓'
      if (typeof answer === 'string') more = answer
      return answer
    } finally {
      active.delete(label)
      line(`  ${mark} ${more ?? label}  ${seconds(since)}`)
      if (active.size === 0) {
        clearInterval(timer)
        timer = undefined
      }
    }
  }

  return { step, note: (sentence) => line(`  • ${sentence}`), say: line }
}

/** Says in one sentence what failed and what to do, then where to read more. */
export const explain = (error) => {
  if (!(error instanceof Explained)) {
    out.write(`\n${error?.stack ?? error}\nThis is a fault in the launcher itself.\n`)
    return
  }
  out.write(`\n${error.message}${error.remedy ? ` ${error.remedy}` : ''}\n`)
  if (!error.log) return
  for (const text of lastLines(error.log, 10)) out.write(`  | ${text}\n`)
  out.write(`More in ${error.log}\n`)
}

/** The end of a log, or nothing if there is none. */
export const lastLines = (file, count) => {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count)
  } catch {
    return []
  }
}

const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`
