/** A call from one process to another, as a network carries it: it may be lost, come late, be carried twice, or stay unanswered. */
import type { Process, World } from '@triflow/desk/memory'
import type { NetworkFaults } from '../faults/mixture.ts'

export interface Remote {
  readonly from: Process
  /** Who listens at the address now; undefined when nobody does. */
  readonly to: () => Process | undefined
  readonly label: string
  readonly withinMs: number
}

/** Asks between processes: `serve` runs inside the one that listens, and dies with it. */
export type Ask = <T>(remote: Remote, serve: () => Promise<T>) => Promise<T>

export const openNetwork = (world: World, faults: () => NetworkFaults, strike: (fault: string) => void): Ask => {
  const happens = (fault: keyof NetworkFaults): boolean => {
    const rate = faults()[fault] ?? 0
    if (rate === 0 || world.random() >= rate) return false
    strike(fault)
    return true
  }
  return (remote, serve) =>
    new Promise((resolve, reject) => {
      const { from, to, label, withinMs } = remote
      let over = false
      const end = (tell: () => void): void => {
        if (over) return
        over = true
        tell()
      }
      const fail = (error: unknown): void => end(() => reject(error))
      const carry = (): void => {
        const server = to()
        if (!server) throw new Error(`${label}: nobody listens`)
        server.turn(`${label} served`, () => {
          const answered = (tell: () => void): void => {
            if (!happens('net.answerLost')) from.turn(`${label} answered`, tell)
          }
          serve().then(
            (answer) => answered(() => end(() => resolve(answer))),
            (error: unknown) => answered(() => fail(error)),
          )
        })
      }
      from.turn(`${label} expires`, () => fail(new Error(`${label}: no answer within ${withinMs} ms`)), withinMs)
      from.call(label, carry).catch(fail)
      if (happens('net.carriedTwice')) from.call(`${label} again`, carry).catch(() => undefined)
    })
}
