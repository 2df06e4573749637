/**
 * Where the entries of a map are, by key, in the order in which they came. All of it is numbers in a few arrays: a million
 * entries cost the garbage collector nothing, and taking them in from a snapshot makes no string. The keys themselves are
 * where the entries are.
 */

/** Drawn by each process: who chooses keys cannot choose such that fall together. No order depends on it. */
const seed = crypto.getRandomValues(new Int32Array(1))[0]!

const step = (hash: number, byte: number): number => Math.imul(hash ^ byte, 0x01000193)

/** The table is asked by the low bits, which must depend on all others. */
const mixed = (hash: number): number => {
  const folded = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return folded ^ (folded >>> 12)
}

/** FNV-1a over a key's UTF-8. */
export const hashOfBytes = (bytes: Uint8Array, from: number, to: number): number => {
  let hash = seed
  for (let at = from; at < to; at++) hash = step(hash, bytes[at]!)
  return mixed(hash)
}

export const hashOf = (key: string): number => {
  let hash = seed
  for (let at = 0; at < key.length; at++) {
    const code = key.charCodeAt(at)
    if (code > 0x7f) {
      const bytes = Buffer.from(key)
      return hashOfBytes(bytes, 0, bytes.length)
    }
    hash = step(hash, code)
  }
  return mixed(hash)
}

/** Looks at the key of the entry at a place. */
export interface KeysAtPlaces {
  is(place: number, key: string): boolean
  isIn(place: number, bytes: Uint8Array, from: number, to: number): boolean
}

/** No place is this. */
const GONE = -0x80000000

const grown = (array: Int32Array): Int32Array => {
  const larger = new Int32Array(array.length * 2)
  larger.set(array)
  return larger
}

/** Entries have ordinals, rising from 0 as they come; an ordinal is good until the index is compacted. */
export class KeyIndex {
  readonly #keys: KeysAtPlaces
  /** Ordinal + 1, or 0; at least half of it is 0. */
  #table: Int32Array = new Int32Array(16)
  /** By ordinal. */
  #hashes: Int32Array = new Int32Array(8)
  #places: Int32Array = new Int32Array(8)
  #first = 0
  #count = 0
  #size = 0

  constructor(keys: KeysAtPlaces) {
    this.#keys = keys
  }

  get size(): number {
    return this.#size
  }

  /** Mostly of entries that are gone. */
  get isSparse(): boolean {
    return this.#count > 64 && this.#size * 2 < this.#count
  }

  /** -1 when there is none. */
  find(hash: number, key: string): number {
    for (let at = this.#next(hash, hash); at >= 0; at = this.#next(hash, at + 1)) {
      const ordinal = this.#table[at]! - 1
      if (this.#keys.is(this.#places[ordinal]!, key)) return ordinal
    }
    return -1
  }

  /** The same for a key that is not a string yet. */
  findIn(hash: number, bytes: Uint8Array, from: number, to: number): number {
    for (let at = this.#next(hash, hash); at >= 0; at = this.#next(hash, at + 1)) {
      const ordinal = this.#table[at]! - 1
      if (this.#keys.isIn(this.#places[ordinal]!, bytes, from, to)) return ordinal
    }
    return -1
  }

  placeOf(ordinal: number): number {
    return this.#places[ordinal]!
  }

  move(ordinal: number, place: number): void {
    this.#places[ordinal] = place
  }

  /** A key that was looked for in vain comes last. */
  add(hash: number, place: number): number {
    if (this.#count === this.#hashes.length) {
      this.#hashes = grown(this.#hashes)
      this.#places = grown(this.#places)
      this.#table = new Int32Array(this.#table.length * 2)
      for (let ordinal = 0; ordinal < this.#count; ordinal++) this.#enter(ordinal)
    }
    const ordinal = this.#count++
    this.#hashes[ordinal] = hash
    this.#places[ordinal] = place
    this.#enter(ordinal)
    this.#size += 1
    return ordinal
  }

  remove(ordinal: number): void {
    this.#places[ordinal] = GONE
    this.#size -= 1
  }

  /** The first entry from this ordinal on; -1 when no more come. What comes meanwhile is met, what goes is not. */
  from(ordinal: number): number {
    if (ordinal <= this.#first) {
      while (this.#first < this.#count && this.#places[this.#first] === GONE) this.#first += 1
      ordinal = this.#first
    }
    while (ordinal < this.#count && this.#places[ordinal] === GONE) ordinal += 1
    return ordinal < this.#count ? ordinal : -1
  }

  /** Forgets the ordinals of entries that are gone, and tells the new ones of the others. */
  compact(moved: (place: number, ordinal: number) => void): void {
    let kept = 0
    for (let ordinal = this.from(0); ordinal >= 0; ordinal = this.from(ordinal + 1)) {
      this.#hashes[kept] = this.#hashes[ordinal]!
      this.#places[kept] = this.#places[ordinal]!
      moved(this.#places[kept]!, kept)
      kept += 1
    }
    this.#count = kept
    this.#first = 0
    let room = 8
    while (room < kept * 2) room *= 2
    this.#hashes = this.#hashes.slice(0, room)
    this.#places = this.#places.slice(0, room)
    this.#table = new Int32Array(room * 2)
    for (let ordinal = 0; ordinal < kept; ordinal++) this.#enter(ordinal)
  }

  #enter(ordinal: number): void {
    const mask = this.#table.length - 1
    let at = this.#hashes[ordinal]! & mask
    while (this.#table[at] !== 0) at = (at + 1) & mask
    this.#table[at] = ordinal + 1
  }

  /** The next living entry with this hash, from a place in the table on. */
  #next(hash: number, from: number): number {
    const mask = this.#table.length - 1
    for (let at = from & mask; ; at = (at + 1) & mask) {
      const ordinal = this.#table[at]! - 1
      if (ordinal < 0) return -1
      if (this.#hashes[ordinal] === hash && this.#places[ordinal] !== GONE) return at
    }
  }
}
