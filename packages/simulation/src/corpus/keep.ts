/** Adds to the corpus: a story told by the running code, or the word that a later change was meant. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { journalFormat } from '@triflow/desk'
import { derive } from './derive.ts'
import { formatsNow } from './formats.ts'
import { decidesOtherwise, derivedToday, differing, replay, walkAll } from './replay.ts'
import {
  corpusFolder,
  corpusNames,
  readManifest,
  readStored,
  writeManifest,
  writeStored,
  type Amendment,
  type Manifest,
} from './stored.ts'
import { tellStory } from './story.ts'

export interface Keeping {
  /** What it is about, in words with dashes; the number before it is the next. */
  readonly about: string
  /** What changed in stored formats since the entry before. */
  readonly changed: string
  readonly seed: number
  readonly trades: number
}

const today = (): string => new Date().toISOString().slice(0, 10)

const nextNumber = (): string =>
  String(Math.max(0, ...corpusNames().map((name) => Number(name.slice(0, 3)))) + 1).padStart(3, '0')

/** Tells the story and keeps what it stored; throws when the story does not end well, for such bytes prove nothing. */
export const keepStory = async (keeping: Keeping): Promise<Manifest> => {
  const { about, changed, seed, trades } = keeping
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(about)) throw new Error(`${about} must be lower-case words with dashes`)
  const { stored, desks, wrong } = await tellStory(seed, trades)
  if (wrong.length > 0) throw new Error(`seed ${seed} does not end well: ${wrong[0]}`)
  const manifest: Manifest = {
    name: `${nextNumber()}-${about}`,
    on: today(),
    changed,
    made: `./triflow corpus add ${about} --seed ${seed} --trades ${trades}`,
    format: journalFormat,
    desks,
    formats: await formatsNow(stored, desks),
    derived: await derive(stored, desks),
    later: [],
  }
  writeStored(manifest.name, stored)
  // What cannot be read back is not kept.
  const replayed = await replay(manifest, readStored(manifest.name))
  if (replayed.wrong.length > 0) {
    rmSync(join(corpusFolder, manifest.name), { recursive: true })
    throw new Error(`what was stored is not what is read: ${replayed.wrong[0]}`)
  }
  writeManifest(manifest)
  return manifest
}

/** Writes down that what today's code makes of an entry is meant; throws when it makes of it what it did before. */
export const amend = async (name: string, why: string): Promise<Amendment> => {
  const manifest = readManifest(name)
  const stored = readStored(name)
  const then = derivedToday(manifest)
  const now = await derive(stored, manifest.desks)
  const [desks, views] = [differing(then.desks, now.desks), differing(then.views, now.views)]
  const reports = await walkAll(stored, manifest.desks, decidesOtherwise(manifest))
  const otherwise = reports.filter(({ difference }) => difference !== undefined).map(({ desk }) => desk)
  const amendment: Amendment = {
    on: today(),
    why,
    ...(otherwise.length > 0 ? { decidesOtherwise: otherwise } : {}),
    ...(Object.keys(desks).length > 0 ? { desks } : {}),
    ...(Object.keys(views).length > 0 ? { views } : {}),
  }
  if (Object.keys(amendment).length === 2) throw new Error(`today's code makes of ${name} what it made before`)
  writeManifest({ ...manifest, later: [...manifest.later, amendment] })
  return amendment
}
