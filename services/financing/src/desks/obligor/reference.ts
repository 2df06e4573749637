/** Which invoice a payment's free text names. */
import { normaliseNumber } from '@triflow/kernel'

/** Words of one number that a person may have typed apart: "INV 2026 001". */
const longestRun = 6
/** References are bank fields of at most 140 characters; more words than this name nothing. */
const mostWords = 48

/**
 * Every number that the text could name: its words as the platform compares numbers, and runs of neighbouring words
 * joined. Whole words only, so that invoice 12 is not found inside 4125.
 */
export const numbersNamed = (reference: string): ReadonlySet<string> => {
  const words = reference
    .normalize('NFKC')
    .split(/[^\p{L}\p{N}\-._]+/u)
    .map((word) => normaliseNumber(word).replace(/^[-._]+|[-._]+$/g, ''))
    .filter((word) => word !== '')
    .slice(0, mostWords)
  const named = new Set<string>()
  for (let from = 0; from < words.length; from++) {
    let joined = ''
    for (const word of words.slice(from, from + longestRun)) {
      joined += word
      named.add(joined)
    }
  }
  return named
}
