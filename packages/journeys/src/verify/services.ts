/** Every service with desks and views, as recovery and verify need them: to read, never to act. */
import { systemClock, type ServiceDefinition } from '@triflow/platform'
import { financingService } from '@triflow/financing'
import { logisticsService } from '@triflow/logistics'
import { orderService } from '@triflow/order'
import { partyService } from '@triflow/party'
import { paymentService } from '@triflow/payment'
import { connectorTo, type Bank } from '@triflow/payment/bank'
import { webhookService } from '@triflow/webhook'
import { notifier, sender, type SenderDeps } from '@triflow/webhook/connectors'

const nobody: Bank = {
  disburse: () => Promise.reject(new Error('there is no bank here')),
  getDisbursement: () => Promise.reject(new Error('there is no bank here')),
}

const nowhere: SenderDeps = {
  post: () => Promise.reject(new Error('nothing is sent from here')),
  secrets: () => '',
  clock: systemClock,
  witness: { count: () => undefined },
}

export const allServices: readonly ServiceDefinition[] = [
  partyService,
  orderService,
  logisticsService,
  financingService,
  paymentService(connectorTo(nobody)),
  webhookService([notifier(systemClock), sender(nowhere)]),
]
