export * from './endpoint/rules.ts'
export type * from './endpoint/vocabulary.ts'
