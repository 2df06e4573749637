/**
 * Reads the Wide World Importers export. Columns that tell how the story ends are dropped while parsing, so that no code
 * behind this file can see them; known-truth.ts alone reads those, for the report's comparison.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { parseAmount, parseDate } from '@triflow/kernel'
import { JourneyProblem } from '../surroundings.ts'

/** What the player may know of each file. */
const columns = {
  'Purchasing.Suppliers.csv': [
    'SupplierID',
    'SupplierName',
    'BankAccountName',
    'BankAccountBranch',
    'BankAccountNumber',
    'PaymentDays',
  ],
  'Purchasing.PurchaseOrders.csv': ['PurchaseOrderID', 'SupplierID', 'OrderDate'],
  'Purchasing.PurchaseOrderLines.csv': [
    'PurchaseOrderLineID',
    'PurchaseOrderID',
    'StockItemID',
    'OrderedOuters',
    'Description',
    'ReceivedOuters',
    'ExpectedUnitPricePerOuter',
    'LastReceiptDate',
  ],
  'Purchasing.SupplierTransactions.csv': [
    'SupplierTransactionID',
    'SupplierID',
    'TransactionTypeID',
    'PurchaseOrderID',
    'SupplierInvoiceNumber',
    'TransactionDate',
    'AmountExcludingTax',
    'TaxAmount',
    'TransactionAmount',
  ],
  'Application.TransactionTypes.csv': ['TransactionTypeID', 'TransactionTypeName'],
} as const

type File = keyof typeof columns
type Row<F extends File> = Record<(typeof columns)[F][number], string>

export const CURRENCY = 'USD'

export interface ExportedSupplier {
  readonly id: string
  readonly name: string
  readonly paymentDays: number
  readonly accountName: string
  readonly accountNumber: string
  readonly bankName: string
}

export interface ExportedLine {
  readonly line: number
  readonly stockItemId: string
  readonly description: string
  readonly ordered: number
  readonly received: number
  readonly unitPriceMinor: bigint
  /** '' when nothing was received. */
  readonly receivedOn: string
}

export interface ExportedOrder {
  readonly number: string
  readonly supplierId: string
  readonly orderedOn: string
  readonly lines: readonly ExportedLine[]
}

export interface ExportedInvoice {
  readonly transactionId: string
  readonly supplierId: string
  readonly orderNumber: string
  readonly number: string
  readonly issuedOn: string
  readonly netMinor: bigint
  readonly taxMinor: bigint
  readonly grossMinor: bigint
}

export interface ExportedPayment {
  readonly transactionId: string
  readonly supplierId: string
  readonly paidOn: string
  readonly amountMinor: bigint
}

/** Everything the player knows. Orders, invoices and payments are in the export's order. */
export interface Export {
  readonly suppliers: readonly ExportedSupplier[]
  readonly orders: readonly ExportedOrder[]
  readonly invoices: readonly ExportedInvoice[]
  readonly payments: readonly ExportedPayment[]
}

const read = <F extends File>(folder: string, file: F): Row<F>[] => {
  const allowed: readonly string[] = columns[file]
  let text: string
  try {
    text = readFileSync(join(folder, file), 'utf8')
  } catch (error) {
    throw new JourneyProblem(
      `${join(folder, file)} cannot be read.`,
      'Name the folder that holds the exported CSV files.',
      error,
    )
  }
  const columnsOf = (header: string[]) => header.map((name) => (allowed.includes(name) ? name : false))
  const rows = parse(text, { columns: columnsOf }) as unknown as Row<F>[]
  const absent = allowed.filter((name) => rows[0] && !Object.hasOwn(rows[0], name))
  if (absent.length > 0) throw new JourneyProblem(`${file} has no column ${absent.join(', ')}.`)
  return rows
}

const bad = (what: string, text: string): never => {
  throw new JourneyProblem(`The export says ${what} ${JSON.stringify(text)}, which is none.`)
}

/** "4711.0" is how the export writes the whole number 4711 in a column that may be empty. */
export const wholeNumberText = (text: string): string => text.replace(/\.0$/, '')

const whole = (text: string): number =>
  /^[0-9]+$/.test(wholeNumberText(text)) ? Number(wholeNumberText(text)) : bad('a whole number', text)
const amount = (text: string): bigint => parseAmount(text, CURRENCY) ?? bad('an amount', text)
const day = (text: string): string => parseDate(text) ?? bad('a date', text)

const readOrders = (folder: string): ExportedOrder[] => {
  const lines = new Map<string, ExportedLine[]>()
  for (const row of read(folder, 'Purchasing.PurchaseOrderLines.csv')) {
    const ofOrder = lines.get(row.PurchaseOrderID) ?? []
    lines.set(row.PurchaseOrderID, ofOrder)
    ofOrder.push({
      line: ofOrder.length + 1,
      stockItemId: row.StockItemID,
      description: row.Description,
      ordered: whole(row.OrderedOuters),
      received: whole(row.ReceivedOuters),
      unitPriceMinor: amount(row.ExpectedUnitPricePerOuter),
      receivedOn: row.LastReceiptDate === '' ? '' : day(row.LastReceiptDate),
    })
  }
  return read(folder, 'Purchasing.PurchaseOrders.csv').map((row) => ({
    number: row.PurchaseOrderID,
    supplierId: row.SupplierID,
    orderedOn: day(row.OrderDate),
    lines: lines.get(row.PurchaseOrderID) ?? [],
  }))
}

/** Reads the five files of the folder. */
export const readExport = (folder: string): Export => {
  const typeNames = new Map(
    read(folder, 'Application.TransactionTypes.csv').map((row) => [row.TransactionTypeID, row.TransactionTypeName]),
  )
  const invoices: ExportedInvoice[] = []
  const payments: ExportedPayment[] = []
  for (const row of read(folder, 'Purchasing.SupplierTransactions.csv')) {
    const type = typeNames.get(row.TransactionTypeID) ?? ''
    const head = { transactionId: row.SupplierTransactionID, supplierId: row.SupplierID }
    if (type === 'Supplier Invoice')
      invoices.push({
        ...head,
        orderNumber: wholeNumberText(row.PurchaseOrderID),
        number: wholeNumberText(row.SupplierInvoiceNumber),
        issuedOn: day(row.TransactionDate),
        netMinor: amount(row.AmountExcludingTax),
        taxMinor: amount(row.TaxAmount),
        grossMinor: amount(row.TransactionAmount),
      })
    // A payment is booked as a negative transaction of the supplier's account.
    else if (type === 'Supplier Payment Issued')
      payments.push({
        ...head,
        paidOn: day(row.TransactionDate),
        amountMinor: amount(row.TransactionAmount.replace(/^-/, '')),
      })
    else
      throw new JourneyProblem(
        `The export holds a transaction of type ${row.TransactionTypeID} (${type || 'unnamed'}).`,
      )
  }
  const orders = readOrders(folder)
  const active = new Set(orders.map((order) => order.supplierId))
  const suppliers = read(folder, 'Purchasing.Suppliers.csv')
    .filter((row) => active.has(row.SupplierID))
    .map((row) => ({
      id: row.SupplierID,
      name: row.SupplierName,
      paymentDays: whole(row.PaymentDays),
      accountName: row.BankAccountName,
      accountNumber: row.BankAccountNumber,
      bankName: row.BankAccountBranch,
    }))
  return { suppliers, orders, invoices, payments }
}
