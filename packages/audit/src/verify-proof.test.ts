/** The stand-alone verifier, run as an auditor runs it: on what is true, and on everything that somebody might change. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BinaryReader } from '@bufbuild/protobuf/wire'
import { anchorsTopic, decodeMessage, deskWire, messages } from '@triflow/contracts'
import { chainHash, factRecord, fingerprint, type JournalEntry } from '@triflow/desk'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anchorOf, hashOfText, textOf } from './anchors.ts'
import { exportLines } from './export.ts'
import { entryAfter, entriesOf, factOf, openTown } from './journal-fixture.ts'
import { factsOf } from './leaves.ts'
import { prove, type Proof, type ProvenFact } from './proof.ts'
import { seal } from './sealing.ts'

const verifier = join(import.meta.dirname, '../verify-proof.mjs')
const scratch = mkdtempSync(join(tmpdir(), 'triflow-proof-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const verify = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [verifier, ...args], { encoding: 'utf8' })
  return { status, said: stdout, wrong: stderr.trim() }
}

const fileOf = (name: string, text: string): string => {
  const path = join(scratch, name)
  writeFileSync(path, text)
  return path
}

const CLAIM = 'bolt/INV-7/2026-03-02'
const DECISION = `${CLAIM}@1`
const at = (day: number, hour: number): number => Date.parse('2026-03-02T00:00:00Z') + (day * 24 + hour) * 3_600_000

/** The evidence that a desk would keep of a fact that it heard. */
const cite = (about: string, entry: JournalEntry, index: number, type: string) => {
  const fact = deskWire.EntryBody.decode(entry.body).facts[index]!
  const record = factRecord(entry.desk, entry.sequence, index, entry.at, fact)
  return { about, desk: entry.desk, entry: BigInt(entry.sequence), index, sha256: fingerprint(record), type }
}

const invoices = [
  entryAfter(undefined, 'order.invoice-00', at(0, 9), [
    factOf('InvoiceIssued', { invoiceId: 'rival/INV-1/2026-03-01', currency: 'CNY', grossMinor: 777n }),
    factOf('InvoiceIssued', { invoiceId: CLAIM, currency: 'CNY', grossMinor: 120_000n }, { number: 2n }),
    factOf('InvoiceIssued', { invoiceId: CLAIM, currency: 'CNY', grossMinor: 120_000n }, { number: 2n, copy: true }),
  ]),
]
invoices.push(...entriesOf('order.invoice-00', [at(0, 10), at(1, 11)], invoices[0]))

const decision = factOf('ClaimFinanced', {
  decisionId: DECISION,
  invoiceId: CLAIM,
  currency: 'CNY',
  grossMinor: 120_000n,
  advanceMinor: 96_000n,
  evidence: [cite('invoice', invoices[0]!, 2, 'triflow.order.v1.InvoiceIssued')],
})
const claims = entriesOf('financing.obligor-00', [at(0, 8), at(0, 9)])
claims.push(entryAfter(claims.at(-1), 'financing.obligor-00', at(0, 12), [decision]))
claims.push(...entriesOf('financing.obligor-00', [at(0, 13), at(1, 9), at(1, 10)], claims.at(-1)))
const payouts = [
  entryAfter(undefined, 'payment.account-00', at(1, 8), [
    factOf('DisbursementExecuted', {
      disbursementId: DECISION,
      invoiceId: CLAIM,
      currency: 'CNY',
      amountMinor: 95_000n,
    }),
  ]),
  entryAfter(undefined, 'payment.account-01', at(2, 8), [
    factOf('DisbursementReconciled', { disbursementId: DECISION, currency: 'CNY', amountMinor: 95_000n }),
  ]),
]
const services = [
  { service: 'order', desks: ['order.invoice-00'] },
  { service: 'financing', desks: ['financing.obligor-00'] },
  { service: 'payment', desks: ['payment.account-00', 'payment.account-01'] },
]

/** Two days, sealed; payment's third day is not over. */
const world = async () => {
  const town = openTown()
  await town.log.ensureTopics([{ name: anchorsTopic, partitions: 1, settings: {} }])
  await town.store.insert([...invoices, ...claims, ...payouts])
  for (const { service, desks } of services) await seal(town.sealer(() => at(2, 1), service, desks))
  const journals = town.sealer(() => at(2, 1))
  const anchors = services.flatMap(({ service }) => town.file.contents.get(service)!.trimEnd().split('\n'))
  const lines: string[] = []
  for await (const line of exportLines(journals, 'financing.obligor-00', 6)) lines.push(line)
  return {
    town,
    journals,
    anchors,
    lines,
    proven: await prove({ journals, anchors: town.anchors, services, claim: CLAIM }),
  }
}

