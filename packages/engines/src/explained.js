// A failure that a developer can act on: what went wrong, what to do about it, and where to read more.

/** Shown as it is, without a stack: `sentence` says what happened, `remedy` what to do, `log` which file tells more. */
export class Explained extends Error {
  /**
   * @param {string} sentence
   * @param {{ remedy?: string, log?: string, cause?: unknown }} [more]
   */
  constructor(sentence, { remedy, log, cause } = {}) {
    super(sentence, { cause })
    this.name = 'Explained'
    this.remedy = remedy
    this.log = log
  }
}
