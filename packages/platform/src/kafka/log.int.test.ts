import { describe } from 'vitest'
import { logContract } from '@triflow/desk/testing'
import { systemClock } from '../clock.ts'
import { engines, unheard, withoutKafka } from '../testing.ts'
import { openKafkaLog } from './log.ts'

describe.skipIf(withoutKafka)(withoutKafka || 'Kafka', () => {
  logContract('Kafka', async () => {
    const log = await openKafkaLog({
      brokers: engines.brokers,
      clientId: 'contract',
      clock: systemClock,
      witness: unheard,
    })
    return { port: log, close: () => log.close() }
  })
})
