export * from './ports.ts'
export * from './views.ts'
export * from './record.ts'
