/** A world without a scheduler or faults: real time, turns of the event loop. For tests of one thing at a time. */
import type { Clock } from '../ports.ts'
import type { Process, World } from './world.ts'

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  soon: (task) => void setImmediate(task),
}

const createFreeProcess = (name: string): Process => {
  let state: 'running' | 'frozen' | 'dead' = 'running'
  const waiting: (() => void)[] = []
  const frozen: (() => void)[] = []
  const thawed: (() => void)[] = []
  const killed: (() => void)[] = []
  const inside = (task: () => void): void => {
    if (state === 'running') task()
    else if (state === 'frozen') waiting.push(task)
  }
  return {
    name,
    clock: realClock,
    isAlive: () => state !== 'dead',
    isResponsive: () => state === 'running',
    call: (_label, perform) =>
      new Promise((resolve, reject) => {
        setImmediate(() => {
          try {
            const result = perform()
            inside(() => resolve(result))
          } catch (error) {
            inside(() => reject(error))
          }
        })
      }),
    turn: (_label, task, delayMs = 0) => {
      if (delayMs > 0) setTimeout(() => inside(task), delayMs)
      else setImmediate(() => inside(task))
    },
    kill: () => {
      state = 'dead'
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
      for (const task of waiting.splice(0)) task()
      for (const listener of thawed) listener()
    },
    onFreeze: (listener) => void frozen.push(listener),
    onThaw: (listener) => void thawed.push(listener),
    onKill: (listener) => void killed.push(listener),
  }
}

export const createFreeWorld = (): World => ({
  now: () => Date.now(),
  random: Math.random,
  happens: () => false,
  process: createFreeProcess,
  cluster: createFreeProcess('cluster'),
})
