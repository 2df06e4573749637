/** Every desk of the platform, by its definition: what verify and the benchmarks decide again. */
import { deskEntry } from '@triflow/contracts'
import type { AnyDesk } from '@triflow/kernel'
import { obligorDesk, tradeDesk } from '@triflow/financing/wire'
import { shipmentDesk } from '@triflow/logistics/wire'
import { invoiceDesk, orderDesk } from '@triflow/order/wire'
import { calendarDesk, partyDesk } from '@triflow/party/wire'
import { accountDesk, ledgerDesk } from '@triflow/payment/wire'

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
]

/** Partitions of a desk's kind, given how many desks the cluster was created with. */
export const partitionsOfDesk = (name: string, desks: number): number =>
  deskEntry(name).partitions === 'one' ? 1 : desks
