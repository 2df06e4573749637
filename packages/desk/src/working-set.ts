/**
 * What a desk has open, in maps with names: those used lately as objects, all others as bytes, so that memory and garbage
 * collection follow what is at work and not what is waiting. It also knows what has changed, which is what a snapshot
 * has to write.
 */
import { LargeMap, type Keeping } from '@triflow/kernel'
import { addExtension, Packr } from 'msgpackr'
import { hashOf, hashOfBytes, KeyIndex, type KeysAtPlaces } from './key-index.ts'
import { HEADER, keyEnd, lineOf, Mark } from './lines.ts'
import { createShelf } from './shelf.ts'
import type { CapturedMap } from './snapshot-pieces.ts'

interface AtHand {
  readonly map: KeptMap
  readonly key: string
  /** Where this is among what is at hand. */
  readonly seat: number
  ordinal: number
  value: unknown
}

interface KeptMap extends Keeping<unknown> {
  readonly name: string
  /** An entry's place is its slot on the shelf; at hand, the complement of its seat. */
  readonly index: KeyIndex
  /** Keys touched since the last capture, in the order in which new ones came. */
  readonly changed: Set<string>
  /** Those of them that went and came back: they have moved to the end. */
  readonly returned: Set<string>
}

export interface Captured {
  readonly bytes: number
  readonly maps: readonly CapturedMap[]
}

/** What it takes to read pieces that were written before, besides the pieces: fields of objects, which are kept once. */
export interface Shapes {
  readonly structures: readonly (readonly string[])[]
  readonly mapsNamed: number
}

export interface WorkingSet {
  map<V>(name: string): Keeping<V>
  /** Puts to rest what is over the bound. Only between inputs: meanwhile rules may hold what they were given. */
  rest(): void
  /** What has changed since the last capture, or all there is. */
  capture(all: boolean): Captured
  shapes(): Shapes
  /** Takes in a piece of what was captured before, oldest first. Its bytes are the set's from now on. */
  restore(piece: Uint8Array): void
  /** The shapes as they were at the last of these captures, before anything is asked for. */
  learn(shapes: Shapes): void
  readonly atHand: number
}

/** The set that is packing or unpacking at this moment: the library's extensions are global. */
let atWork: { nameOf(map: LargeMap<unknown>): string; named(name: string): LargeMap<unknown> } | undefined

addExtension({
  Class: LargeMap,
  type: 0x4c,
  write: (map: LargeMap<unknown>): unknown => atWork!.nameOf(map),
  read: (name: string): unknown => atWork!.named(name),
})

const packing = (structures: string[][]): Packr =>
  new Packr({ structures, maxSharedStructures: 256, moreTypes: true, useBigIntExtension: true, mapsAsObjects: false })

const nothing = new Uint8Array(0)

