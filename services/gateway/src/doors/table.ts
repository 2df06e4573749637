/** Every public operation, in the order the reference shows them. */
import { financeDoors } from './finance.ts'
import { goodsDoors } from './goods.ts'
import { invoiceDoors } from './invoices.ts'
import type { Operation, WriteOperation } from './operation.ts'
import { orderDoors } from './orders.ts'
import { businessDayDoors, partyDoors } from './parties.ts'
import { programmeDoors } from './programmes.ts'
import { webhookDoors } from './webhooks.ts'

export const operations: readonly Operation[] = [
  ...partyDoors,
  ...programmeDoors,
  ...businessDayDoors,
  ...orderDoors,
  ...goodsDoors,
  ...invoiceDoors,
  ...financeDoors,
  ...webhookDoors,
]

export const bulkOperations: readonly WriteOperation[] = operations.filter(
  (operation): operation is WriteOperation => operation.kind === 'write' && operation.bulk !== undefined,
)
