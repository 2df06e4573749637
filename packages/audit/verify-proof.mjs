#!/usr/bin/env node
/**
 * Checks what Triflow says of its past with nothing of Triflow: this file, Node 20, and your own copy of the anchors.
 *
 *   node verify-proof.mjs PROOF.json --anchors ANCHORS               the facts of one receivable
 *   node verify-proof.mjs --journal EXPORT.jsonl --anchors ANCHORS   whole journals: nothing edited, deleted, reordered
 *
 * ANCHORS: a file of anchors or a folder of them, kept since they were published. --proto FOLDER: the published interface,
 * for the names of fields. Exit code 0: all of it holds; 1: something does not; 2: asked wrongly.
 */
import { createHash, createHmac } from 'node:crypto'
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const problems = []
const wrong = (sentence) => void problems.push(sentence)
/** Text of others, without what could move a terminal’s cursor. */
const plain = (text) => String(text).replace(/\p{Cc}/gu, '·')
const hex = (bytes) => bytes?.toString('hex')
const unhex = (text) => Buffer.from(text, 'hex')
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest()

// Merkle trees as in RFC 9162, section 2.1.
const leafHash = (...content) => sha256(Buffer.of(0), ...content)
const nodeHash = (left, right) => sha256(Buffer.of(1), left, right)
const rootOf = (leaves) => {
  if (leaves.length < 2) return leaves[0] ?? sha256()
  let half = 1
  while (half * 2 < leaves.length) half *= 2
  return nodeHash(rootOf(leaves.slice(0, half)), rootOf(leaves.slice(half)))
}
const rootFrom = (leaf, index, size, path) => {
  let [at, last, hash] = [index, size - 1, leaf]
  for (const step of path.map(unhex)) {
    if (last === 0) return undefined
    if (at % 2 === 1 || at === last) {
      hash = nodeHash(step, hash)
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)]
    } else hash = nodeHash(hash, step)
    ;[at, last] = [Math.floor(at / 2), Math.floor(last / 2)]
  }
  return last === 0 && index >= 0 && index < size ? hash : undefined
}

/** [number, value] of every field of a protobuf message: a bigint, or the bytes of a text or an inner message. */
const fieldsOf = (bytes) => {
  const fields = []
  let at = 0
  const varint = () => {
    for (let [value, shift] = [0n, 0n]; ; shift += 7n) {
      if (at >= bytes.length) throw new Error('a message ends within a number')
      value |= BigInt(bytes[at] & 127) << shift
      if (bytes[at++] < 128) return value
    }
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    const value = varint()
    if ((tag & 7) === 0) fields.push([tag >> 3, BigInt.asIntN(64, value)])
    else if ((tag & 7) === 2) fields.push([tag >> 3, bytes.subarray(at, (at += Number(value)))])
    if (((tag & 7) !== 0 && (tag & 7) !== 2) || at > bytes.length) throw new Error('these bytes are no message')
  }
  return fields
}
const allIn = (fields, number) => fields.flatMap(([at, value]) => (at === number ? [value] : []))
const bytesIn = (fields, number) => allIn(fields, number)[0] ?? Buffer.alloc(0)
const textIn = (fields, number) => bytesIn(fields, number).toString()
const numberIn = (fields, number) => Number(allIn(fields, number)[0] ?? 0n)

/** Messages with their fields by number, as the .proto texts say. */
const schemaFrom = (folder) => {
  const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.proto'))
  const texts = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n')
  const messages = [...texts.matchAll(/^message (\w+) \{([^}]*)\}/gm)]
  const rows = (text) => [...text.matchAll(/([\w.]+) (\w+) = (\d+);/g)].map(([, type, name, n]) => [n, { type, name }])
  return Object.fromEntries(messages.map(([, name, text]) => [name, Object.fromEntries(rows(text))]))
}

const amount = (minor, currency) => {
  if (!/^[A-Z]{3}$/.test(currency)) return `${minor} minor units`
  const digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits
  const text = minor.toString().padStart(digits + 1, '0')
  return `${text.slice(0, text.length - digits)}${digits > 0 ? `.${text.slice(-digits)}` : ''} ${currency}`
}

/** A message in words; what is zero or empty is not in the bytes and not in the words. */
const words = (schema, message, bytes, outer) => {
  const names = schema[message] ?? {}
  const fields = fieldsOf(bytes)
  const currency = fields.find(([at]) => names[at]?.name === 'currency')?.[1].toString() ?? outer
  const told = fields.flatMap(([at, value]) => {
    const { name = `field ${at}`, type = '' } = names[at] ?? {}
    const inner = type.split('.').pop()
    const label = name.replace(/_(id|minor)$/, '').replaceAll('_', ' ')
    if (inner === 'Evidence') return []
    if (inner in schema) return [`${label} (${words(schema, inner, value, currency)})`]
    return [`${label} ${name.endsWith('_minor') ? amount(value, currency) : plain(value)}`]
  })
  return told.join(', ')
}

