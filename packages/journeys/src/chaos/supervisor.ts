/** Kills parts of a world at seeded moments and starts them again in a seeded order. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../generator/random.ts'
import { parts, services, type Part, type PrivateWorld } from './world.ts'

export interface KillEvent {
  /** Milliseconds since the supervision began. */
  readonly atMs: number
  readonly victims: readonly Part[]
  readonly downMs: number
  /** In which order they were started again. */
  readonly order: readonly Part[]
}

export interface SupervisorOptions {
  readonly world: Pick<PrivateWorld, 'kill' | 'start' | 'lives'>
  readonly random: Random
  /** Pause between a restart and the next kill. */
  readonly gapMs: { readonly least: number; readonly most: number }
  /** Ends by itself after so many kills. */
  readonly killsMost?: number
  readonly onEvent: (sentence: string) => void
  readonly now?: () => number
  readonly wait?: (ms: number) => Promise<void>
}

export interface Supervision {
  readonly events: readonly KillEvent[]
  /** Restarts of single parts. */
  restarts(): number
  /** Ends the killing; resolves when all that was killed is started again. Rejects if a part died by itself. */
  stop(): Promise<void>
  /** Rejects as soon as a part has died that nobody killed. */
  readonly failed: Promise<never>
}

const DOWN_MOST_MS = 3_000

/** Of ten thousand kills: everything at once, and one engine; the others hit one service. */
const weights = { everything: 1_200, engine: 2_300 } as const

/** Who is hit, for how long, and in which order they come back: all drawn before anything is done. */
export const drawKill = (random: Random): Omit<KillEvent, 'atMs'> => {
  const lot = random.below(10_000)
  const victims: readonly Part[] =
    lot < weights.everything
      ? parts
      : lot < weights.everything + weights.engine
        ? [random.pick(['kafka', 'mongo'] as const)]
        : [random.pick(services)]
  const order = random.shuffled(victims)
  return { victims, downMs: random.below(DOWN_MOST_MS + 1), order }
}

const named = (victims: readonly Part[]): string =>
  victims.length === parts.length ? 'everything at once' : victims.join(', ')

const seconds = (ms: number): string => (ms / 1000).toFixed(1).padStart(6)

export const supervise = (options: SupervisorOptions): Supervision => {
  const { world, random, gapMs, killsMost = Infinity, onEvent, now = Date.now, wait = sleep } = options
  const began = now()
  const events: KillEvent[] = []
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => {})
  let restarted = 0
  let stopping = false

  /** Waits in small steps, so that an end is noticed. */
  const pause = async (ms: number): Promise<void> => {
    for (const end = now() + ms; !stopping && now() < end;) await wait(Math.min(100, end - now()))
  }

  const assertAlive = (): void => {
    const dead = parts.filter((part) => !world.lives(part))
    if (dead.length > 0) throw new Error(`${dead.join(', ')} died, and nobody killed it`)
  }

  const killOnce = async (): Promise<void> => {
    const drawn = drawKill(random)
    assertAlive()
    const atMs = now() - began
    await world.kill(drawn.victims)
    await wait(drawn.downMs)
    events.push({ ...drawn, atMs })
    // Side by side, each a little after the one before: start order must not matter, and engines take longest.
    const starts: Promise<void>[] = []
    for (const part of drawn.order) {
      starts.push(world.start(part))
      await wait(random.below(200))
    }
    await Promise.all(starts)
    restarted += drawn.order.length
    const order = drawn.order.length > 1 ? `, back in the order ${drawn.order.join(' ')}` : ''
    onEvent(`${seconds(atMs)} s  kill -9 ${named(drawn.victims)}, down for ${drawn.downMs} ms${order}`)
  }

  const run = (async () => {
    while (!stopping && events.length < killsMost) {
      await pause(random.between(gapMs.least, gapMs.most))
      if (!stopping) await killOnce()
    }
  })()
  run.catch((error: unknown) => failed.reject(error))

  return {
    events,
    restarts: () => restarted,
    failed: failed.promise,
    stop: async () => {
      stopping = true
      await run
      assertAlive()
    },
  }
}
