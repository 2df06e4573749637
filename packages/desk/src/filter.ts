/** A small set that may say 'perhaps' wrongly but never 'no': spares new keys a look into the archive. */

export interface Filter {
  /** 2^20 bits. Past about 300,000 keys it says 'perhaps' often, which costs look-ups and nothing else. */
  readonly bits: Uint8Array
}

const BITS = 1 << 20
const PROBES = 4

export const emptyFilter = (): Filter => ({ bits: new Uint8Array(BITS / 8) })

const probe = (key: string, visit: (bit: number) => boolean): boolean => {
  let a = 0x811c9dc5
  let b = 0x9747b28c
  for (let i = 0; i < key.length; i++) {
    const c = key.charCodeAt(i)
    a = Math.imul(a ^ c, 0x01000193)
    b = Math.imul(b + c, 0x5bd1e995) ^ (b >>> 13)
  }
  for (let i = 0; i < PROBES; i++) {
    if (!visit((a + Math.imul(i, b | 1)) & (BITS - 1))) return false
  }
  return true
}

export const remember = (filter: Filter, key: string): void => {
  probe(key, (bit) => {
    filter.bits[bit >>> 3]! |= 1 << (bit & 7)
    return true
  })
}

export const mayHave = (filter: Filter, key: string): boolean =>
  probe(key, (bit) => (filter.bits[bit >>> 3]! & (1 << (bit & 7))) !== 0)
