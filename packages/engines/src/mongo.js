// One MongoDB-compatible server that acknowledges a write only once a killed process could not lose it.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Explained } from './explained.js'
import { archivesOf } from './java.js'
import { claimPorts } from './ports.js'
import { isAlive, livingProcess, spawnSupervised, stopSupervised, waitUntil } from './supervised.js'

const START_MS = 30_000
/** What the store may find in .ready: how its files are laid out. It writes the last; the first knew of no log, the second of one at a time. */
const FORMATS = ['trees of BSON 1', 'trees of BSON 2', 'trees of BSON 3']

/**
 * Starts the store and resolves once it serves clients. Port 0 takes any free one; the answer says which.
 * @param {import('./index.d.ts').MongoOptions} options
 */
export const startMongo = async ({
  home,
  dataDir,
  port,
  logFile,
  pidFile,
  sync = 'commit',
  jvm = 'quick',
  ownerPid,
  note = () => {},
}) => {
  const portFile = join(dataDir, 'port')
  const running = livingProcess(pidFile)
  if (running) return { pid: running.pid, port: Number(readFileSync(portFile, 'utf8')) }
  if (existsSync(dataDir) && !existsSync(join(dataDir, '.ready'))) {
    rmSync(dataDir, { recursive: true, force: true })
    note(
      'The store folder was left half-written by an interrupted set-up, before anything was stored in it; it is built anew.',
    )
  }
  if (existsSync(dataDir) && !FORMATS.includes(readFileSync(join(dataDir, '.ready'), 'utf8')))
    throw new Explained('The store folder was written by another version, in a form that this one does not read.', {
      remedy: 'Run `./triflow reset` to begin with an empty store.',
    })
  if (port !== 0) await claimPorts('the store', [port])
  rmSync(portFile, { force: true })
  const record = spawnSupervised({
    name: 'mongo',
    command: 'java',
    args: [
      // The full compiler took 12 s of a core in the first minutes, which short-lived worlds never earn back.
      ...(jvm === 'quick' ? ['-Xms64m', '-Xmx1g', '-XX:TieredStopAtLevel=1'] : ['-Xms512m', '-Xmx1536m', '-Xmn256m']),
      '-XX:+UseSerialGC',
      '-XX:+ExitOnOutOfMemoryError',
      '-Xshare:auto',
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
      '-Dorg.slf4j.simpleLogger.showDateTime=true',
      '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
      '-cp',
      `${archivesOf(home)}:${join(home, 'classes')}`,
      'DurableMongo',
      String(port),
      dataDir,
      sync,
      ...(ownerPid === undefined ? [] : [String(ownerPid)]),
    ],
    logFile,
    pidFile,
  })
  const up = await waitUntil(() => !isAlive(record) || existsSync(portFile), START_MS)
  if (!up || !isAlive(record)) {
    await stopSupervised(pidFile, { signal: 'SIGKILL' })
    throw new Explained(
      up ? 'The store ended while it was starting.' : `The store did not listen within ${START_MS / 1000} s.`,
      {
        remedy: 'Read its last lines; `./triflow reset` gives it an empty folder.',
        log: logFile,
      },
    )
  }
  return { pid: record.pid, port: Number(readFileSync(portFile, 'utf8')) }
}
