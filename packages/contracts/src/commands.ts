/** Every command: the desk that judges it and the key it goes by there. Doors and gateways share this table. */
import type { MessageName, WireOf } from './messages.ts'
import type { DeskName } from './topics.ts'

interface CommandEntry<N extends MessageName> {
  readonly desk: DeskName
  readonly keyOf: (command: WireOf<N>) => string
}

const entry = <N extends MessageName>(
  _name: N,
  desk: DeskName,
  keyOf: (command: WireOf<N>) => string,
): CommandEntry<N> => ({ desk, keyOf })

export const commands = {
  RegisterParty: entry('RegisterParty', 'party.party', (c) => c.partyId),
  RegisterBankAccount: entry('RegisterBankAccount', 'party.party', (c) => c.partyId),
  VerifyBankAccount: entry('VerifyBankAccount', 'party.party', (c) => c.partyId),
  EnrolSupplier: entry('EnrolSupplier', 'party.party', (c) => c.partyId),
  OpenProgramme: entry('OpenProgramme', 'party.calendar', () => 'calendar'),
  ChangeProgrammeLimit: entry('ChangeProgrammeLimit', 'party.calendar', () => 'calendar'),
  OpenFirstBusinessDay: entry('OpenFirstBusinessDay', 'party.calendar', () => 'calendar'),
  CloseBusinessDay: entry('CloseBusinessDay', 'party.calendar', () => 'calendar'),
  SubmitOrder: entry('SubmitOrder', 'order.order', (c) => c.orderId),
  AmendOrder: entry('AmendOrder', 'order.order', (c) => c.orderId),
  AcceptOrder: entry('AcceptOrder', 'order.order', (c) => c.orderId),
  CancelOrder: entry('CancelOrder', 'order.order', (c) => c.orderId),
  IssueInvoice: entry('IssueInvoice', 'order.invoice', (c) => c.invoiceId),
  IssueCreditNote: entry('IssueCreditNote', 'order.invoice', (c) => c.invoiceId),
  ConfirmInvoice: entry('ConfirmInvoice', 'order.invoice', (c) => c.invoiceId),
  DisputeInvoice: entry('DisputeInvoice', 'order.invoice', (c) => c.invoiceId),
  BookShipment: entry('BookShipment', 'logistics.shipment', (c) => c.shipmentId),
  RecordShipmentEvent: entry('RecordShipmentEvent', 'logistics.shipment', (c) => c.shipmentId),
  RecordGoodsReceipt: entry('RecordGoodsReceipt', 'logistics.shipment', (c) => c.receiptId),
  RecordReturn: entry('RecordReturn', 'logistics.shipment', (c) => c.returnId),
  ApproveClaim: entry('ApproveClaim', 'financing.obligor', (c) => c.debtorId),
  RefuseClaim: entry('RefuseClaim', 'financing.obligor', (c) => c.debtorId),
  AllocateReceipt: entry('AllocateReceipt', 'financing.obligor', (c) => c.debtorId),
  PostStatementLine: entry('PostStatementLine', 'payment.account', (c) => c.accountId),
  ReportDisbursement: entry('ReportDisbursement', 'payment.account', (c) => c.accountId),
  RegisterWebhook: entry('RegisterWebhook', 'webhook.endpoint', (c) => c.webhookId),
  ChangeWebhook: entry('ChangeWebhook', 'webhook.endpoint', (c) => c.webhookId),
  RollWebhookSecret: entry('RollWebhookSecret', 'webhook.endpoint', (c) => c.webhookId),
  RequestDelivery: entry('RequestDelivery', 'webhook.endpoint', (c) => c.webhookId),
  ReportDelivery: entry('ReportDelivery', 'webhook.endpoint', (c) => c.webhookId),
  ResendDelivery: entry('ResendDelivery', 'webhook.endpoint', (c) => c.webhookId),
} as const

export type CommandName = keyof typeof commands

export const isCommandName = (name: string): name is CommandName => Object.hasOwn(commands, name)
