/** The two financing desks: what a service, a test or a replay needs of their quiet rooms. */
export { tradeRules } from './trade/rules.ts'
export { obligorRules } from './obligor/rules.ts'
export type * as trade from './trade/vocabulary.ts'
export type * as obligor from './obligor/vocabulary.ts'
export type { Broadcast, Programme, ProgrammeTerms, Shared } from './programmes.ts'
