/** Why a recovery does not go on. Nothing is guessed: a person reads the reason and decides. */
export class RecoveryRefused extends Error {
  readonly code: string
  constructor(code: string, detail: string) {
    super(detail)
    this.name = 'RecoveryRefused'
    this.code = code
  }
}
