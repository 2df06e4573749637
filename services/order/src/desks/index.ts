/** The quiet rooms of the order service. */
export * from './order/rules.ts'
export type * from './order/vocabulary.ts'
export * from './invoice/rules.ts'
export type * from './invoice/vocabulary.ts'
