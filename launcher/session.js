// One run of the command: what it started, the lock that it holds, and a clean end on Ctrl-C.
import { abortSetup, Explained } from '../packages/engines/src/index.js'
import { releaseLock, takeLock } from './lock.js'
import { createProgress } from './progress.js'
import { abortTools } from './toolchain.js'
import { stopParts } from './stopping.js'
import { paths, stateDir } from './world.js'

const INTERRUPTED = 130

/** Opens a run; from here on Ctrl-C ends whatever this run started and nothing else. */
export const openSession = ({ verbose = false, state = stateDir() } = {}) => {
  const session = {
    verbose,
    state,
    progress: createProgress(),
    started: new Set(), // names of parts that this run is to take back if it fails
    background: [], // work under way beside the main line
    children: new Set(), // what runs at the terminal
    abandoned: false,
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => (interruption ??= interrupt(session, signal)))
  return session
}

/** Throws inside a run that was given up, so that nothing is started after the cleaning up. */
export const stillWanted = (session) => {
  if (session.abandoned) throw new Explained('This run was given up.')
}

/** Lets work go on beside the main line; giving up waits for it, and its failure is told by whoever awaits it. */
export const inBackground = (session, work) => {
  session.background.push(work)
  work.catch(() => {})
  return work
}

/** Gives a run up: ends its tools, takes back what it started, and waits until nothing of it is under way. */
export const abandon = async (session) => {
  if (session.abandoned) return
  session.abandoned = true
  abortTools()
  await abortSetup(paths().engines)
  await undoStarted(session)
  await Promise.allSettled(session.background)
  await undoStarted(session) // whatever was being born meanwhile
}

let interruption

/** Never returns once Ctrl-C was pressed: the handler ends the process when all is cleaned up. */
export const unlessInterrupted = async () => {
  if (interruption) await interruption
}

/** Ends what this run started, in reverse; for a failure, Ctrl-C, or a run that leaves nothing behind. */
export const undoStarted = async (session) => {
  await stopParts(session.state, [...session.started])
}

/**
 * Does work that changes a world while no other run does.
 * @template T
 * @param {{ state: string }} session
 * @param {() => Promise<T>} work
 */
export const withLock = async (session, work) => {
  const claim = takeLock(paths(session.state).lock)
  session.lock = claim
  try {
    return await work()
  } finally {
    session.lock = undefined
    releaseLock(claim)
  }
}

const interrupt = async (session, signal) => {
  session.progress.say('Stopping what this run started …')
  // A job at the terminal got the signal with us; one more does not hurt, and a plain `kill` reaches it, too.
  const jobs = [...session.children].map((child) => new Promise((ended) => child.once('exit', ended)))
  for (const child of session.children) child.kill(signal)
  await abandon(session)
  await Promise.all(jobs)
  await session.cleanUp?.()
  if (session.lock) releaseLock(session.lock)
  session.progress.say('Stopped; nothing that this run started is left running.')
  process.exit(INTERRUPTED)
}
