/**
 * A seeded world in virtual time: one pending step happens at a time, the seed chooses which, and a fault may strike it.
 * The same seed and the same code give the same steps in the same order.
 */
import type { FaultName, FaultRates } from './faults.ts'
import { createRandom } from './random.ts'
import { lostAnswer, type Process, type Step, type StepKind, type Verdict, type World } from './world.ts'

interface Task {
  readonly process: Inhabitant
  readonly kind: StepKind
  readonly label: string
  readonly order: number
  dueAt: number
  run(verdict: Verdict): void
}

interface Inhabitant extends Process {
  /** How far this process's clock is off the cluster's. */
  skewMs: number
  /** Until then its calls take long. */
  slowUntil: number
}

export interface ScheduledWorld extends World {
  readonly seed: number
  readonly trace: readonly string[]
  /** Probabilities from here on; `{}` is a calm world. */
  setFaults(rates: FaultRates): void
  /** Asked before each step; undefined leaves the verdict to chance. */
  setJudge(judge: (step: Step) => Verdict | undefined): void
  /** Moves a process's clock; the cluster's own time goes on undisturbed. */
  skew(process: Process, ms: number): void
  /**
   * Runs steps until `until` holds after one. 'idle' when nothing is pending, 'spent' when the budget of steps is gone.
   * Between steps everything that follows from the last one has settled.
   */
  run(until: () => boolean, budget?: number): Promise<'done' | 'idle' | 'spent'>
}

/** A morning, unless a story wants another time of day. */
const USUAL_BEGINNING_MS = Date.UTC(2026, 0, 5, 8)

/** Longer than any chain of promises: by the time an immediate runs, no microtask is left. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/** A process does its own turns of one kind in the order they fall due, whichever of them was drawn. */
const inOrder: readonly StepKind[] = ['soon', 'timer']

