/** A map for what an item has very many of: the runtime keeps most of its entries as bytes, which rules never notice. */

/** Where the entries are; a plain Map at first. */
export interface Keeping<V> {
  readonly size: number
  has(key: string): boolean
  /** A value that may be changed in place until the input has been folded. */
  get(key: string): V | undefined
  /** A value to look at; changing it changes nothing, or not for long. */
  peek(key: string): V | undefined
  set(key: string, value: V): void
  delete(key: string): void
  keys(): Iterable<string>
}

const plain = <V>(): Keeping<V> => {
  const entries = new Map<string, V>()
  return {
    get size() {
      return entries.size
    },
    has: (key) => entries.has(key),
    get: (key) => entries.get(key),
    peek: (key) => entries.get(key),
    set: (key, value) => void entries.set(key, value),
    delete: (key) => void entries.delete(key),
    keys: () => entries.keys(),
  }
}

/**
 * Strings to values, in the order of insertion. Rules use it as a Map, with one difference: what `values` and `peek` give
 * is for looking at, what is to be changed is asked for with `get`. An item that holds one is never closed, since the archive
 * keeps items whole.
 */
export class LargeMap<V> {
  /** The runtime's affair: moved once, when the item that holds the map is first put to rest. */
  keeping: Keeping<V>

  constructor(keeping: Keeping<V> = plain<V>()) {
    this.keeping = keeping
  }

  get size(): number {
    return this.keeping.size
  }

  has(key: string): boolean {
    return this.keeping.has(key)
  }

  get(key: string): V | undefined {
    return this.keeping.get(key)
  }

  /** To look at, as `values` gives it. */
  peek(key: string): V | undefined {
    return this.keeping.peek(key)
  }

  set(key: string, value: V): void {
    this.keeping.set(key, value)
  }

  delete(key: string): void {
    this.keeping.delete(key)
  }

  keys(): Iterable<string> {
    return this.keeping.keys()
  }

  *values(): Generator<V> {
    for (const key of this.keeping.keys()) yield this.keeping.peek(key)!
  }

  *entries(): Generator<[string, V]> {
    for (const key of this.keeping.keys()) yield [key, this.keeping.peek(key)!]
  }
}
