/** Lines as a trade keeps them: without the names of their fields, which the archive would write anew for every line. */
import type { BilledLine, OrderLine } from './vocabulary.ts'

export type KeptOrderLine = readonly [line: number, sku: string, quantity: bigint, unitPriceMinor: bigint]

export type KeptBilledLine = readonly [
  line: number,
  orderLine: number,
  sku: string,
  quantity: bigint,
  unitPriceMinor: bigint,
  netMinor: bigint,
]

export const keepOrderLine = ({ line, sku, quantity, unitPriceMinor }: OrderLine): KeptOrderLine => [
  line,
  sku,
  quantity,
  unitPriceMinor,
]

export const orderLine = ([line, sku, quantity, unitPriceMinor]: KeptOrderLine): OrderLine => ({
  line,
  sku,
  quantity,
  unitPriceMinor,
})

export const keepBilledLine = (billed: BilledLine): KeptBilledLine => [
  billed.line,
  billed.orderLine,
  billed.sku,
  billed.quantity,
  billed.unitPriceMinor,
  billed.netMinor,
]

export const billedLine = ([line, orderLine, sku, quantity, unitPriceMinor, netMinor]: KeptBilledLine): BilledLine => ({
  line,
  orderLine,
  sku,
  quantity,
  unitPriceMinor,
  netMinor,
})
