/** Where the webhook service's facts are told, and the proof that its words fit the wire. */
import { factsTopic, type FitsWire } from '@triflow/contracts'
import type { DeskDefinition } from '@triflow/kernel'
import { endpointRules, type EndpointCommand, type EndpointFact, type EndpointState } from './desks/index.ts'

type Proven<Fits extends true> = Fits
/** Compiles only while every command and every fact has exactly the fields of its message. */
export type Proof = Proven<FitsWire<EndpointCommand | EndpointFact>>

const name = 'webhook.endpoint'

export const endpointDesk: DeskDefinition<
  EndpointState,
  Record<string, never>,
  EndpointCommand,
  never,
  never,
  EndpointFact
> = {
  name,
  ...endpointRules,
  routes: (fact) => [{ topic: factsTopic(name), key: fact.webhookId }],
}
