/**
 * What a desk has open, in maps with names: those used lately as objects, all others as bytes, so that memory and garbage
 * collection follow what is at work and not what is waiting. It also knows what has changed, which is what a snapshot
 * has to write.
 */
import { LargeMap, type Keeping } from '@triflow/kernel'
import { addExtension, Packr } from 'msgpackr'
import { createShelf } from './shelf.ts'
import type { Line } from './snapshot-pieces.ts'

interface AtHand {
  readonly map: KeptMap
  readonly key: string
  value: unknown
}

/** An entry is at hand, or at rest in this slot of the shelf. */
type Place = AtHand | number

interface KeptMap extends Keeping<unknown> {
  readonly name: string
  readonly places: Map<string, Place>
  /** Keys touched since the last capture, in the order in which new ones came. */
  readonly changed: Set<string>
  /** Those of them that went and came back: they have moved to the end. */
  readonly returned: Set<string>
}

export interface Captured {
  readonly bytes: number
  /** Nothing that happens afterwards changes them. */
  readonly lines: readonly Line[]
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
  /** Takes in what was captured before, oldest first. */
  restore(lines: Iterable<Line>): void
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

export const openWorkingSet = (mostAtHand: number): WorkingSet => {
  let structures: string[][] = []
  let packr = packing(structures)
  const shelf = createShelf()
  /** Least lately used first. */
  const atHand = new Set<AtHand>()
  const maps = new Map<string, KeptMap>()
  let mapsNamed = 0

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
  const unpack = (bytes: Uint8Array): unknown => {
    atWork = names
    return packr.unpack(bytes)
  }

  const use = (entry: AtHand): void => {
    atHand.delete(entry)
    atHand.add(entry)
  }

  const keptMap = (name: string): KeptMap => {
    const places = new Map<string, Place>()
    const changed = new Set<string>()
    const returned = new Set<string>()
    const bring = (key: string, value: unknown): void => {
      const entry = { map, key, value }
      places.set(key, entry)
      atHand.add(entry)
    }
    const map: KeptMap = {
      name,
      places,
      changed,
      returned,
      get size() {
        return places.size
      },
      has: (key) => places.has(key),
      get: (key) => {
        const place = places.get(key)
        if (place === undefined) return undefined
        changed.add(key)
        if (typeof place === 'object') {
          use(place)
          return place.value
        }
        const value = unpack(shelf.take(place))
        shelf.drop(place)
        bring(key, value)
        return value
      },
      peek: (key) => {
        const place = places.get(key)
        return place === undefined ? undefined : typeof place === 'object' ? place.value : unpack(shelf.take(place))
      },
      set: (key, value) => {
        const place = places.get(key)
        if (place === undefined && changed.has(key)) {
          changed.delete(key)
          returned.add(key)
        }
        changed.add(key)
        if (typeof place === 'object') {
          place.value = value
          return use(place)
        }
        if (place !== undefined) shelf.drop(place)
        bring(key, value)
      },
      delete: (key) => {
        const place = places.get(key)
        if (place === undefined) return
        if (typeof place === 'object') atHand.delete(place)
        else shelf.drop(place)
        places.delete(key)
        changed.add(key)
      },
      keys: () => places.keys(),
    }
    maps.set(name, map)
    return map
  }

  const bytesAt = (place: Place): Uint8Array => (typeof place === 'object' ? pack(place.value) : shelf.take(place))

  /** Packing an item may find a map in it that has no name yet, which then comes last. */
  function* linesOf(all: boolean): Generator<Line> {
    for (const map of maps.values()) {
      const keys = all ? map.places.keys() : map.changed
      for (const key of keys) {
        const place = map.places.get(key)
        if (place === undefined || (!all && map.returned.has(key))) yield { map: map.name, key, bytes: undefined }
        if (place !== undefined) yield { map: map.name, key, bytes: bytesAt(place) }
      }
      map.changed.clear()
      map.returned.clear()
    }
  }

  return {
    map: <V>(name: string) => (maps.get(name) ?? keptMap(name)) as Keeping<V>,
    rest: () => {
      for (const entry of atHand) {
        if (atHand.size <= mostAtHand) return
        entry.map.places.set(entry.key, shelf.put(pack(entry.value)))
        atHand.delete(entry)
      }
    },
    capture: (all) => {
      const lines = [...linesOf(all)]
      return {
        bytes: lines.reduce((sum, { key, bytes }) => sum + key.length + (bytes?.length ?? 0), 0),
        lines,
      }
    },
    shapes: () => ({ structures: structures.map((keys) => [...keys]), mapsNamed }),
    restore: (lines) => {
      for (const { map, key, bytes } of lines) {
        const { places } = maps.get(map) ?? keptMap(map)
        const known = places.get(key)
        if (typeof known === 'number') shelf.drop(known)
        if (bytes) places.set(key, shelf.put(bytes))
        else places.delete(key)
      }
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