/** Anchors by service and number, from lines of JSON; the line itself is what is hashed and compared. */
const chainsOf = (lines, whose) => {
  const chains = {}
  for (const line of lines.filter((text) => text !== '')) {
    const anchor = { ...JSON.parse(line), line }
    if (anchor.format !== 'triflow-anchor-1') throw new Error(`${whose} hold a line that is no anchor`)
    const known = (chains[anchor.service] ??= [])[anchor.number]
    if (known && known.line !== line) wrong(`${whose} tell anchor ${anchor.number} of ${anchor.service} in two ways`)
    chains[anchor.service][anchor.number] = anchor
  }
  for (const [service, chain] of Object.entries(chains)) {
    for (let number = chain.findIndex(Boolean) + 1; number < chain.length; number++) {
      if (!chain[number]) wrong(`${whose} lack anchor ${number} of ${service}`)
      else if (chain[number - 1] && chain[number].previous !== hex(sha256(chain[number - 1].line)))
        wrong(`${whose}: anchor ${number} of ${service} does not follow ${number - 1}; one of them was changed`)
    }
  }
  return chains
}

/** The anchor that a fact names, if your copy vouches for it: by itself, or by a later one that is chained to it. */
const vouched = (own, given, service, number) => {
  const later = (given[service] ?? []).slice(number).find((anchor) => own[service]?.[anchor?.number])
  return later && own[service][later.number].line === later.line ? given[service][number] : undefined
}

/** An entry is one leaf; its facts are leaves of a small tree of their own. */
const entryLeaf = (desk, sequence, at, hash, factsRoot) => leafHash(`${desk}@${sequence} ${at}`, unhex(hash), factsRoot)

const checkFact = (fact, own, given) => {
  const { desk, sequence, at, entryHash } = fact
  const name = `${desk}@${sequence}/${fact.index}`
  const anchor = vouched(own, given, desk.split('.')[0], fact.anchor)
  if (!anchor) return wrong(`${name}: your anchors do not vouch for anchor ${fact.anchor} of its service`)
  const place = anchor.desks.findIndex((one) => one.desk === desk && one.first <= sequence && sequence <= one.last)
  if (place < 0 || at >= anchor.until) return wrong(`${name} is not among the entries of anchor ${fact.anchor}`)
  const before = anchor.desks.slice(0, place).reduce((sum, { first, last }) => sum + last - first + 1, 0)
  const leaf = leafHash(unhex(fact.salt), Buffer.from(fact.record, 'base64'))
  const facts = rootFrom(leaf, fact.index, fact.of, fact.inEntry) ?? Buffer.alloc(0)
  const index = before + sequence - anchor.desks[place].first
  if (hex(rootFrom(entryLeaf(desk, sequence, at, entryHash, facts), index, anchor.size, fact.inAnchor)) !== anchor.root)
    wrong(`${name} does not lead to the root of anchor ${fact.anchor}: the fact or its place was changed`)
}

/** A fact as its readers know it; a decision cites its evidence by this fingerprint. */
const opened = ({ desk, sequence, index, at, record }) => {
  const fields = fieldsOf(Buffer.from(record, 'base64'))
  const [key, type, value] = [3, 6, 7].map((number) => bytesIn(fields, number))
  const [name, nul] = [`${desk}@${sequence}/${index}`, Buffer.of(0)]
  const position = `${name}#${numberIn(fields, 4)}<${numberIn(fields, 5)}`
  const fingerprint = hex(sha256(key, nul, type, nul, position, nul, value))
  return { name, at, message: type.toString().split('.').pop(), value, fingerprint }
}

/** Which field holds a message's evidence; field 2 is the receivable. */
const evidenceField = { ShareMatched: 12, ClaimFinanced: 23, ClaimReferred: 12, ClaimRefused: 12 }

const checkProof = (file, own, schema) => {
  const { format, claim, facts, anchors } = JSON.parse(readFileSync(file, 'utf8'))
  if (format !== 'triflow-proof-1') throw new Error(`${file} is no proof`)
  const given = chainsOf(anchors, 'the anchors in the proof')
  for (const fact of facts) checkFact(fact, own, given)
  const known = new Map(facts.map((fact) => opened(fact)).map((fact) => [fact.name, fact]))
  let cited = 0
  for (const { name, message, value } of known.values())
    for (const evidence of allIn(fieldsOf(value), evidenceField[message]).map(fieldsOf)) {
      const place = `${textIn(evidence, 2)}@${numberIn(evidence, 3)}/${numberIn(evidence, 4)}`
      if (!known.has(place)) wrong(`${name} rests on ${place}, which is not in the proof`)
      else if (known.get(place).fingerprint !== textIn(evidence, 5)) wrong(`${name} rests on another ${place}`)
      cited += 1
    }
  const decides = ({ message, value }) => /^Claim(F|Ref)/.test(message) && textIn(fieldsOf(value), 2) === claim
  if (![...known.values()].some(decides)) wrong(`the proof holds no decision on ${claim}`)
  console.log(`Receivable ${plain(claim)}`)
  // What was told again to another reader is the same fact.
  const told = new Map([...known.values()].map((fact) => [fact.message + hex(fact.value), fact]))
  for (const { at, name, message, value } of [...told.values()].sort((a, b) => (a.at < b.at ? -1 : 1)))
    console.log(`\n  ${plain(`${at}  ${message}  (${name})`)}\n    ${words(schema, message, value, '')}`)
  return `${facts.length} facts lead to roots that your anchors hold; ${cited} citations of evidence are of these very facts`
}

