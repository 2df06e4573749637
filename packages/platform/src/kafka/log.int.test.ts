import { describe, it } from 'vitest'
import { logContract } from '@triflow/desk/testing'
import { systemClock } from '../clock.ts'
import { engines, unheard, withoutKafka } from '../testing.ts'
import { openKafkaLog } from './log.ts'

if (withoutKafka) describe.skip(`Kafka: ${withoutKafka}`, () => it('is not asked', () => {}))
else {
  logContract('Kafka', async () => {
    const log = await openKafkaLog({
      brokers: engines.brokers,
      clientId: 'contract',
      clock: systemClock,
      witness: unheard,
    })
    return { port: log, close: () => log.close() }
  })
}
