/** A contender at work, looked at from before its start until it is done: how fast it told what it told, and what that cost. */
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import type { Log } from '@triflow/desk'
import { bornAt } from '../../../engines/src/index.js'
import { JourneyProblem } from '../surroundings.ts'
import type { BenchWorld } from './bench-world.ts'
import type { Running } from './child.ts'
import { figuresOf, type RunFigures, type Sample } from './figures.ts'
import { cpuSecondsOf, logBytesUnder, loopbackBytes, peakMegabytesOf, writtenBytesOf } from './process-figures.ts'

export interface WatchedRun extends RunFigures {
  readonly peakMegabytes: number
  /** Given to the file system by all processes, per event. */
  readonly writtenBytesPerEvent: number
  /** Over the machine's loopback, in either direction, per event; other programs' bytes would be in it. */
  readonly wireBytesPerEvent: number
  /** Grown on the broker's log, per event. */
  readonly logBytesPerEvent: number
  /** What this process used meanwhile, per event; it takes from the same cores. */
  readonly benchMicrosPerEvent: number
}

const LOOK_EVERY_MS = 100
/** Longer than any commit interval or turn: nothing new for this long, and the work is done. */
const REST_MS = 5_000
/** Start-up, class loading and a first rebalance included. */
const PATIENCE_MS = 90_000

export const highOf = async (log: Log, topics: readonly string[]): Promise<number> => {
  let total = 0
  for (const topic of topics) for (const { high } of (await log.bounds(topic)).values()) total += high
  return total
}

/** Call before the contender starts, so that its whole start is in its figures. `out` is where it tells what is counted. */
export const watchRun = async (
  { log, enginePids, state }: BenchWorld,
  { name, out, alsoTells }: { readonly name: string; readonly out: string; readonly alsoTells: readonly string[] },
) => {
  const segments = join(state, 'data', 'kafka')
  const before = { out: await highOf(log, [out]), others: await highOf(log, alsoTells) }
  const enginesBefore = readings(enginePids)
  const bytesBefore = { wire: loopbackBytes(), log: logBytesUnder(segments) }
  const benchBefore = process.cpuUsage()
  const samples: Sample[] = [{ atMs: performance.now(), told: 0, written: 0, cpuSeconds: {} }]

  return {
    /** Until nothing more is told and the work is done, or nothing was told for so long that it never will be. */
    untilDone: async (
      running: Running,
      isDone: (told: number) => Promise<boolean>,
      onTold: (told: number) => void,
    ): Promise<void> => {
      let newsAt = performance.now()
      for (;;) {
        running.check()
        for (const [engine, pid] of Object.entries(enginePids))
          // One that is not ours, Docker's or a given one, has no pid here.
          if (pid > 0 && bornAt(pid) === undefined)
            throw new JourneyProblem(`The engine ${engine} ended during the run.`, 'The last lines of its log say why.')
        const last = samples.at(-1)!
        const told = (await highOf(log, [out])) - before.out
        // Asking costs the broker something: the other topics are only looked at once this one rests.
        const moves = told > last.told
        const written = told + (moves ? last.written - last.told : (await highOf(log, alsoTells)) - before.others)
        const cpuSeconds: Record<string, number> = { [name]: cpuSecondsOf(running.pid) }
        for (const [engine, pid] of Object.entries(enginePids))
          cpuSeconds[engine] = cpuSecondsOf(pid) - enginesBefore[engine]!.cpuSeconds
        const atMs = performance.now()
        samples.push({ atMs, told, written, cpuSeconds })
        if (moves || written > last.written) newsAt = atMs
        onTold(told)
        if (atMs - newsAt > PATIENCE_MS) return
        if (atMs - newsAt > REST_MS && (await isDone(told))) return
        await sleep(LOOK_EVERY_MS)
      }
    },

    /** While it still runs. */
    figures: (running: Running, events: number): WatchedRun => {
      const used = process.cpuUsage(benchBefore)
      const perEvent = (value: number): number => Math.round(value / events)
      const written = Object.entries(enginePids).map(
        ([engine, pid]) => writtenBytesOf(pid) - enginesBefore[engine]!.bytes,
      )
      return {
        ...(samples.at(-1)!.told > 0 ? figuresOf(samples, events) : nothing),
        peakMegabytes: peakMegabytesOf(running.pid),
        writtenBytesPerEvent: perEvent(written.reduce((sum, each) => sum + each, writtenBytesOf(running.pid))),
        wireBytesPerEvent: perEvent(loopbackBytes() - bytesBefore.wire),
        logBytesPerEvent: perEvent(logBytesUnder(segments) - bytesBefore.log),
        benchMicrosPerEvent: perEvent(used.user + used.system),
      }
    },
  }
}

const nothing: RunFigures = {
  seconds: 0,
  eventsPerSecond: 0,
  eventsPerSecondWarm: 0,
  cpuMicrosPerEvent: {},
  cpuMicrosPerEventWarm: {},
}

const readings = (pids: Readonly<Record<string, number>>) =>
  Object.fromEntries(
    Object.entries(pids).map(([name, pid]) => [name, { cpuSeconds: cpuSecondsOf(pid), bytes: writtenBytesOf(pid) }]),
  )
