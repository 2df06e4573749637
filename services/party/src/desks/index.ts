/** The quiet rooms of the party service. */
export * from './party/rules.ts'
export type * from './party/vocabulary.ts'
export * from './calendar/rules.ts'
export type * from './calendar/vocabulary.ts'
