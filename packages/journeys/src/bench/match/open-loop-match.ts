export const openLoopOf = (..._: unknown[]): never => {
  throw new Error('x')
}
