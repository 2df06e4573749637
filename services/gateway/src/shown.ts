/** Who is shown what, for those who ask without HTTP: the simulation. */
export { ownershipMemory } from './doors/ownership.ts'
export type { ListOperation, Operation, ReadOperation } from './doors/operation.ts'
export type { Document, Doors, ListQuery, Page } from './doors/service-doors.ts'
export { operations } from './doors/table.ts'
export type { Actor, Role } from './http/authorise.ts'
export { documentFor, rowsFor } from './http/shown.ts'
