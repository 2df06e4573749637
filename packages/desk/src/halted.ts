/** How a desk says that a person must look before it goes on. */

/** Something that must never be: a fork, a gap, a journal that cannot be read. The desk stops and a person looks. */
export class Halted extends Error {
  readonly code: string
  constructor(code: string, detail: string) {
    super(detail)
    this.code = code
  }
}
