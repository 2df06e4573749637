/** F39-F41: a clock that lies, a disk that is full, and a process that may have no more files or memory. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ServiceName } from '../../../../../launcher/processes.js'
import type { Part } from '../world.ts'
import { NotPossibleHere, type Arena, type Fault } from './fault.ts'
import type { Probed } from './probe.ts'

const run = promisify(execFile)

const clockShift = join(import.meta.dirname, 'clock-shift.ts')
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** A process is started with another time of day; its monotonic clock stays true, as with a host whose date is wrong. */
const startShifted = async (arena: Arena, service: ServiceName, shiftMs: number, afterMs = 0): Promise<void> => {
  await arena.world.kill([service])
  await arena.world.start(service, {
    NODE_OPTIONS: `--disable-warning=ExperimentalWarning --import file://${clockShift}`,
    CHAOS_CLOCK_SHIFT_MS: String(shiftMs),
    CHAOS_CLOCK_SHIFT_AFTER_MS: String(afterMs),
  })
}

/** util-linux sets limits of a process that runs; "4096:" is the soft one alone, which may be lifted again. */
const limit = async (arena: Arena, part: Part, what: string): Promise<void> => {
  const pid = arena.world.pidOf(part)
  if (!pid) throw new NotPossibleHere(`${part} is no process of this machine`)
  await run('prlimit', [`--pid=${pid}`, what]).catch((error: NodeJS.ErrnoException) => {
    throw new NotPossibleHere(`prlimit cannot be used: ${error.message}`)
  })
}

/** Descriptors that a process may have, as a number or "unlimited". */
const softLimit = (pid: number): string => {
  const [, soft = ''] = /^Max open files\s+(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8')) ?? []
  return soft
}

const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length

/** Impatient orders for a while. */
const askFor = async (arena: Arena, ms: number): Promise<Probed[]> => {
  const answers: Probed[] = []
  for (const end = Date.now() + ms; Date.now() < end; await arena.sleep(500)) answers.push(await arena.probe.order())
  return answers
}

const told = (answers: readonly Probed[]): string => {
  const counts = new Map<number, number>()
  for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1)
  return [...counts].map(([status, count]) => `${count} × ${status === 0 ? 'no answer' : status}`).join(', ')
}

const brokeDown = ({ status }: Probed): boolean => status === 500

export const machine: readonly Fault[] = [
  {
    id: 'F39',
    fault: 'Clocks: +3 days, −1 hour, a step, and a few seconds between services',
    how: 'A preload moves Date of one process (libfaketime is not needed): financing +3 d, gateway −1 h, payment steps +1 h while running, order is 4 s ahead.',
    mustHold:
      'A host too far off takes no desks and says so; tokens are refused, not crashed; within tolerance all goes on; due dates are business dates.',
    make: async (arena) => {
      await startShifted(arena, 'financing', 3 * DAY_MS)
      await startShifted(arena, 'gateway', -HOUR_MS)
      await arena.sleep(6_000)
      for (const service of ['financing', 'gateway'] as const)
        arena.demand(arena.world.lives(service), `${service} died of its clock`)
      const ready = await arena.readiness('financing')
      arena.demand(ready.startsWith('503'), `financing, three days ahead, answers ${ready} to /readyz`)
      const { status } = await arena.probe.order()
      arena.demand([401, 503].includes(status), `a gateway one hour behind answers an order with ${status}`)
      // A true clock again.
      await arena.world.restart(['financing', 'gateway'])
      await startShifted(arena, 'payment', HOUR_MS, 5_000)
      await startShifted(arena, 'order', 4_000)
      await arena.until('that payment and order are ready', async () =>
        (await arena.readiness('order')).startsWith('200'),
      )
      const story = arena.play()
      await arena.until(
        'that payment notices its step',
        () => arena.logged('payment').some(({ event }) => event === 'clock is too far from the database’s'),
        20_000,
      )
      await arena.soon('that all was said', story.said)
      await arena.world.restart(['payment', 'order'])
    },
  },
  {
    id: 'F40',
    fault: 'Disk full',
    how: 'prlimit --fsize lets the store, then the broker, write no byte further into its files; new orders are asked for meanwhile. Afterwards the limit is lifted and the engine started again.',
    mustHold: 'Writes are refused, nothing acknowledged is lost, and all recovers.',
    make: async (arena) => {
      const notes: string[] = []
      for (const engine of ['mongo', 'kafka'] as const) {
        arena.play(2)
        await arena.sleep(400)
        await limit(arena, engine, '--fsize=4096:')
        const answers = await askFor(arena, 8_000)
        arena.demand(!answers.some(brokeDown), `an order was answered 500 while the disk of ${engine} was full`)
        notes.push(`${engine}: ${told(answers)}, ${arena.world.lives(engine) ? 'alive' : 'ended by itself'}`)
        await arena.world.kill([engine])
        await arena.world.start(engine)
        await arena.world.allReady()
      }
      return notes.join('; ')
    },
  },
  {
    id: 'F41',
    fault: 'File descriptors and memory exhausted',
    how: 'prlimit --nofile leaves the gateway four descriptors while eighty clients call; financing runs with a heap of 40 MB.',
    mustHold: '503 or no connection, or a clean restart; I7 I18.',
    make: async (arena) => {
      const pid = arena.world.pidOf('gateway')
      if (!pid) throw new NotPossibleHere('the gateway is no process of this machine')
      const before = softLimit(pid)
      arena.afterwards(() => limit(arena, 'gateway', `--nofile=${before}:`))
      await limit(arena, 'gateway', `--nofile=${openFiles(pid) + 4}:`)
      const answers = await Promise.all(Array.from({ length: 80 }, () => arena.probe.order()))
      arena.demand(!answers.some(brokeDown), 'an order was answered 500 without descriptors')
      arena.demand(arena.world.lives('gateway'), 'the gateway died without descriptors')
      await limit(arena, 'gateway', `--nofile=${before}:`)
      await arena.world.kill(['financing'])
      await arena.world.start('financing', { NODE_OPTIONS: '--max-old-space-size=40' })
      const story = arena.play()
      await arena.soon('that all was said', story.said, 60_000)
      await arena.sleep(3_000)
      const lived = arena.world.lives('financing')
      await arena.world.restart(['financing'])
      return `without descriptors: ${told(answers)}; with 40 MB financing ${lived ? 'went on' : 'ended and was started again'}`
    },
  },
]
