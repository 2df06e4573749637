/** Keeps an eye on the topics' shape: whoever grows one while all is running would send keys where no desk reads. */
import type { Clock, Log, TopicSpec, Witness } from '@triflow/desk'
import { PartitionsDiffer } from './kafka/topics.ts'

const EVERY_MS = 15_000

export interface TopicWatch {
  /** False from the moment that a topic was found with other partitions than the platform was set up for. */
  fits(): boolean
  stop(): void
}

/** Says so again at each look, and when all fits again. A log that cannot be asked says nothing of its topics. */
export const watchTopics = (options: {
  readonly log: Pick<Log, 'checkTopics'>
  readonly topics: readonly TopicSpec[]
  readonly clock: Clock
  readonly witness: Witness
}): TopicWatch => {
  const { log, topics, clock, witness } = options
  let fits = true
  let stopped = false
  const look = async (): Promise<void> => {
    try {
      await log.checkTopics(topics)
      if (!fits) witness.say('info', 'topics fit again')
      fits = true
    } catch (error) {
      if (!(error instanceof PartitionsDiffer)) return
      fits = false
      witness.say('error', 'a topic was changed', { error: error.message })
    }
  }
  const loop = async (): Promise<void> => {
    while (!stopped) {
      await clock.sleep(EVERY_MS)
      if (!stopped) await look()
    }
  }
  void loop()
  return {
    fits: () => fits,
    stop: () => {
      stopped = true
    },
  }
}
