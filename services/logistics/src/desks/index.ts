/** The quiet room of the logistics service. */
export * from './shipment/rules.ts'
export type * from './shipment/vocabulary.ts'
