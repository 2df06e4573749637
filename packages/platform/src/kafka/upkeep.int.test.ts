/** What a recovery asks of real brokers: who is reading, and that topics are gone. */
import { eventually, unique } from '@triflow/desk/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Log } from '@triflow/desk'
import { systemClock } from '../clock.ts'
import { engines, unheard, withoutKafka } from '../testing.ts'
import { openKafkaLog } from './log.ts'
import { openLogUpkeep, type LogUpkeep } from './upkeep.ts'

describe.skipIf(withoutKafka)(withoutKafka || 'the upkeep of Kafka', () => {
  let log: Log
  let upkeep: LogUpkeep
  beforeAll(async () => {
    log = await openKafkaLog({ brokers: engines.brokers, clientId: 'upkeep', clock: systemClock, witness: unheard })
    upkeep = await openLogUpkeep(engines.brokers, unheard)
  })
  afterAll(async () => {
    await upkeep.close()
    await log.close()
  })

  it('tells groups that have members from those whose members have left', async () => {
    const [topic, group] = [unique('upkeep'), unique('group')]
    await log.ensureTopics([{ name: topic, partitions: 2, settings: {} }])
    let assigned = false
    const membership = await log.join({
      group,
      topics: [topic],
      onAssigned: () => (assigned = true),
      onBatch: () => undefined,
      onRevoked: () => undefined,
    })
    await eventually(() => assigned, 'the member is given its partitions')
    expect(await upkeep.activeGroups()).toContain(group)
    await membership.leave()
    expect(await upkeep.activeGroups()).not.toContain(group)
  })

  it('deletes topics with what they hold; made again, they are empty', async () => {
    const spec = { name: unique('upkeep'), partitions: 2, settings: {} }
    const record = { topic: spec.name, partition: 1, key: Buffer.from('k'), value: Buffer.from('v'), headers: {} }
    await log.ensureTopics([spec])
    await log.publish([record])
    await upkeep.deleteTopics([spec.name, unique('never-made')])
    await log.ensureTopics([spec])
    expect((await log.bounds(spec.name)).get(1)).toEqual({ low: 0, high: 0 })
  })
})
