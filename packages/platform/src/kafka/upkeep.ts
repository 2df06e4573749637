/** What recovery asks of brokers beyond the `Log` port: who reads now, and that topics are forgotten. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin } from './kafkajs.ts'
import type { Witness } from '@triflow/desk'
import { kafkaClient } from './client.ts'

export interface LogUpkeep {
  /** Groups that have members now. */
  activeGroups(): Promise<readonly string[]>
  /** Deletes those of these topics that are there; resolves when the log no longer knows them. */
  deleteTopics(topics: readonly string[]): Promise<void>
  close(): Promise<void>
}

const GONE_MS = 30_000
const LOOK_AGAIN_MS = 100

export const openLogUpkeep = async (brokers: readonly string[], witness: Witness): Promise<LogUpkeep> => {
  const admin: Admin = kafkaClient(brokers, 'triflow-upkeep', witness).admin()
  await admin.connect()
  const existing = async (topics: readonly string[]): Promise<string[]> => {
    const known = new Set(await admin.listTopics())
    return topics.filter((topic) => known.has(topic))
  }
  return {
    activeGroups: async () => {
      const { groups } = await admin.listGroups()
      if (groups.length === 0) return []
      const described = await admin.describeGroups(groups.map(({ groupId }) => groupId))
      return described.groups.filter(({ members }) => members.length > 0).map(({ groupId }) => groupId)
    },
    deleteTopics: async (topics) => {
      const there = await existing(topics)
      if (there.length > 0) await admin.deleteTopics({ topics: there })
      for (const until = Date.now() + GONE_MS; (await existing(topics)).length > 0;) {
        if (Date.now() > until) throw new Error('the log still knows topics that were deleted')
        await sleep(LOOK_AGAIN_MS)
      }
    },
    close: () => admin.disconnect(),
  }
}