const checkJournal = async (file, own) => {
  const desks = {}
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    const { desk, sequence, hash, body } = JSON.parse(line)
    const journal = (desks[desk] ??= { hashes: [], leaves: [] })
    const next = journal.hashes.length + 1
    const bytes = Buffer.from(body, 'base64')
    const key = sha256(bytes)
    const intact = hex(sha256(unhex(journal.hashes.at(-1) ?? '0'.repeat(64)), bytes)) === hash
    const fields = intact ? fieldsOf(bytes) : []
    if (sequence === journal.stop) journal.moved = true
    else if (!journal.stop && (sequence !== next || textIn(fields, 1) !== desk || numberIn(fields, 2) !== sequence))
      Object.assign(journal, { stop: next, edited: sequence === next })
    if (journal.stop) continue
    const salt = (index) => createHmac('sha256', key).update(`fact ${index}`).digest()
    const facts = allIn(fields, 10).map((fact, index) => leafHash(salt(index), fact))
    journal.leaves.push(entryLeaf(desk, sequence, new Date(numberIn(fields, 3)).toISOString(), hash, rootOf(facts)))
    journal.hashes.push(hash)
  }
  for (const [desk, { stop, moved, edited }] of Object.entries(desks))
    if (stop) wrong(`${desk}@${stop} was ${edited ? 'edited' : moved ? 'moved: the order was changed' : 'deleted'}`)
  const entries = Object.values(desks).reduce((sum, { hashes }) => sum + hashes.length, 0)
  return `${entries} entries follow each other as they were written; ${checkRoots(desks, own)} anchors have their roots`
}

const checkRoots = (desks, own) => {
  const services = new Set(Object.keys(desks).map((desk) => desk.split('.')[0]))
  for (const service of services) if (!own[service]) wrong(`you have no anchors of ${service}`)
  const anchors = [...services].flatMap((service) => own[service] ?? []).filter(Boolean)
  for (const { service, number, desks: ranges, root } of anchors) {
    let leaves = []
    for (const { desk, first, last, hash } of ranges) {
      const journal = desks[desk] ?? { hashes: [], leaves: [] }
      leaves = leaves.concat(journal.leaves.slice(first - 1, last))
      if (journal.stop) continue
      if (journal.hashes.length < last) wrong(`${desk}@${journal.hashes.length + 1} was deleted`)
      else if (journal.hashes[last - 1] !== hash)
        wrong(`${desk}@${first} to ${last} were written anew, chain and all, since anchor ${number} fixed them`)
    }
    if (problems.length === 0 && hex(rootOf(leaves)) !== root) wrong(`anchor ${number} of ${service} has another root`)
  }
  return anchors.length
}

const linesAt = (path) =>
  statSync(path).isDirectory()
    ? readdirSync(path).flatMap((name) => linesAt(join(path, name)))
    : readFileSync(path, 'utf8').split('\n')

const check = async ({ anchors, journal, proto = fileURLToPath(new URL('../../proto', import.meta.url)) }, proof) => {
  const own = chainsOf(linesAt(anchors), 'your anchors')
  return journal ? checkJournal(journal, own) : checkProof(proof, own, existsSync(proto) ? schemaFrom(proto) : {})
}

const options = { anchors: { type: 'string' }, journal: { type: 'string' }, proto: { type: 'string' } }
const { values, positionals } = parseArgs({ options, allowPositionals: true })
if (!values.anchors || positionals.length !== (values.journal ? 0 : 1)) {
  console.error('usage: verify-proof.mjs PROOF.json | --journal EXPORT.jsonl  --anchors FILE|FOLDER  [--proto FOLDER]')
  process.exit(2)
}
const said = await check(values, positionals[0]).catch((error) => wrong(`it cannot be read: ${error.message}`))
for (const problem of problems) console.error(plain(problem))
console.log(problems.length === 0 ? `\nIt holds: ${said}.` : '\nIT DOES NOT HOLD.')
process.exitCode = problems.length === 0 ? 0 : 1
