/** What the financing views hear: this service's own topics, each fact once. */
import { factsTopic } from '@triflow/contracts'
import type { obligor, trade } from '../desks/index.ts'

export type Told = obligor.Fact | trade.Fact

export const tradeTopic = factsTopic('financing.trade')
export const obligorTopic = factsTopic('financing.obligor')

/** The runtime hands views any message of a topic (outcomes of commands too); folds look at `type` and pass on the rest. */
export const asTold = (fact: { readonly type: string }): Told => fact as Told

/** Mongoose fields of what several views show. */
export const evidenceFields = {
  _id: false,
  about: String,
  desk: String,
  entry: BigInt,
  index: Number,
  sha256: String,
  // A field called `type` must be wrapped, or mongoose takes it for the type of the whole.
  type: { type: String },
}

export const ruleFields = { _id: false, rule: String, outcome: String, detail: String }
