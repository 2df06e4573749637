/** One corpus folder as files: what was stored, to the byte, and a manifest that says how and when it came about. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'
import type { JournalEntry, KeyRecord } from '@triflow/desk'
import type { Derived } from './derive.ts'

/** What may never be lost: the journals of all desks, in the order in which they were written, and the doors' keys. */
export interface Stored {
  readonly entries: readonly JournalEntry[]
  readonly keys: readonly KeyRecord[]
}

/** A later change that was meant: what today's code derives otherwise from the same bytes, and why. */
export interface Amendment {
  readonly on: string
  readonly why: string
  /** Desks whose rules decide otherwise now: from here on chain, hash and fold only. */
  readonly decidesOtherwise?: readonly string[]
  /** What is derived otherwise: hashes by desk and by view. */
  readonly desks?: Readonly<Record<string, string>>
  readonly views?: Readonly<Record<string, string>>
}

export interface Manifest {
  readonly name: string
  /** Day it was made. */
  readonly on: string
  /** What changed in stored formats since the entry before. */
  readonly changed: string
  /** How it was made: by the code of the commit that added it, unless this names another. */
  readonly made: string
  /** Journal format its entries are written in. */
  readonly format: number
  readonly desks: number
  /** Fingerprints of all stored formats, by name, as the code that wrote it had them; empty when it could not tell. */
  readonly formats: Readonly<Record<string, string>>
  /** What the code that wrote it made of it. */
  readonly derived: Derived
  readonly later: readonly Amendment[]
}

export const corpusFolder = join(import.meta.dirname, '../../corpus')

/** Names of all corpus entries, oldest first. */
export const corpusNames = (): string[] =>
  readdirSync(corpusFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()

export const readManifest = (name: string): Manifest =>
  JSON.parse(readFileSync(join(corpusFolder, name, 'manifest.json'), 'utf8')) as Manifest

export const writeManifest = (manifest: Manifest): void =>
  writeFileSync(join(corpusFolder, manifest.name, 'manifest.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)

type Line = { readonly journal: Written<JournalEntry> } | { readonly key: Written<KeyRecord> }
/** The same fields, with bytes in hex: they compress as well as bytes do, and people can read the lines. */
type Written<T> = { readonly [K in keyof T]: T[K] extends Uint8Array ? string : T[K] }

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytes = (written: string): Uint8Array => Buffer.from(written, 'hex')

const file = 'stored.ndjson.br'

export const writeStored = (name: string, { entries, keys }: Stored): void => {
  const lines: Line[] = [
    ...entries.map((entry) => ({
      journal: {
        ...entry,
        previousHash: hex(entry.previousHash),
        hash: hex(entry.hash),
        body: hex(entry.body),
      },
    })),
    ...keys.map((key) => ({ key: { ...key, bodyHash: hex(key.bodyHash), command: hex(key.command) } })),
  ]
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN } = constants
  const params = { [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_LGWIN]: 24 }
  mkdirSync(join(corpusFolder, name), { recursive: true })
  writeFileSync(join(corpusFolder, name, file), brotliCompressSync(text, { params }))
}

export const readStored = (name: string): Stored => {
  const entries: JournalEntry[] = []
  const keys: KeyRecord[] = []
  for (const text of brotliDecompressSync(readFileSync(join(corpusFolder, name, file)))
    .toString()
    .split('\n')) {
    if (text === '') continue
    const line = JSON.parse(text) as Line
    if ('key' in line) keys.push({ ...line.key, bodyHash: bytes(line.key.bodyHash), command: bytes(line.key.command) })
    else {
      const { previousHash, hash, body } = line.journal
      entries.push({ ...line.journal, previousHash: bytes(previousHash), hash: bytes(hash), body: bytes(body) })
    }
  }
  return { entries, keys }
}
