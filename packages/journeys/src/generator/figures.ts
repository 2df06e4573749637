/**
 * Summary figures of a real purchasing log, from which the demo draws its delays and corrections: BPI Challenge 2019
 * (van Dongen, B.F., 4TU.ResearchData, doi:10.4121/uuid:d06aff4b-79f0-45e6-8ec8-e19730c248f1; 251,734 items of 76,349
 * purchase orders). Only counts and quantiles published about the whole log are used, no record of it.
 */
import type { Random } from './random.ts'

/** Events of the whole log. */
const events = {
  orderItems: 251_734,
  changeQuantity: 21_449,
  changePrice: 12_423,
  deleteItem: 8_875,
  goodsReceipts: 314_097,
  cancelGoodsReceipt: 3_096,
  vendorInvoices: 219_919,
  debitMemos: 6_255,
} as const

/** Direct successions: how often the vendor's invoice came before the goods, and after them. */
const successions = { invoiceThenGoods: 109_983, goodsThenInvoice: 80_600 } as const

const perTenThousand = (part: number, whole: number): number => Math.round((part * 10_000) / whole)

/** Chances per ten thousand, as the log has them. */
export const chances = {
  invoiceFirst: perTenThousand(
    successions.invoiceThenGoods,
    successions.invoiceThenGoods + successions.goodsThenInvoice,
  ),
  quantityChanged: perTenThousand(events.changeQuantity, events.orderItems),
  priceChanged: perTenThousand(events.changePrice, events.orderItems),
  orderDeleted: perTenThousand(events.deleteItem, events.orderItems),
  goodsSentBack: perTenThousand(events.cancelGoodsReceipt, events.goodsReceipts),
  creditNote: perTenThousand(events.debitMemos, events.vendorInvoices),
  /** Receipts beyond one per item: deliveries in parts. */
  deliveredInParts: perTenThousand(events.goodsReceipts - events.orderItems, events.orderItems),
} as const

/** Hours between two events of one item: median and upper quantiles over the whole log. */
interface Delay {
  readonly median: number
  readonly p75: number
  readonly p90: number
  readonly p95: number
  readonly p99: number
}

export const delays = {
  orderToGoods: { median: 307.62, p75: 479.48, p90: 774.05, p95: 1063.15, p99: 1745.77 },
  orderToInvoice: { median: 155.75, p75: 354.97, p90: 679.5, p95: 1017.53, p99: 2046.63 },
  invoiceToGoods: { median: 34.33, p75: 81.4, p90: 127.93, p95: 158.23, p99: 351.43 },
  goodsToInvoice: { median: 14.82, p75: 82.72, p90: 207.32, p95: 350.22, p99: 656.65 },
  /** From the recorded invoice to its clearing, which is the payment. */
  invoiceToPayment: { median: 866.33, p75: 1537.53, p90: 2184.04, p95: 2479.71, p99: 2761.07 },
} as const satisfies Record<string, Delay>

/** A quarter of the log's time passes in a month of the story: this many hours of the log are one business day. */
const HOURS_PER_BUSINESS_DAY = 96

/** Whole business days, drawn from the quantiles by straight lines between them. */
export const drawDays = (random: Random, delay: Delay): number => {
  const knots: readonly (readonly [share: number, hours: number])[] = [
    [0, 0],
    [5_000, delay.median],
    [7_500, delay.p75],
    [9_000, delay.p90],
    [9_500, delay.p95],
    [10_000, delay.p99],
  ]
  const lot = random.below(10_000)
  const above = knots.findIndex(([share]) => share > lot)
  const [low, lowHours] = knots[above - 1]!
  const [high, highHours] = knots[above]!
  const hours = lowHours + ((highHours - lowHours) * (lot - low)) / (high - low)
  return Math.round(hours / HOURS_PER_BUSINESS_DAY)
}
