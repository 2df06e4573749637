/** What the order desk says yes and no to: orders and amendments of the buyer, acceptance by the supplier. */
import {
  accept,
  isCurrency,
  isPartyId,
  normaliseNumber,
  nothing,
  orderId,
  parseDate,
  reject,
  type Context,
  type Decision,
  type Input,
} from '@triflow/kernel'
import { flawOfLines } from './lines.ts'
import { submissionText } from './submission.ts'
import type {
  AcceptOrder,
  AmendOrder,
  CancelOrder,
  OrderCommand,
  OrderFact,
  OrderRejection,
  OrderState,
  SubmitOrder,
} from './vocabulary.ts'

/** Terms longer than a year are not financed by any programme. */
export const longestPaymentTermDays = 365

const no = (code: OrderRejection, detail: string) => reject(code, detail)
const isBlank = (text: string): boolean => text.trim() === ''

const submit = (c: SubmitOrder, state: OrderState): Decision<OrderFact> => {
  if (!isPartyId(c.buyerId)) return no('BuyerMalformed', 'a buyer is named by its party id')
  if (!isPartyId(c.supplierId)) return no('SupplierMalformed', 'a supplier is named by its party id')
  if (c.buyerId === c.supplierId) return no('BuyerIsSupplier', 'nobody orders from themselves')
  if (!normaliseNumber(c.number)) return no('OrderNumberEmpty', 'an order number has letters or digits')
  const id = orderId(c.buyerId, c.number)
  if (c.orderId !== id) return no('OrderIdMismatch', `the id of this order is ${id}`)
  if (state.status !== 'unknown')
    return submissionText(c) === state.submission
      ? nothing
      : no('OrderAlreadySubmitted', `${id} was submitted with other content`)
  if (!isCurrency(c.currency)) return no('CurrencyUnknown', `no currency ${c.currency} is settled here`)
  if (!parseDate(c.issuedOn)) return no('DateInvalid', `not a date: ${c.issuedOn}`)
  if (c.paymentTermDays < 0 || c.paymentTermDays > longestPaymentTermDays)
    return no('PaymentTermInvalid', `a payment term is 0 to ${longestPaymentTermDays} days`)
  const flaw = flawOfLines(c.lines)
  if (flaw) return no(...flaw)
  const { buyerId, supplierId, number, issuedOn, currency, lines, paymentTermDays } = c
  const order = { orderId: id, buyerId, supplierId, number, issuedOn, currency, lines, paymentTermDays }
  return accept([{ type: 'OrderSubmitted', ...order, version: 1 }])
}

/** Why the order as it stands cannot be changed or accepted at all; undefined when it can. */
const flawOfStanding = (id: string, state: OrderState): Decision<never> | undefined => {
  if (state.status === 'unknown') return no('OrderUnknown', `no order ${id} was submitted`)
  return state.status === 'cancelled' ? no('OrderCancelled', `${id} was cancelled`) : undefined
}

const stale = (state: OrderState) => no('StaleOrderVersion', `the current version is ${state.version}`)

const amend = (c: AmendOrder, state: OrderState): Decision<OrderFact> => {
  const standing = flawOfStanding(c.orderId, state)
  if (standing) return standing
  if (c.version !== state.version) return stale(state)
  if (isBlank(c.reason)) return no('ReasonMissing', 'an amendment says why')
  const flaw = flawOfLines(c.lines)
  if (flaw) return no(...flaw)
  const { orderId: id, lines, reason } = c
  return accept([{ type: 'OrderAmended', orderId: id, version: state.version + 1, lines, reason }])
}

const acceptOrder = (c: AcceptOrder, state: OrderState): Decision<OrderFact> => {
  const standing = flawOfStanding(c.orderId, state)
  if (standing) return standing
  // Accepting a version that the buyer has since amended would bind the supplier to lines it never saw.
  if (c.version !== state.version) return stale(state)
  if (isBlank(c.acceptedBy)) return no('AccepterMissing', 'an acceptance names who accepted')
  if (state.acceptedVersion === c.version) return nothing
  return accept([{ type: 'OrderAccepted', orderId: c.orderId, version: c.version, acceptedBy: c.acceptedBy }])
}

const cancel = (c: CancelOrder, state: OrderState): Decision<OrderFact> => {
  if (state.status === 'cancelled') return nothing
  const standing = flawOfStanding(c.orderId, state)
  if (standing) return standing
  if (state.acceptedVersion === state.version)
    return no('OrderAlreadyAccepted', `version ${state.version} was accepted; it can only be amended`)
  if (isBlank(c.reason)) return no('ReasonMissing', 'a cancellation says why')
  return accept([{ type: 'OrderCancelled', orderId: c.orderId, reason: c.reason }])
}

export const decide = (
  input: Input<OrderCommand, never, never>,
  state: OrderState,
  _context: Context<unknown>,
): Decision<OrderFact> => {
  if (input.kind !== 'command') return nothing
  switch (input.command.type) {
    case 'SubmitOrder':
      return submit(input.command, state)
    case 'AmendOrder':
      return amend(input.command, state)
    case 'AcceptOrder':
      return acceptOrder(input.command, state)
    case 'CancelOrder':
      return cancel(input.command, state)
  }
}
