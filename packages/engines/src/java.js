// Makes the engines runnable on this machine once: archives copied by Maven, our server compiled, Kafka's classes archived.
import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Explained } from './explained.js'
import { startKafka } from './kafka.js'
import { nextFreePort } from './ports.js'
import { stopSupervised } from './supervised.js'

const JAVA_MAJOR = 17
const PACKAGE = join(dirname(fileURLToPath(import.meta.url)), '..')
const POM = join(PACKAGE, 'pom.xml')
const WITHOUT_JAVA =
  'Install a JDK 17 or newer and Maven, or start Docker, or name running engines in TRIFLOW_KAFKA_BROKERS and TRIFLOW_MONGO_URL.'
const running = new Set()
let aborted = false

/** In the same order wherever they are listed: they are hashed one after the other. */
const javaBelow = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.java'))
    .sort()
    .map((name) => join(folder, name))

const SOURCES = javaBelow(join(PACKAGE, 'java'))

/** What has to be there, each with the files it is made from: a change of our server must not fetch Kafka again. */
const PARTS = {
  lib: { files: [POM], make: (to) => copyArchives(PACKAGE, to) },
  classes: {
    files: [POM, ...SOURCES],
    make: (to) => compile(SOURCES, to, 'The store could not be compiled.'),
  },
  'kafka.jsa': { files: [POM], make: (to) => archiveClasses(to) },
}

/** Whether `prepareEngines` has nothing left to do, so that a start needs neither Maven nor a network. */
export const enginesPrepared = (home) => Object.entries(PARTS).every(([part, { files }]) => isMade(home, part, files))

/**
 * Fetches and compiles what the engines need into `home`, each part once for each change of what it is made from.
 * @param {{ home: string, logFile: string, note?: (sentence: string) => void }} options
 */
export const prepareEngines = ({ home, logFile, note = () => {} }) => makeParts(PARTS, { home, logFile, note })

/**
 * Makes a Maven project of ours runnable in `home`, once for each change of its files: its archives copied, its sources
 * compiled. Resolves with the class path.
 * @param {{ project: string, home: string, logFile: string }} options
 */
export const prepareProgram = async ({ project, home, logFile }) => {
  const pom = join(project, 'pom.xml')
  const sources = javaBelow(join(project, 'src', 'main', 'java'))
  const parts = {
    lib: { files: [pom], make: (to) => copyArchives(project, to) },
    classes: {
      files: [pom, ...sources],
      make: (to) => compile(sources, to, `${basename(project)} could not be compiled.`),
    },
  }
  await makeParts(parts, { home, logFile })
  return `${join(home, 'classes')}:${archivesOf(home)}`
}

/** Makes what is not there yet, or was made from other files. */
const makeParts = async (parts, to) => {
  await checkJava()
  mkdirSync(to.home, { recursive: true })
  for (const [part, { files, make }] of Object.entries(parts)) {
    if (isMade(to.home, part, files)) continue
    rmSync(marker(to.home, part), { force: true })
    await make(to)
    writeFileSync(marker(to.home, part), fingerprint(files)) // last, so that half-made parts are made again
  }
}

/** Every archive by name and in order: the class archive is only valid for exactly the class path it was made with. */
export const archivesOf = (home) => {
  const lib = join(home, 'lib')
  const archives = readdirSync(lib).filter((name) => name.endsWith('.jar'))
  return archives
    .sort()
    .map((name) => join(lib, name))
    .join(':')
}

/** Runs a Java program to its end, its output in the log. */
export const runJava = (args, more) => runLogged('java', args, more)

/** Ends what a set-up has under way; for Ctrl-C. The missing `.ready` makes the next start do it over. */
export const abortSetup = async (home) => {
  aborted = true
  for (const child of running) child.kill('SIGTERM')
  await stopSupervised(rehearsalPid(home), { signal: 'SIGKILL' })
}

