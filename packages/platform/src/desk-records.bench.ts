/**
 * What a record costs a desk, besides deciding: `node packages/platform/src/desk-records.bench.ts`. Facts of some hundred bytes with
 * the headers that all facts have; µs of CPU for each, the median of rounds.
 */
import { deskWire, encodeAs } from '@triflow/contracts'
import { factRecord, fingerprint, isIntact, openEntry, sealEntry } from '@triflow/desk'

const RECORDS = 300
const REPEATS = 40
const ROUNDS = 9

const desk = 'financing.trade-03'
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const facts = Array.from({ length: RECORDS }, (_, i): deskWire.PublishedRecord => ({
  topic: 'triflow.financing.trade.facts',
  partition: 3,
  key: Buffer.from(`acme/PO-${i}`),
  number: BigInt(1_000 + i),
  previous: BigInt(999 + i),
  type: 'triflow.financing.v1.ShareMatched',
  value: Buffer.alloc(300 + i, i),
  traceparent,
  copy: false,
}))
const recordOf = (fact: deskWire.PublishedRecord, i: number) => factRecord(desk, 55, i, 1_790_000_000_000, fact)
const heard = facts.map((fact, offset) => ({ ...recordOf(fact, offset), offset }))
const records = heard.map(({ key, value, headers, offset }): deskWire.ConsumedRecord => ({
  input: 0,
  offset: BigInt(offset),
  key,
  value,
  headers: Object.entries(headers).map(([name, bytes]) => ({ name, value: bytes })),
  fate: 'applied',
  reason: '',
  facts: 1,
  own: '',
}))
const body = deskWire.EntryBody.fromPartial({ desk, sequence: 55n, records, facts })
const entry = sealEntry(body, new Uint8Array(32))
const judged = deskWire.CommandJudged.fromPartial({
  commandId: '0af7651916cd43dd',
  status: 'accepted',
  key: 'acme/PO-1',
  commandType: 'triflow.order.v1.SubmitOrder',
  facts: ['OrderSubmitted'],
})

const works: Readonly<Record<string, () => void>> = {
  'record of a fact made and sealed': () => facts.forEach(recordOf),
  'checksum of a record looked at': () => heard.forEach(isIntact),
  'fingerprint of a record': () => heard.forEach(fingerprint),
  'small message encoded': () => heard.forEach(() => encodeAs(deskWire.CommandJudged, judged)),
  'entry sealed, for each record and its fact': () => sealEntry(body, entry.previousHash),
  'entry opened, for each record and its fact': () => openEntry(entry),
}

const microsecondsPerRecord = (work: () => void): number => {
  const before = process.cpuUsage()
  for (let i = 0; i < REPEATS; i++) work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / REPEATS / RECORDS
}

for (const [name, work] of Object.entries(works)) {
  microsecondsPerRecord(work) // warms up
  const figures = Array.from({ length: ROUNDS }, () => microsecondsPerRecord(work)).sort((a, b) => a - b)
  console.log(`${name.padEnd(44)} ${figures[ROUNDS >> 1]!.toFixed(2).padStart(6)} µs`)
}
