import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { decodeMessage, encodeMessage, fullNameOf, header } from '@triflow/contracts'
import { fingerprint, headerText, parsePosition, type OutgoingRecord } from '@triflow/desk'
import { tradeRules, type trade } from '@triflow/financing/desks'
import { afterAll, describe, expect, it } from 'vitest'
import { prepareProgram } from '../../../../engines/src/index.js'
import { wildProgrammes, wildTrades } from './wild-trades.ts'

const repository = join(import.meta.dirname, '../../../../..')
const project = join(repository, 'bench/peer')
const home = join(repository, '.triflow/peer')
const scratch = mkdtempSync(join(tmpdir(), 'triflow-peer-'))

/** What one record led to: under which key, as which message, with which words. */
interface Told {
  readonly key: string
  readonly type: string
  readonly words: object
}

/** The peer tells no story and has a clock of its own. */
const comparable = (type: string, value: Uint8Array): object => {
  const {
    events: _story,
    news: _news,
    lastEventAtMs: _clock,
    ...words
  } = decodeMessage(type, value) as unknown as Record<string, unknown>
  return words
}

const opened = wildProgrammes.map((programme) => ({ type: 'ProgrammeOpened', programme, policyVersion: 1n }) as const)

const byOurDesk = (records: readonly OutgoingRecord[]): Told[][] => {
  const shared = opened.reduce((known, fact) => tradeRules.evolveShared(known, fact), tradeRules.initialShared())
  const trades = new Map<string, trade.Trade>()
  const heard = new Set<OutgoingRecord>()
  return records.map((record) => {
    if (heard.has(record)) return []
    heard.add(record)
    const key = Buffer.from(record.key).toString()
    const type = headerText(record, header.type)
    const { desk, entry, index } = parsePosition(headerText(record, header.position))!
    const evidence = { desk, entry: BigInt(entry), index, sha256: fingerprint(record), type }
    const fact = decodeMessage(type, record.value) as unknown as trade.Heard
    const context = { key, at: 0, shared, loaded: new Map() }
    let state = tradeRules.evolve(trades.get(key) ?? tradeRules.initialState(key), fact, 0, evidence)
    const { facts } = tradeRules.decide({ kind: 'heard', fact, evidence }, state, context)
    const told = state.picture
    for (const said of facts) state = tradeRules.evolve(state, structuredClone(said), 0)
    trades.set(key, state)
    // What changes no lane is told for its story alone.
    const changes = state.picture === told ? facts.filter(({ type }) => type !== 'TradeProgressed') : facts
    return changes.flatMap((said) => {
      const name = fullNameOf(said.type)
      const words = comparable(name, encodeMessage(said))
      const own = { key, type: name, words }
      return said.type === 'ShareMatched' ? [own, { ...own, key: said.debtorId }] : [own]
    })
  })
}

const byPeer = async (records: readonly OutgoingRecord[]): Promise<Told[][]> => {
  const classPath = await prepareProgram({ project, home, logFile: join(scratch, 'setup.log') })
  const classes = join(scratch, 'classes')
  const sources = join(project, 'src/test/java/triflow/peer')
  const files = readdirSync(sources).map((name) => join(sources, name))
  execFileSync('javac', ['-d', classes, '-cp', classPath, ...files])

  const written: Buffer[] = []
  const number = (value: number) => {
    const four = Buffer.alloc(4)
    four.writeInt32BE(value)
    written.push(four)
  }
  const bytes = (value: Uint8Array | string) => {
    const buffer = Buffer.from(value as string)
    number(buffer.length)
    written.push(buffer)
  }
  number(opened.length)
  for (const fact of opened) bytes(encodeMessage(fact))
  number(records.length)
  for (const { key, value, headers } of records) {
    bytes(key)
    bytes(value)
    number(Object.keys(headers).length)
    for (const [name, header] of Object.entries(headers)) {
      bytes(name)
      bytes(header)
    }
  }
  const [input, output] = [join(scratch, 'records'), join(scratch, 'told')]
  writeFileSync(input, Buffer.concat(written))
  execFileSync('java', ['-cp', `${classes}:${classPath}`, 'triflow.peer.Replay', input, output])

  const read = readFileSync(output)
  let at = 0
  const readNumber = () => read.readInt32BE((at += 4) - 4)
  const readBytes = () => {
    const length = readNumber()
    return read.subarray(at, (at += length))
  }
  return records.map(() =>
    Array.from({ length: readNumber() }, () => {
      const where = readBytes().toString()
      const key = readBytes().toString()
      const type = readBytes().toString()
      if (where === 'dead-letters') throw new Error(`the peer could not take a ${type}`)
      return { key, type, words: comparable(type, readBytes()) }
    }),
  )
}

// Its archives are fetched by the first `./triflow bench match`, and by no test.
describe.skipIf(!existsSync(join(home, 'lib.ready')))('the Kafka Streams peer', () => {
  afterAll(() => rmSync(scratch, { recursive: true, force: true }))

  it('tells, record by record, what the trade desk tells, of orders as wild as the wire allows', async () => {
    const records = wildTrades(1, 800)
    const ours = byOurDesk(records)
    const shares = ours.flat().flatMap(({ words }) => ('verdict' in words ? [String(words.verdict)] : []))
    for (const verdict of ['matched', 'reduced', 'referred', 'refused', 'waiting']) expect(shares).toContain(verdict)
    const theirs = await byPeer(records)
    const differing = records.findIndex((_, index) => !isDeepStrictEqual(theirs[index], ours[index]))
    // Only the first is told: those after it follow from it.
    expect(theirs[differing]).toEqual(ours[differing])
  })
})