const checkJava = async () => {
  const major = await promisify(execFile)('java', ['-version']).then(
    ({ stderr }) => Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0),
    () => 0,
  )
  if (major === 0) throw new Explained('Java was not found, and the local engines run on it.', { remedy: WITHOUT_JAVA })
  if (major < JAVA_MAJOR) throw new Explained(`Java ${major} is too old for Kafka 4.`, { remedy: WITHOUT_JAVA })
}

const copyArchives = (project, { home, logFile }) =>
  replaceWhole(join(home, 'lib'), (draft) =>
    runLogged(
      'mvn',
      [
        ...['-q', '-B', '-f', join(project, 'pom.xml'), 'dependency:copy-dependencies'],
        ...['-DincludeScope=runtime', `-DoutputDirectory=${draft}`],
      ],
      {
        logFile,
        failure: `Maven could not fetch the archives that ${join(basename(project), 'pom.xml')} names.`,
        remedy: `Only the first start needs the network: check it and try again. ${WITHOUT_JAVA}`,
      },
    ),
  )

const compile = (sources, { home, logFile }, failure) =>
  replaceWhole(join(home, 'classes'), (draft) =>
    runLogged('javac', ['-encoding', 'UTF-8', '-d', draft, '-cp', join(home, 'lib', '*'), ...sources], {
      logFile,
      failure,
      remedy: 'Install a full JDK (one with javac), 17 or newer.',
    }),
  )

/** Makes a folder beside the old one and swaps them, so that an interruption leaves no mixture. */
const replaceWhole = async (folder, make) => {
  const draft = `${folder}.draft`
  rmSync(draft, { recursive: true, force: true })
  await make(draft)
  rmSync(folder, { recursive: true, force: true })
  renameSync(draft, folder)
}

/** A short run of Kafka on a throw-away folder, whose loaded classes later starts map from a file: 1.7 s becomes 1.0 s. */
const archiveClasses = async ({ home, logFile, note }) => {
  const pidFile = rehearsalPid(home)
  const scratch = dirname(pidFile)
  const draft = join(home, 'kafka.jsa.draft')
  for (const old of [scratch, draft, join(home, 'kafka.jsa')]) rmSync(old, { recursive: true, force: true })
  const port = await nextFreePort(39_092)
  const controllerPort = await nextFreePort(port + 1)
  try {
    const dataDir = join(scratch, 'kafka')
    await startKafka({ home, dataDir, port, controllerPort, logFile, pidFile, archiveTo: draft })
    // The archive is written while the process ends; only an orderly end makes a whole one.
    const outcome = await stopSupervised(pidFile, { graceMs: 30_000 })
    if (outcome === 'stopped' && existsSync(draft)) renameSync(draft, join(home, 'kafka.jsa'))
  } catch (error) {
    if (!aborted) note(`Kafka's classes could not be archived, so it starts a little slower (${error.message})`)
  } finally {
    await stopSupervised(pidFile, { signal: 'SIGKILL' })
    for (const rest of [scratch, draft]) rmSync(rest, { recursive: true, force: true })
  }
  if (aborted) throw new Explained('The set-up of the local engines was given up.')
}

const rehearsalPid = (home) => join(home, 'rehearsal', 'kafka.pid')

const runLogged = (command, args, { logFile, failure, remedy }) =>
  new Promise((resolve, reject) => {
    mkdirSync(dirname(logFile), { recursive: true })
    const log = openSync(logFile, 'a')
    const child = spawn(command, args, { stdio: ['ignore', log, log] })
    running.add(child)
    child.once('error', () => {
      running.delete(child)
      reject(new Explained(`${command} was not found, and the local engines need it.`, { remedy: WITHOUT_JAVA }))
    })
    child.once('exit', (code) => {
      running.delete(child)
      if (code === 0) resolve()
      else reject(new Explained(failure, { remedy, log: logFile }))
    })
  })

const fingerprint = (files) => {
  const hash = createHash('sha256')
  for (const file of files) hash.update(readFileSync(file))
  return hash.digest('hex')
}

const marker = (home, part) => join(home, `${part}.ready`)

const isMade = (home, part, files) => {
  const file = marker(home, part)
  return existsSync(file) && readFileSync(file, 'utf8') === fingerprint(files)
}
