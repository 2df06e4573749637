// Processes that outlive the command that started them: found again by pid file, and never confused with a stranger's.
import { execFileSync, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Explained } from './explained.js'

const KEEP_LOG_BYTES = 16 << 20

/**
 * Starts a process in its own group, so that Ctrl-C at the terminal does not reach it, and records who it is.
 * @param {{ name: string, command: string, args: string[], env?: NodeJS.ProcessEnv, cwd?: string, logFile: string, pidFile: string }} what
 * @returns {{ name: string, pid: number, born: string }}
 */
export const spawnSupervised = ({ name, command, args, env, cwd, logFile, pidFile }) => {
  for (const file of [logFile, pidFile]) mkdirSync(dirname(file), { recursive: true })
  keepLogSmall(logFile)
  const log = openSync(logFile, 'a')
  try {
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', log, log] })
    child.on('error', () => {}) // without a pid it is told below
    child.unref()
    if (!child.pid) throw new Explained(`${name} could not be started: ${command} cannot be run.`)
    const record = { name, pid: child.pid, born: bornAt(child.pid) ?? '' }
    writeWhole(pidFile, JSON.stringify(record))
    return record
  } finally {
    closeSync(log)
  }
}

/** The record in a pid file if its process still lives and is the one we started; a stale file is removed. */
export const livingProcess = (pidFile) => {
  let record
  try {
    record = JSON.parse(readFileSync(pidFile, 'utf8'))
  } catch {
    return undefined
  }
  if (isAlive(record)) return record
  rmSync(pidFile, { force: true })
  return undefined
}

/** A pid is handed out again after its process dies; together with the moment of birth it is unique. */
export const isAlive = ({ pid, born }) => born !== '' && bornAt(pid) === born

/**
 * Ends a supervised process: the signal, then after the grace SIGKILL to its whole group.
 * @param {string} pidFile
 * @param {{ signal?: NodeJS.Signals, graceMs?: number }} [how]
 * @returns {Promise<'absent' | 'stopped' | 'killed'>}
 */
export const stopSupervised = async (pidFile, { signal = 'SIGTERM', graceMs = 10_000 } = {}) => {
  const record = livingProcess(pidFile)
  if (!record) return 'absent'
  send(record.pid, signal)
  send(record.pid, 'SIGCONT') // a process that a chaos run paused cannot hear anything else
  let outcome = signal === 'SIGKILL' ? 'killed' : 'stopped'
  if (!(await waitUntil(() => !isAlive(record), graceMs))) {
    send(-record.pid, 'SIGKILL')
    outcome = 'killed'
    await waitUntil(() => !isAlive(record), 5_000)
  }
  rmSync(pidFile, { force: true })
  return outcome
}

/** Polls a condition; false when the time is over. */
export const waitUntil = async (condition, timeoutMs, everyMs = 25) => {
  const end = Date.now() + timeoutMs
  for (;;) {
    if (await condition()) return true
    if (Date.now() > end) return false
    await sleep(everyMs)
  }
}

/** What makes this pid the process it is, or undefined if it is gone (a zombie is gone, too). */
export const bornAt = (pid) => {
  try {
    if (process.platform !== 'linux') {
      const [state, ...born] = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
        .trim()
        .split(/\s+/)
      return state.startsWith('Z') ? undefined : born.join(' ')
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in brackets may hold anything, so the fields are counted from its end: state is 3, start time 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A killed JVM is a zombie at once, but its other threads (field 20 counts them) hold its ports and files a while longer.
    const gone = fields[0] === 'X' || (fields[0] === 'Z' && Number(fields[17]) <= 1)
    return gone ? undefined : `${fields[19]}@${bootId()}`
  } catch {
    return undefined
  }
}

let boot
const bootId = () => (boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8))

const send = (pid, signal) => {
  try {
    process.kill(pid, signal)
  } catch {
    // gone meanwhile, which is what we want
  }
}

/** Written beside and moved into place: a crash leaves the old file or the new one, never half of one. */
export const writeWhole = (file, content) => {
  mkdirSync(dirname(file), { recursive: true })
  const draft = `${file}.${process.pid}.draft`
  writeFileSync(draft, content)
  renameSync(draft, file)
}

const keepLogSmall = (logFile) => {
  try {
    if (statSync(logFile).size > KEEP_LOG_BYTES) renameSync(logFile, `${logFile}.1`)
  } catch {
    // no log yet
  }
}