export const openWorkingSet = (mostAtHand: number): WorkingSet => {
  let structures: string[][] = []
  let packr = packing(structures)
  const shelf = createShelf()
  /** Least lately used first. */
  const atHand = new Set<AtHand>()
  const seats: (AtHand | undefined)[] = []
  const freeSeats: number[] = []
  const maps = new Map<string, KeptMap>()
  /** Maps that have lost most of what they had. */
  const sparse = new Set<KeptMap>()
  let mapsNamed = 0

  const keys: KeysAtPlaces = {
    is: (place, key) => (place < 0 ? seats[~place]!.key === key : shelf.isKey(place, key)),
    isIn: (place, bytes, from, to) => shelf.isKeyIn(place, bytes, from, to),
  }

  const names = {
    nameOf: (map: LargeMap<unknown>): string => {
      const { name } = map.keeping as Partial<KeptMap>
      if (name !== undefined && maps.get(name) === map.keeping) return name
      const kept = keptMap(`#${++mapsNamed}`)
      for (const key of map.keeping.keys()) kept.set(key, map.keeping.get(key))
      map.keeping = kept
      return kept.name
    },
    named: (name: string): LargeMap<unknown> => new LargeMap(maps.get(name) ?? keptMap(name)),
  }

  const pack = (value: unknown): Uint8Array => {
    atWork = names
    return packr.pack(value)
  }
  const unpack = (slot: number): unknown => {
    atWork = names
    const { bytes, from, to } = shelf.value(slot)
    return packr.unpack(bytes, { start: from, end: to })
  }

  const use = (entry: AtHand): void => {
    atHand.delete(entry)
    atHand.add(entry)
  }
  const bring = (map: KeptMap, key: string, ordinal: number, value: unknown): AtHand => {
    const seat = freeSeats.pop() ?? seats.length
    const entry = { map, key, seat, ordinal, value }
    seats[seat] = entry
    atHand.add(entry)
    return entry
  }
  const letGo = (entry: AtHand): void => {
    atHand.delete(entry)
    seats[entry.seat] = undefined
    freeSeats.push(entry.seat)
  }

  const keptMap = (name: string): KeptMap => {
    const index = new KeyIndex(keys)
    const changed = new Set<string>()
    const returned = new Set<string>()
    const map: KeptMap = {
      name,
      index,
      changed,
      returned,
      get size() {
        return index.size
      },
      has: (key) => index.find(hashOf(key), key) >= 0,
      get: (key) => {
        const ordinal = index.find(hashOf(key), key)
        if (ordinal < 0) return undefined
        changed.add(key)
        const place = index.placeOf(ordinal)
        if (place < 0) {
          const entry = seats[~place]!
          use(entry)
          return entry.value
        }
        const value = unpack(place)
        shelf.drop(place)
        index.move(ordinal, ~bring(map, key, ordinal, value).seat)
        return value
      },
      peek: (key) => {
        const ordinal = index.find(hashOf(key), key)
        if (ordinal < 0) return undefined
        const place = index.placeOf(ordinal)
        return place < 0 ? seats[~place]!.value : unpack(place)
      },
      set: (key, value) => {
        const hash = hashOf(key)
        const ordinal = index.find(hash, key)
        if (ordinal < 0) {
          // Gone and back: its place in the order is the last.
          if (changed.delete(key)) returned.add(key)
          changed.add(key)
          const entry = bring(map, key, -1, value)
          entry.ordinal = index.add(hash, ~entry.seat)
          return
        }
        changed.add(key)
        const place = index.placeOf(ordinal)
        if (place < 0) {
          const entry = seats[~place]!
          entry.value = value
          return use(entry)
        }
        shelf.drop(place)
        index.move(ordinal, ~bring(map, key, ordinal, value).seat)
      },
      delete: (key) => {
        const ordinal = index.find(hashOf(key), key)
        if (ordinal < 0) return
        forget(map, ordinal)
        changed.add(key)
      },
      *keys() {
        for (let ordinal = index.from(0); ordinal >= 0; ordinal = index.from(ordinal + 1)) {
          const place = index.placeOf(ordinal)
          yield place < 0 ? seats[~place]!.key : shelf.key(place)
        }
      },
    }
    maps.set(name, map)
    return map
  }

  const forget = (map: KeptMap, ordinal: number): void => {
    const place = map.index.placeOf(ordinal)
    if (place < 0) letGo(seats[~place]!)
    else shelf.drop(place)
    map.index.remove(ordinal)
    if (map.index.isSparse) sparse.add(map)
  }

  const captureOf = (map: KeptMap, all: boolean): CapturedMap => {
    const { index, changed, returned } = map
    const captured: CapturedMap = { name: map.name, bytes: [], from: [], to: [] }
    const take = ({ bytes, from, to }: { bytes: Buffer; from: number; to: number }): void => {
      captured.bytes.push(bytes)
      captured.from.push(from)
      captured.to.push(to)
    }
    const alone = (line: Buffer): void => take({ bytes: line, from: 0, to: line.length })
    const kept = (ordinal: number): void => {
      const place = index.placeOf(ordinal)
      if (place >= 0) return take(shelf.line(place))
      const { key, value } = seats[~place]!
      alone(lineOf(0, key, pack(value)))
    }
    if (all) for (let ordinal = index.from(0); ordinal >= 0; ordinal = index.from(ordinal + 1)) kept(ordinal)
    else
      for (const key of changed) {
        const ordinal = index.find(hashOf(key), key)
        if (ordinal < 0 || returned.has(key)) alone(lineOf(Mark.gone, key, nothing))
        if (ordinal >= 0) kept(ordinal)
      }
    changed.clear()
    returned.clear()
    return captured
  }

  const bytesIn = ({ from, to }: CapturedMap): number => {
    let sum = 0
    for (let line = 0; line < from.length; line++) sum += to[line]! - from[line]! - HEADER
    return sum
  }

  const restoreLine = (map: KeptMap, bytes: Buffer, at: number, number: number): void => {
    const { index } = map
    const [from, to] = [at + HEADER, keyEnd(bytes, at)]
    const hash = hashOfBytes(bytes, from, to)
    const known = index.findIn(hash, bytes, from, to)
    if (number === Mark.gone) {
      if (known >= 0) forget(map, known)
    } else if (known < 0) index.add(hash, number)
    else {
      shelf.drop(index.placeOf(known))
      index.move(known, number)
    }
  }

  return {
    map: <V>(name: string) => (maps.get(name) ?? keptMap(name)) as Keeping<V>,
    rest: () => {
      for (const entry of atHand) {
        if (atHand.size <= mostAtHand) break
        entry.map.index.move(entry.ordinal, shelf.put(entry.key, pack(entry.value)))
        letGo(entry)
      }
      if (sparse.size === 0) return
      for (const { index } of sparse)
        index.compact((place, ordinal) => {
          if (place < 0) seats[~place]!.ordinal = ordinal
        })
      sparse.clear()
    },
    capture: (all) => {
      const captured: CapturedMap[] = []
      // Packing an item may find a map in it that has no name yet, which then comes last.
      for (const map of maps.values()) captured.push(captureOf(map, all))
      return { bytes: captured.reduce((sum, map) => sum + bytesIn(map), 0), maps: captured }
    },
    shapes: () => ({ structures: structures.map((keys) => [...keys]), mapsNamed }),
    restore: (piece) => {
      let map: KeptMap | undefined
      shelf.adopt(piece, (bytes, at, number) => {
        if (number === Mark.map) {
          const name = bytes.toString('utf8', at + HEADER, keyEnd(bytes, at))
          map = maps.get(name) ?? keptMap(name)
        } else if (map) restoreLine(map, bytes, at, number)
        else throw new Error('not a piece of a snapshot')
      })
    },
    learn: (known) => {
      structures = known.structures.map((keys) => [...keys])
      packr = packing(structures)
      mapsNamed = known.mapsNamed
    },
    get atHand() {
      return atHand.size
    },
  }
}
