/** A topic that was grown behind everybody's back is told while all is running, and so is its end. */
import { describe, expect, it } from 'vitest'
import { PartitionsDiffer } from './kafka/topics.ts'
import { watchTopics } from './topic-watch.ts'

const spec = { name: 'triflow.order.order.commands', partitions: 4, settings: {} }

const watched = () => {
  const said: string[] = []
  let answer: () => void = () => {}
  let wake: () => void = () => {}
  const watch = watchTopics({
    log: {
      checkTopics: async () => answer(),
    },
    topics: [spec],
    clock: { now: () => 0, sleep: () => new Promise((resolve) => (wake = resolve)), soon: (task) => task() },
    witness: { say: (level, event) => void said.push(`${level} ${event}`), count: () => {}, observe: () => {} },
  })
  const look = async (then: () => void): Promise<void> => {
    answer = then
    wake()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { watch, look, said }
}

const grown = (): never => {
  throw new PartitionsDiffer([{ topic: spec.name, has: 8, wants: 4 }])
}

describe('topics under watch', () => {
  it('are told when one was grown, at each look, until all fits again', async () => {
    const { watch, look, said } = watched()
    await look(() => {})
    expect([watch.fits(), said]).toEqual([true, []])
    await look(grown)
    await look(grown)
    expect([watch.fits(), said]).toEqual([false, ['error a topic was changed', 'error a topic was changed']])
    await look(() => {})
    expect([watch.fits(), said.at(-1)]).toEqual([true, 'info topics fit again'])
    watch.stop()
  })

  it('are not doubted because the log cannot be asked', async () => {
    const { watch, look, said } = watched()
    await look(() => {
      throw new Error('no broker')
    })
    expect([watch.fits(), said]).toEqual([true, []])
    watch.stop()
  })
})
