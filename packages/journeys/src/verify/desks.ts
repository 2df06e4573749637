/** Every desk of the platform, by its definition: what verify and the benchmarks decide again. */
import type { AnyDesk } from '@triflow/kernel'
import { obligorDesk, tradeDesk } from '@triflow/financing/wire'
import { shipmentDesk } from '@triflow/logistics/wire'
import { invoiceDesk, orderDesk } from '@triflow/order/wire'
import { calendarDesk, partyDesk } from '@triflow/party/wire'
import { accountDesk, ledgerDesk } from '@triflow/payment/wire'
import { endpointDesk } from '@triflow/webhook/wire'

export const allDesks: readonly AnyDesk[] = [
  partyDesk,
  calendarDesk,
  orderDesk,
  invoiceDesk,
  shipmentDesk,
  tradeDesk,
  obligorDesk,
  accountDesk,
  ledgerDesk,
  endpointDesk,
]
