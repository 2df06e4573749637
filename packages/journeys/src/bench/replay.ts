export const replay = (..._: unknown[]): never => {
  throw new Error('x')
}
