export * from './money.ts'
export * from './dates.ts'
export * from './ids.ts'
export * from './desk.ts'
