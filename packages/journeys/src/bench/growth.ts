export const growth = (..._: unknown[]): never => {
  throw new Error('x')
}
