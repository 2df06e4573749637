// One Kafka node, broker and controller in one process, from the archives that Maven copied.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { Explained } from './explained.js'
import { archivesOf, runJava } from './java.js'
import { accepts, claimPorts } from './ports.js'
import { isAlive, livingProcess, spawnSupervised, stopSupervised, waitUntil, writeWhole } from './supervised.js'

const READY = '.ready'
const START_MS = 60_000
const QUIET = [
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
  '-Djava.awt.headless=true',
]
/**
 * Quick: compiled once, lightly, which is ready soonest. Steady: the full compiler, for benchmarks; a collector on threads of
 * its own took a fifth more processor time, on two cores that others want.
 */
const JVM = {
  quick: ['-Xms128m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
  steady: ['-Xms512m', '-Xmx1g', '-XX:+UseSerialGC'],
}

/**
 * Starts Kafka and resolves once it serves clients; formats its folder first if that is new or was left half-written.
 * @param {import('./index.d.ts').KafkaOptions} options
 */
export const startKafka = async (options) => {
  const { home, dataDir, port, logFile, pidFile, jvm = 'quick', note = () => {} } = options
  const running = livingProcess(pidFile)
  if (running) return { pid: running.pid, port }
  if (existsSync(dataDir) && !existsSync(join(dataDir, READY))) {
    rmSync(dataDir, { recursive: true, force: true })
    note(
      'The Kafka folder was left half-written by an interrupted set-up, before anything was stored in it; it is built anew.',
    )
  }
  await claimPorts('Kafka', [port, options.controllerPort])
  const config = writeConfig(options)
  if (!existsSync(join(dataDir, READY))) await format(options, config)
  const archive = join(home, 'kafka.jsa')
  const record = spawnSupervised({
    name: 'kafka',
    command: 'java',
    args: [
      ...JVM[jvm],
      ...(existsSync(archive) && jvm === 'quick' ? ['-Xshare:auto', `-XX:SharedArchiveFile=${archive}`] : []),
      ...(options.archiveTo
        ? [`-XX:ArchiveClassesAtExit=${options.archiveTo}`, '-Xlog:cds=off', '-Xlog:cds+dynamic=off']
        : []),
      '-XX:+ExitOnOutOfMemoryError',
      ...QUIET,
      '-cp',
      archivesOf(home),
      'kafka.Kafka',
      config,
    ],
    logFile,
    pidFile,
  })
  // The acceptors open only after the broker is registered and unfenced, so an open port means ready.
  const up = await waitUntil(async () => !isAlive(record) || accepts(port), START_MS, 50)
  if (!up || !isAlive(record)) {
    await stopSupervised(pidFile, { signal: 'SIGKILL' })
    throw new Explained(
      up ? 'Kafka ended while it was starting.' : `Kafka did not open port ${port} within ${START_MS / 1000} s.`,
      {
        remedy: 'Read its last lines; `./triflow reset` gives it an empty folder.',
        log: logFile,
      },
    )
  }
  return { pid: record.pid, port }
}

/** Formats the folder for a one-node cluster; the marker comes last, so its absence means half-done. */
const format = async ({ home, dataDir, logFile }, config) => {
  mkdirSync(dataDir, { recursive: true })
  const id = randomBytes(16).toString('base64url')
  // The id may begin with a dash, so it is not an argument of its own.
  const args = ['format', `--cluster-id=${id}`, '-c', config, '--standalone', '--ignore-formatted']
  await runJava(['-XX:TieredStopAtLevel=1', ...QUIET, '-cp', archivesOf(home), 'kafka.tools.StorageTool', ...args], {
    logFile,
    failure: 'Kafka could not format its data folder.',
    remedy: `Check that ${dataDir} can be written and the disk is not full.`,
  })
  writeFileSync(join(dataDir, READY), '')
}

const writeConfig = ({ dataDir, port, controllerPort }) => {
  const file = `${dataDir}.properties`
  writeWhole(
    file,
    `process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=${dataDir}
# One node cannot hold the three copies that these default to.
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# The defaults of 50 partitions, 3 s and 10 ms cost start-up, first joins and every offset commit.
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
group.coordinator.append.linger.ms=2
# After kill -9 the controller lets a broker back in only once its old session is over, which takes 9 s by default.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
auto.create.topics.enable=false
message.max.bytes=8388608
# Facts are kept for good, and trades are simulated with clocks that run years off.
log.retention.ms=-1
log.message.timestamp.after.max.ms=9223372036854775807
num.network.threads=2
num.io.threads=2
log.cleaner.dedupe.buffer.size=2097152
`,
  )
  return file
}
