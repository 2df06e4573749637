/** Every message that crosses a wire, by its short name. Short names are unique on the platform; a test says so. */
import * as calendar from '../gen/triflow/party/v1/calendar.ts'
import * as party from '../gen/triflow/party/v1/party.ts'
import * as order from '../gen/triflow/order/v1/order.ts'
import * as invoice from '../gen/triflow/order/v1/invoice.ts'
import * as shipment from '../gen/triflow/logistics/v1/shipment.ts'
import * as trade from '../gen/triflow/financing/v1/trade.ts'
import * as obligor from '../gen/triflow/financing/v1/obligor.ts'
import * as account from '../gen/triflow/payment/v1/account.ts'
import * as ledger from '../gen/triflow/payment/v1/ledger.ts'
import * as endpoint from '../gen/triflow/webhook/v1/endpoint.ts'
import * as desk from '../gen/triflow/desk/v1/desk.ts'
import { encodeAs, type Encodable } from './encoding.ts'
import { inTodaysWords } from './upcasts.ts'

interface Message extends Encodable<never> {
  decode(bytes: Uint8Array): object
}

const packages = {
  'triflow.party.v1': { ...party, ...calendar },
  'triflow.order.v1': { ...order, ...invoice },
  'triflow.logistics.v1': shipment,
  'triflow.financing.v1': { ...trade, ...obligor },
  'triflow.payment.v1': { ...account, ...ledger },
  'triflow.webhook.v1': endpoint,
  'triflow.desk.v1': desk,
}

interface Codec {
  readonly fullName: string
  readonly shortName: string
  readonly message: Message
}

const byShortName = new Map<string, Codec>()
const byFullName = new Map<string, Codec>()

for (const [packageName, exports] of Object.entries(packages)) {
  for (const [shortName, message] of Object.entries(exports)) {
    if (typeof message !== 'object' || !('encode' in message)) continue
    if (byShortName.has(shortName)) throw new Error(`two messages are called ${shortName}`)
    const codec = { fullName: `${packageName}.${shortName}`, shortName, message: message as unknown as Message }
    byFullName.set(codec.fullName, codec)
    byShortName.set(shortName, codec)
  }
}

/** All messages by full name: for tests and tools. */
export const messages = (): ReadonlyMap<string, Message> =>
  new Map([...byFullName].map(([name, codec]) => [name, codec.message]))

export const messageNames = (): string[] => [...byFullName.keys()].sort()

/** "triflow.order.v1.OrderAccepted" for "OrderAccepted". Throws on a name that no proto file has: that is a bug. */
export const fullNameOf = (shortName: string): string => {
  const codec = byShortName.get(shortName)
  if (!codec) throw new Error(`no message is called ${shortName}`)
  return codec.fullName
}

export const isKnownMessage = (fullName: string): boolean => byFullName.has(fullName)

/** Bytes of a typed value; its `type` is the message's short name and travels as the record's ce_type, not in the bytes. */
export const encodeMessage = (value: { readonly type: string }): Uint8Array => {
  const codec = byShortName.get(value.type)
  if (!codec) throw new Error(`no message is called ${value.type}`)
  return encodeAs(codec.message, value as never)
}

/**
 * The value behind bytes in today's words, typed by its short name. Throws on an unknown type or on bytes that are not
 * such a message.
 */
export const decodeMessage = (fullName: string, bytes: Uint8Array): { readonly type: string } => {
  const codec = byFullName.get(fullName)
  if (!codec) throw new Error(`unknown message type ${fullName}`)
  return inTodaysWords(Object.assign(codec.message.decode(bytes), { type: codec.shortName }))
}

// These two are different constants in each module; an intersection that kept it would be `never`.
type Module<M> = Omit<M, 'protobufPackage' | 'protobufFileName'>
type Exports = Module<typeof party> &
  Module<typeof calendar> &
  Module<typeof order> &
  Module<typeof invoice> &
  Module<typeof shipment> &
  Module<typeof trade> &
  Module<typeof obligor> &
  Module<typeof account> &
  Module<typeof ledger> &
  Module<typeof endpoint> &
  Module<typeof desk>

/** Short names of all messages. */
export type MessageName = {
  [N in keyof Exports]: Exports[N] extends { decode(bytes: Uint8Array): unknown } ? N : never
}[keyof Exports] &
  string

/** The generated type behind a short name. */
export type WireOf<N extends MessageName> = Exports[N] extends { decode(bytes: Uint8Array): infer M } ? M : never

type Fit<F extends { type: string }> = F extends { type: infer N }
  ? N extends MessageName
    ? F extends WireOf<N>
      ? [keyof WireOf<N>] extends [keyof F]
        ? [Exclude<keyof F, 'type'>] extends [keyof WireOf<N>]
          ? true
          : `${N} has a field that its message lacks`
        : `${N} lacks a field of its message`
      : `${N} does not fit its message`
    : `no message has this name`
  : never

/**
 * `true` when every member of a union of typed values (facts, commands) has exactly the fields of its message; else what
 * does not fit. In a wire.ts: `const fits: FitsWire<Fact> = true`.
 */
export type FitsWire<F extends { type: string }> = [Fit<F>] extends [true] ? true : Exclude<Fit<F>, true>