export const createWorld = (
  seed: number,
  options: {
    readonly faults?: FaultRates
    readonly traced?: boolean
    /** What time it is when the world begins. */
    readonly beginsAt?: number
    /** Told each time one of the faults strikes. */
    readonly onFault?: (fault: FaultName) => void
  } = {},
): ScheduledWorld => {
  const random = createRandom(seed)
  const trace: string[] = []
  let tasks: Task[] = []
  let rates: FaultRates = options.faults ?? {}
  let judge: (step: Step) => Verdict | undefined = () => undefined
  const { beginsAt = USUAL_BEGINNING_MS } = options
  let nowMs = beginsAt
  let order = 0
  let steps = 0

  const happens = (fault: FaultName): boolean => {
    const rate = rates[fault]
    if (rate === undefined || rate === 0 || random() >= rate) return false
    options.onFault?.(fault)
    return true
  }

  const add = (
    process: Inhabitant,
    kind: StepKind,
    label: string,
    delayMs: number,
    run: (verdict: Verdict) => void,
  ): Task => {
    const task = { process, kind, label, order: order++, dueAt: Math.ceil(nowMs + delayMs), run }
    tasks.push(task)
    return task
  }

  /** Slowness comes in spells: a network or a server that is slow is so to all calls of a process, for a while. */
  const slowness = (process: Inhabitant): number => {
    if (nowMs < process.slowUntil) return random() < 0.5 ? Math.floor(random() * 2000) : 0
    if (!happens('call.slow')) return 0
    if (random() < 0.2) process.slowUntil = nowMs + Math.floor(random() * 8000)
    return Math.floor(random() * 8000)
  }

  const createProcess = (name: string): Inhabitant => {
    let state: 'running' | 'frozen' | 'dead' = 'running'
    const frozen: (() => void)[] = []
    const thawed: (() => void)[] = []
    const killed: (() => void)[] = []
    const process: Inhabitant = {
      name,
      skewMs: 0,
      slowUntil: 0,
      clock: {
        now: () => Math.floor(nowMs + process.skewMs),
        sleep: (ms) =>
          new Promise((resolve) => void (state !== 'dead' && add(process, 'timer', 'sleep', ms, () => resolve()))),
        soon: (task) => void (state !== 'dead' && add(process, 'soon', 'soon', 0, task)),
      },
      isAlive: () => state !== 'dead',
      isResponsive: () => state === 'running',
      call: (label, perform, whenLost) =>
        new Promise((resolve, reject) => {
          if (state === 'dead') return
          const answer = (tell: () => void): void => {
            if (state !== 'dead') add(process, 'reply', `${label} reply`, slowness(process), tell)
          }
          const land = (done: () => unknown): void => {
            try {
              done()
            } catch {
              // The server refused; there is nobody left to tell.
            }
          }
          const serve = (verdict: Verdict): void => {
            switch (verdict) {
              case 'error':
                return answer(() => reject(lostAnswer(label)))
              case 'unknown-late':
                add(process, 'request', `${label} (late)`, Math.floor(random() * 3000), () => land(whenLost ?? perform))
                return answer(() => reject(lostAnswer(label)))
              case 'unknown-done':
                land(whenLost ?? perform)
                return answer(() => reject(lostAnswer(label)))
              case 'crash-after':
                land(perform)
                return
              default:
                try {
                  const result = perform()
                  answer(() => resolve(result))
                } catch (error) {
                  answer(() => reject(error))
                }
            }
          }
          add(process, 'request', label, slowness(process), serve)
        }),
      turn: (label, task, delayMs = 0) => {
        if (state !== 'dead') add(process, 'turn', label, delayMs, task)
      },
      kill: () => {
        if (state === 'dead') return
        state = 'dead'
        // What was sent may still arrive; what was awaited never will.
        tasks = tasks.filter((task) => {
          if (task.process !== process) return true
          if (task.kind !== 'request' || random() < 0.5) return false
          task.dueAt = nowMs + Math.floor(random() * 3000)
          return true
        })
        for (const listener of killed) listener()
      },
      freeze: () => {
        if (state !== 'running') return
        state = 'frozen'
        for (const listener of frozen) listener()
      },
      thaw: () => {
        if (state !== 'frozen') return
        state = 'running'
        for (const listener of thawed) listener()
      },
      onFreeze: (listener) => void frozen.push(listener),
      onThaw: (listener) => void thawed.push(listener),
      onKill: (listener) => void killed.push(listener),
    }
    return process
  }

  const isRunnable = (task: Task): boolean => task.kind === 'request' || task.process.isResponsive()

  /** One of the tasks that are due, or, when none is, time moves to the next that will be. */
  const next = (): Task | undefined => {
    let due = tasks.filter((task) => task.dueAt <= nowMs && isRunnable(task))
    if (due.length === 0) {
      const soonest = Math.min(...tasks.filter(isRunnable).map((task) => task.dueAt))
      if (soonest === Infinity) return undefined
      nowMs = soonest
      due = tasks.filter((task) => task.dueAt <= nowMs && isRunnable(task))
    }
    const drawn = due[Math.floor(random() * due.length)]!
    if (!inOrder.includes(drawn.kind)) return drawn
    return due
      .filter((task) => task.process === drawn.process && task.kind === drawn.kind)
      .reduce((a, b) => (b.dueAt < a.dueAt || (b.dueAt === a.dueAt && b.order < a.order) ? b : a))
  }

  const byChance = (task: Task): Verdict => {
    if (task.kind !== 'request') return 'go'
    if (happens('call.error')) return 'error'
    if (happens('call.unknownDone')) return 'unknown-done'
    if (happens('call.unknownLate')) return 'unknown-late'
    return 'go'
  }

  const take = (task: Task): void => {
    tasks.splice(tasks.indexOf(task), 1)
    const verdict =
      judge({ index: steps, process: task.process.name, label: task.label, kind: task.kind }) ?? byChance(task)
    if (options.traced)
      trace.push(`${nowMs - beginsAt} ${task.process.name} ${task.label}${verdict === 'go' ? '' : ` [${verdict}]`}`)
    steps++
    nowMs += Math.floor(random() * 2)
    if (verdict !== 'crash-before' || !task.process.isAlive()) task.run(verdict)
    if (verdict === 'crash-before' || verdict === 'crash-after') task.process.kill()
  }

  return {
    seed,
    trace,
    now: () => nowMs,
    random,
    happens,
    process: createProcess,
    cluster: createProcess('cluster'),
    setFaults: (wanted) => {
      rates = wanted
    },
    setJudge: (wanted) => {
      judge = wanted
    },
    skew: (process, ms) => {
      ;(process as Inhabitant).skewMs += ms
    },
    run: async (until, budget = 100_000) => {
      for (let taken = 0; taken <= budget; taken++) {
        await settled()
        if (until()) return 'done'
        const task = next()
        if (!task) return 'idle'
        take(task)
      }
      return 'spent'
    },
  }
}