describe('the stand-alone verifier', () => {
  let anchors: readonly string[]
  let anchorsFile: string
  let proof: Proof
  let notAnchored: number
  let lines: readonly string[]

  beforeAll(async () => {
    const made = await world()
    ;({ anchors, lines } = made)
    ;({ proof, notAnchored } = made.proven)
    anchorsFile = fileOf('anchors.jsonl', `${anchors.join('\n')}\n`)
  })

  const verifyProof = (given: unknown, own = anchorsFile) =>
    verify(fileOf('proof.json', JSON.stringify(given)), '--anchors', own)
  const verifyJournal = (given: readonly string[], own = anchorsFile) =>
    verify('--journal', fileOf('export.jsonl', `${given.join('\n')}\n`), '--anchors', own)

  it('has fewer than 250 lines and imports nothing but Node', () => {
    const text = readFileSync(verifier, 'utf8')
    expect(text.split('\n').length - 1).toBeLessThan(250)
    expect(
      [...text.matchAll(/ from '([^']+)'/g)].map(([, name]) => name).filter((name) => !/^node:/.test(name!)),
    ).toEqual([])
  })

  describe('on the proof of one receivable', () => {
    it('finds what the claim, its payout and its evidence are, and says so in words', () => {
      const { status, said, wrong } = verifyProof(proof)
      expect({ status, wrong }).toEqual({ status: 0, wrong: '' })
      expect(said).toContain(`Receivable ${CLAIM}`)
      expect(said).toContain('2026-03-02T12:00:00.000Z  ClaimFinanced  (financing.obligor-00@3/0)')
      expect(said).toContain('gross 1200.00 CNY, advance 960.00 CNY')
      expect(said).toContain('DisbursementExecuted')
      expect(said).toContain('It holds: 4 facts lead to roots that your anchors hold; 1 citations of evidence')
    })

    it('needs no other file of ours: without the interface, fields go by their numbers', () => {
      const alone = join(scratch, 'verify-proof.mjs')
      copyFileSync(verifier, alone)
      const file = fileOf('proof.json', JSON.stringify(proof))
      const { stdout, status } = spawnSync(process.execPath, [alone, file, '--anchors', anchorsFile], {
        encoding: 'utf8',
      })
      expect(status).toBe(0)
      expect(stdout).toContain('field 9 120000, field 12 96000')
    })

    it('lets no text of a party move the cursor of the terminal', () => {
      const { said, status } = verifyProof({ ...proof, claim: `${CLAIM}\u001b[2K\nIt holds: trust me` })
      expect(status).toBe(1)
      expect(said).not.toContain('\u001b')
      expect(said).not.toContain('\nIt holds')
    })

    it('shows nothing of what was decided beside it, and counts what is not anchored yet', () => {
      expect(proof.facts.map(({ record }) => Buffer.from(record, 'base64').toString()).join()).not.toContain('rival')
      expect(notAnchored).toBe(1)
    })

    it('needs no more than a later anchor of each service, by way of the chain', () => {
      const newest = services.map(({ service }) => anchors.findLast((line) => anchorOf(line).service === service)!)
      expect(newest.map((line) => anchorOf(line).number)).toEqual([2, 2, 1])
      expect(verifyProof(proof, fileOf('newest.jsonl', newest.join('\n'))).status).toBe(0)
    })

    type Draft<T> = { -readonly [K in keyof T]: T[K] }
    interface DraftProof {
      claim: string
      facts: Draft<ProvenFact>[]
      anchors: string[]
    }
    const edited = (change: (given: DraftProof) => void) => {
      const given = structuredClone(proof) as unknown as DraftProof
      change(given)
      return verifyProof(given)
    }
    const decisionIn = ({ facts }: DraftProof) => facts.find(({ desk }) => desk === 'financing.obligor-00')!

    it('names a fact whose amount was edited', () => {
      const { status, wrong } = edited((given) => {
        const fact = decisionIn(given)
        const record = deskWire.PublishedRecord.decode(Buffer.from(fact.record, 'base64'))
        record.value = Buffer.from(factOf('ClaimFinanced', { invoiceId: CLAIM, advanceMinor: 1_000_000n }).value)
        fact.record = Buffer.from(deskWire.PublishedRecord.encode(record).finish()).toString('base64')
      })
      expect(status).toBe(1)
      expect(wrong).toContain('financing.obligor-00@3/0 does not lead to the root of anchor 1')
    })

    it('notices evidence that is left out, and evidence that is another', () => {
      const without = edited((given) => {
        given.facts = given.facts.filter(({ desk, index }) => !(desk === 'order.invoice-00' && index === 2))
      })
      expect(without).toMatchObject({
        status: 1,
        wrong: 'financing.obligor-00@3/0 rests on order.invoice-00@1/2, which is not in the proof',
      })
      const { status } = edited((given) => {
        const [other] = given.facts.filter(({ desk, index }) => desk === 'order.invoice-00' && index === 1)
        given.facts = given.facts.map((fact) => (fact.index === 2 ? { ...other!, index: 2 } : fact))
      })
      expect(status).toBe(1)
    })

    it.each<[string, (fact: Draft<ProvenFact>) => void]>([
      ['moment', (fact) => (fact.at = '2026-03-02T11:00:00.000Z')],
      ['place', (fact) => (fact.sequence = 2)],
      ['salt', (fact) => (fact.salt = fact.entryHash)],
      ['entry', (fact) => (fact.entryHash = fact.salt)],
      ['path', (fact) => (fact.inAnchor = fact.inAnchor.toReversed())],
      ['anchor', (fact) => (fact.anchor = 2)],
      ['desk', (fact) => (fact.desk = 'financing.obligor-01')],
    ])('notices another %s', (_what, change) => {
      expect(edited((given) => change(decisionIn(given))).status).toBe(1)
    })

    it('notices a proof that is about another receivable', () => {
      expect(edited((given) => (given.claim = 'rival/INV-1/2026-03-01'))).toMatchObject({
        status: 1,
        wrong: 'the proof holds no decision on rival/INV-1/2026-03-01',
      })
    })

    it('believes no anchor that the auditor does not have, nor one that was drawn anew', () => {
      const forged = (line: string) => textOf({ ...anchorOf(line), root: hashOfText('another') })
      const { status, wrong } = edited((given) => (given.anchors = given.anchors.map(forged)))
      expect(status).toBe(1)
      expect(wrong).toContain('your anchors do not vouch for anchor 1 of its service')
      const others = fileOf('others.jsonl', anchors.filter((line) => anchorOf(line).service !== 'order').join('\n'))
      expect(verifyProof(proof, others).wrong).toContain('order.invoice-00@1/1: your anchors do not vouch')
    })
  })

  describe('on the auditor’s own anchors', () => {
    it('says which one is missing', () => {
      const gap = anchors.concat(
        [2, 3, 4].map((number) => textOf({ ...anchorOf(anchors[0]!), service: 'party', number })).toSpliced(1, 1),
      )
      expect(verifyProof(proof, fileOf('gap.jsonl', gap.join('\n'))).wrong).toContain(
        'your anchors lack anchor 3 of party',
      )
    })

    it('says where the chain is cut, or an anchor was edited', () => {
      const changed = anchors.map((line) => {
        const anchor = anchorOf(line)
        return anchor.service === 'financing' && anchor.number === 1 ? textOf({ ...anchor, size: 9 }) : line
      })
      expect(verifyProof(proof, fileOf('changed.jsonl', changed.join('\n'))).wrong).toContain(
        'your anchors: anchor 2 of financing does not follow 1; one of them was changed',
      )
    })

    it('takes the same anchor twice, never two of one number', () => {
      expect(verifyProof(proof, fileOf('twice.jsonl', [...anchors, ...anchors].join('\n'))).status).toBe(0)
      const second = textOf({ ...anchorOf(anchors.at(-1)!), size: 9 })
      expect(verifyProof(proof, fileOf('two.jsonl', [...anchors, second].join('\n'))).wrong).toContain('in two ways')
    })
  })

  describe('on a whole journal', () => {
    const parsed = (line: string) => JSON.parse(line) as { desk: string; sequence: number; hash: string; body: string }
    const desk = 'financing.obligor-00'

    it('draws every root again', () => {
      const { status, said } = verifyJournal(lines)
      expect(status).toBe(0)
      expect(said).toContain('6 entries follow each other as they were written; 2 anchors have their roots')
    })

    it('names an entry that was edited', () => {
      const entry = parsed(lines[2]!)
      const body = Buffer.from(entry.body, 'base64')
      body[body.indexOf('ClaimFinanced')]! ^= 1
      const given = lines.with(2, JSON.stringify({ ...entry, body: body.toString('base64') }))
      expect(verifyJournal(given)).toMatchObject({ status: 1, wrong: `${desk}@3 was edited` })
    })

    it('names an entry that was deleted, in the middle or at the end', () => {
      expect(verifyJournal(lines.toSpliced(3, 1))).toMatchObject({ status: 1, wrong: `${desk}@4 was deleted` })
      expect(verifyJournal(lines.slice(0, 5))).toMatchObject({ status: 1, wrong: `${desk}@6 was deleted` })
    })

    it('names an entry that was swapped with another, under its own number or the other’s', () => {
      const [a, b] = [lines[1]!, lines[3]!]
      expect(verifyJournal(lines.with(1, b).with(3, a))).toMatchObject({
        status: 1,
        wrong: `${desk}@2 was moved: the order was changed`,
      })
      const renumbered = lines
        .with(1, JSON.stringify({ ...parsed(b), sequence: 2 }))
        .with(3, JSON.stringify({ ...parsed(a), sequence: 4 }))
      expect(verifyJournal(renumbered)).toMatchObject({ status: 1, wrong: `${desk}@2 was edited` })
    })

    it('names the range in which entries were written anew with a chain that holds', () => {
      let before = claims[1]
      const anew = [2, 3].map((index) => {
        before = entryAfter(before, desk, claims[index]!.at, [])
        return before
      })
      const rest = claims.slice(4).map((entry) => {
        const hash = chainHash(before!.hash, entry.body)
        before = { ...entry, previousHash: before!.hash, hash: Buffer.from(hash) }
        return before
      })
      const given = [...claims.slice(0, 2), ...anew, ...rest].map(({ sequence, hash, body }) =>
        JSON.stringify({
          desk,
          sequence,
          hash: Buffer.from(hash).toString('hex'),
          body: Buffer.from(body).toString('base64'),
        }),
      )
      const { status, wrong } = verifyJournal(given)
      expect(status).toBe(1)
      expect(wrong.split('\n')[0]).toBe(`${desk}@1 to 4 were written anew, chain and all, since anchor 1 fixed them`)
    })

    it('says that it has no anchors of a service, instead of holding', () => {
      const own = fileOf('order-only.jsonl', anchors.filter((line) => anchorOf(line).service === 'order').join('\n'))
      expect(verifyJournal(lines, own)).toMatchObject({ status: 1, wrong: 'you have no anchors of financing' })
    })
  })

  it('says how it is used when it is not', () => {
    expect(verify('proof.json')).toMatchObject({ status: 2 })
  })

  it('reads the evidence of every message that cites any, by the number that the message gives it', () => {
    const text = readFileSync(verifier, 'utf8')
    const written = /const evidenceField = \{([^}]+)\}/.exec(text)![1]!
    const cited = [cite('invoice', invoices[0]!, 1, 'x')]
    for (const [, message = '', number] of written.matchAll(/(\w+): (\d+)/g)) {
      const { value } = factOf(message, { evidence: cited })
      const [field] = new BinaryReader(value).tag()
      expect(field, message).toBe(Number(number))
    }
    const citing = [...messages()].filter(
      ([name]) => 'evidence' in decodeMessage(name, new Uint8Array()) && !name.endsWith('.LaneEvent'),
    )
    expect(citing.map(([name]) => name.split('.').pop()).sort()).toEqual(
      [...written.matchAll(/(\w+):/g)].map(([, name]) => name).sort(),
    )
  })
})

describe('a fact’s salt', () => {
  it('is another for each fact, and for the same fact in another entry', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), (count) => {
        const same = Array.from({ length: count }, () => factOf('OrderAccepted', { orderId: 'PO-1' }))
        const one = entryAfter(undefined, 'order.order-00', at(0, 1), same)
        const other = entryAfter(one, 'order.order-00', at(0, 2), same)
        const salts = [one, other].flatMap(({ body }) =>
          factsOf(body).map(({ salt }) => Buffer.from(salt).toString('hex')),
        )
        expect(new Set(salts).size).toBe(2 * count)
      }),
    )
  })
})
