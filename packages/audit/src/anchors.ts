/** An anchor: the root over a service's new entries up to a moment, chained to the anchor before it. */
import { createHash } from 'node:crypto'

/** The part of one desk's journal that an anchor covers. */
export interface DeskRange {
  /** service.desk-NN. */
  readonly desk: string
  readonly first: number
  readonly last: number
  /** Of the last entry, hex. */
  readonly hash: string
}

export interface Anchor {
  readonly service: string
  /** From 1, without gaps. */
  readonly number: number
  /** UTC date, YYYY-MM-DD. */
  readonly day: string
  /** Every entry of the ranges was written before this moment, ISO 8601. */
  readonly until: string
  /** False for one that was asked for while the day went on. */
  readonly closesDay: boolean
  /** Leaves of the tree: the entries of all ranges in order. */
  readonly size: number
  readonly root: string
  /** Desks with new entries, by name. */
  readonly desks: readonly DeskRange[]
  /** SHA-256 of the text of the anchor before; zeros for the first. */
  readonly previous: string
}

/** What the store, the topic and the file disagree on, or what a journal no longer says. No retry mends it. */
export class Disagreement extends Error {
  constructor(what: string) {
    super(what)
    this.name = 'Disagreement'
  }
}

const FORMAT = 'triflow-anchor-1'
export const noAnchor = '0'.repeat(64)

/** One line of JSON, always the same for the same anchor: these bytes are what is kept, published and hashed. */
export const textOf = (anchor: Anchor): string =>
  JSON.stringify({
    format: FORMAT,
    service: anchor.service,
    number: anchor.number,
    day: anchor.day,
    until: anchor.until,
    closesDay: anchor.closesDay,
    size: anchor.size,
    root: anchor.root,
    desks: anchor.desks.map(({ desk, first, last, hash }) => ({ desk, first, last, hash })),
    previous: anchor.previous,
  })

export const hashOfText = (text: string): string => createHash('sha256').update(text).digest('hex')

export const anchorOf = (text: string): Anchor => {
  let anchor: Anchor & { readonly format?: string }
  try {
    anchor = JSON.parse(text) as typeof anchor
    if (anchor.format === FORMAT && textOf(anchor) === text) return anchor
  } catch {
    // Told below, whatever is wrong with it.
  }
  throw new Disagreement(`This is no anchor: ${text.slice(0, 200)}`)
}

/** The anchors of one service from the first, with their texts; `texts` are as the store has them. */
export interface Chain {
  readonly service: string
  readonly texts: readonly string[]
  readonly anchors: readonly Anchor[]
}

/** Where a desk's journal stands after the last anchor. */
export interface Covered {
  readonly sequence: number
  readonly hash: string
}

export const noEntry: Covered = { sequence: 0, hash: noAnchor }

/** Reads texts as a chain: numbers from 1, each naming the hash of the one before, ranges that follow on. */
export const chainOf = (service: string, texts: readonly string[]): Chain => {
  const anchors = texts.map(anchorOf)
  const covered = new Map<string, number>()
  let previous = noAnchor
  anchors.forEach((anchor, index) => {
    const name = `anchor ${index + 1} of ${service}`
    if (anchor.service !== service || anchor.number !== index + 1) throw new Disagreement(`${name} is not where it was`)
    if (anchor.previous !== previous) throw new Disagreement(`${name} does not follow the one before it`)
    for (const { desk, first, last } of anchor.desks) {
      if (first !== (covered.get(desk) ?? 0) + 1) throw new Disagreement(`${name} leaves entries of ${desk} out`)
      covered.set(desk, last)
    }
    previous = hashOfText(texts[index]!)
  })
  return { service, texts, anchors }
}

/** The last entry of each desk that is anchored. */
export const coveredBy = (chain: Chain): ReadonlyMap<string, Covered> =>
  new Map(chain.anchors.flatMap(({ desks }) => desks.map(({ desk, last, hash }) => [desk, { sequence: last, hash }])))
