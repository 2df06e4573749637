/**
 * The known truths of the whole export, as the issue states them, for the report's first column; and the one reader of
 * the columns that tell how the story ends, which checks those constants and is used by nothing that plays.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { parseAmount } from '@triflow/kernel'
import type { Recomputed } from './recompute.ts'

export const knownTruth: Recomputed = {
  orderCount: 2_074,
  orderLineCount: 8_367,
  tradeCount: 2_072,
  tradeLineCount: 8_358,
  asOrderedLineCount: 8_358,
  netEqualsOrderCount: 2_072,
  waitingOrders: ['2073', '2074'],
  netMinor: 944_343_271_90n,
  taxMinor: 141_650_241_16n,
  grossMinor: 1_085_993_513_06n,
  paymentCount: 366,
  explainedPaymentCount: 366,
  sameDayPaymentCount: 359,
  paidCount: 2_070,
  paidMinor: 1_083_271_834_85n,
  openCount: 2,
  openMinor: 2_721_678_21n,
  repeatedNumberCount: 98,
  repeatedNumberPairs: 96,
  financedCount: 2_072,
  advancedMinor: 755_474_617_52n,
  peakExposureMinor: 9_415_877_04n,
  peakOn: '2016-05-30',
  outstandingMinor: 1_893_341_36n,
  discountWithheldMinor: 2_738_535_74n,
  discountEarnedMinor: 327_060_72n,
}

/** First and last day of the whole export; a history that ends elsewhere is measured by recomputation instead. */
export const wholeStory = { from: '2013-01-01', to: '2016-05-31' } as const

/** What the export itself says of the end: invoices finalised, and what is outstanding on the others. */
export const endAsExported = (folder: string) => {
  const rows: Record<string, string>[] = parse(
    readFileSync(join(folder, 'Purchasing.SupplierTransactions.csv'), 'utf8'),
    { columns: true },
  )
  const invoices = rows.filter((row) => row['PurchaseOrderID'] !== '')
  const open = invoices.filter((row) => row['IsFinalized'] === 'False')
  return {
    paidCount: invoices.length - open.length,
    openCount: open.length,
    openMinor: open.reduce((total, row) => total + (parseAmount(row['OutstandingBalance']!, 'USD') ?? 0n), 0n),
  }
}
