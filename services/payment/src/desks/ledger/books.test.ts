/** The books as a whole: balanced after every entry, whatever comes, and clear at rest when trade was honest. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { balanceOf, book, emptyBooks, trialBalance, type Books } from './chart.ts'
import { ledgerRules } from './rules.ts'
import type { Heard, Posting } from './vocabulary.ts'

const programme = { programmeId: 'wwi', currency: 'USD' }
const evidence = { desk: 'test.desk-00', entry: 1n, index: 0, sha256: '', type: '' }

const sumOf = (postings: readonly Posting[]) => postings.reduce((total, { amountMinor }) => total + amountMinor, 0n)

/** Books after facts, with every prefix checked. */
const booksAfter = (facts: readonly Heard[]): Books => {
  let state = ledgerRules.initialState('wwi')
  let books = emptyBooks
  for (const fact of facts) {
    state = ledgerRules.evolve(state, fact, 0, evidence)
    const context = { key: 'wwi', at: 0, shared: {}, loaded: new Map() }
    for (const entry of ledgerRules.decide({ kind: 'heard', fact, evidence }, state, context).facts) {
      state = ledgerRules.evolve(state, entry, 0)
      for (const { amountMinor, debit, credit } of entry.postings) {
        if (amountMinor <= 0n || debit === credit) throw new Error(`${entry.entryId} is no movement`)
      }
      books = book(books, entry)
    }
    if (trialBalance(books.balances) !== 0n) throw new Error(`out of balance after ${fact.type}`)
  }
  return books
}

interface Life {
  readonly claim: number
  readonly netMinor: bigint
  readonly grossMinor: bigint
  readonly discountMinor: bigint
  readonly earnedPercent: bigint
  readonly penaltyMinor: bigint
  readonly suspended: boolean
  readonly bankRefuses: boolean
}

const life = fc.record({
  claim: fc.nat(1_000_000),
  netMinor: fc.bigInt(1_000n, 10_000_000n),
  discountPercent: fc.bigInt(0n, 9n),
  earnedPercent: fc.bigInt(0n, 100n),
  penaltyMinor: fc.bigInt(0n, 500n),
  taxPercent: fc.bigInt(0n, 25n),
  suspended: fc.boolean(),
  bankRefuses: fc.boolean(),
})

/** An honest life of one claim, as the account desk and the obligor desk tell it on their two topics. */
const told = ({
  claim,
  netMinor,
  grossMinor,
  discountMinor,
  earnedPercent,
  penaltyMinor,
  suspended,
  bankRefuses,
}: Life) => {
  const supplierId = `supplier-${claim % 3}`
  const decisionId = `D${claim}`
  const receiptId = `R${claim}`
  const advanceMinor = (netMinor * 80n) / 100n
  const payoutMinor = advanceMinor - discountMinor
  const advance = { ...programme, disbursementId: decisionId, purpose: 'advance', supplierId, amountMinor: payoutMinor }
  if (bankRefuses) {
    const account: Heard[] = [
      { type: 'DisbursementRequested', ...advance },
      { type: 'DisbursementRefused', ...advance },
    ]
    return {
      account,
      obligor: [{ type: 'AdvanceCancelled' }] as Heard[],
      cashMinor: 0n,
      earnedMinor: 0n,
      penaltyMinor: 0n,
    }
  }
  const earnedMinor = (discountMinor * earnedPercent) / 100n
  const returnedMinor = discountMinor - earnedMinor
  const toSupplierMinor = grossMinor - advanceMinor - penaltyMinor + returnedMinor
  const reserve = {
    ...programme,
    disbursementId: `${receiptId}/reserve`,
    purpose: 'reserve',
    supplierId,
    amountMinor: toSupplierMinor,
  }
  const account: Heard[] = [
    { type: 'DisbursementRequested', ...advance },
    { type: 'DisbursementExecuted', ...advance },
    { type: 'CashReceived', ...programme, receiptId, amountMinor: grossMinor },
    { type: 'DisbursementRequested', ...reserve },
    { type: 'DisbursementExecuted', ...reserve },
  ]
  const obligor: Heard[] = [
    { type: 'AdvanceDisbursed', ...programme, decisionId, discountMinor, payoutMinor },
    ...(suspended ? [{ type: 'CashSuspended' as const, ...programme, receiptId, amountMinor: grossMinor }] : []),
    {
      type: 'CashAllocated',
      ...programme,
      receiptId,
      supplierId,
      toSupplierMinor,
      principalMinor: advanceMinor,
      discountEarnedMinor: earnedMinor,
      discountReturnedMinor: returnedMinor,
      penaltyMinor,
    },
  ]
  return { account, obligor, cashMinor: grossMinor, earnedMinor, penaltyMinor }
}

/** Both topics keep their own order; how they meet at the ledger is the choices'. */
const interleave = (topics: readonly (readonly Heard[])[], choices: readonly number[]): Heard[] => {
  const waiting = topics.map((topic) => [...topic])
  const merged: Heard[] = []
  for (let turn = 0; waiting.some((topic) => topic.length > 0); turn++) {
    const open = waiting.filter((topic) => topic.length > 0)
    merged.push(open[(choices[turn % choices.length] ?? 0) % open.length]!.shift()!)
  }
  return merged
}

const honestWorld = fc.record({
  lives: fc.uniqueArray(life, { minLength: 1, maxLength: 12, selector: ({ claim }) => claim }),
  choices: fc.array(fc.nat(1), { minLength: 1, maxLength: 60 }),
})

const livesOf = (
  drawn: readonly (Omit<Life, 'grossMinor' | 'discountMinor'> & { discountPercent: bigint; taxPercent: bigint })[],
) =>
  drawn.map((one) =>
    told({
      ...one,
      grossMinor: one.netMinor + (one.netMinor * one.taxPercent) / 100n,
      discountMinor: (one.netMinor * one.discountPercent) / 200n,
      // A penalty never takes more than the reserve.
      penaltyMinor: one.penaltyMinor < one.netMinor / 10n ? one.penaltyMinor : 0n,
    }),
  )

describe('the books', () => {
  it('are clear at rest when every claim was paid out, repaid and passed on, however the two topics meet', () =>
    fc.assert(
      fc.property(honestWorld, ({ lives, choices }) => {
        const stories = livesOf(lives)
        const { balances, pending } = booksAfter(
          interleave([stories.flatMap(({ account }) => account), stories.flatMap(({ obligor }) => obligor)], choices),
        )
        expect(pending).toEqual([])
        for (const name of [
          'cash:unallocated',
          'cash:suspense',
          'disbursements:pending',
          'advances:outstanding',
          'bank:collection',
          'income:discount-unearned',
        ])
          expect({ name, balance: balanceOf(balances, name) }).toEqual({ name, balance: 0n })
        for (const n of [0, 1, 2]) expect(balanceOf(balances, `payable:supplier:supplier-${n}`)).toBe(0n)
        const earned = stories.reduce((total, story) => total + story.earnedMinor + story.penaltyMinor, 0n)
        // What the funder has more of is what it earned, and nothing else.
        expect(balanceOf(balances, 'bank:funding')).toBe(earned)
        expect(balanceOf(balances, 'income:discount-earned') + balanceOf(balances, 'income:penalty')).toBe(-earned)
      }),
      { seed: 20261124, numRuns: 200 },
    ))

  it('end the same however the two topics meet', () =>
    fc.assert(
      fc.property(honestWorld, ({ lives, choices }) => {
        const stories = livesOf(lives).map((story) => story)
        const topics = [stories.flatMap(({ account }) => account), stories.flatMap(({ obligor }) => obligor)]
        expect(booksAfter(interleave(topics, choices)).balances).toEqual(booksAfter(topics.flat()).balances)
      }),
      { seed: 20261124, numRuns: 100 },
    ))

  it('balance after every entry, posted and pending, whatever facts come', () => {
    const amount = fc.bigInt(1n, 1_000_000n)
    const id = fc.constantFrom('a', 'b', 'c')
    const disbursement = {
      disbursementId: id,
      purpose: fc.constantFrom('advance', 'reserve'),
      supplierId: id,
      amountMinor: amount,
    }
    const of = <T extends Heard['type']>(type: T, fields: object) =>
      fc.record({
        type: fc.constant(type),
        programmeId: fc.constant('wwi'),
        currency: fc.constant('USD'),
        ...fields,
      }) as unknown as fc.Arbitrary<Heard>
    const anyFact = fc.oneof(
      of('DisbursementRequested', disbursement),
      of('DisbursementExecuted', disbursement),
      of('DisbursementRefused', disbursement),
      of('CashReceived', { receiptId: id, amountMinor: amount }),
      of('CashSuspended', { receiptId: id, amountMinor: amount }),
      of('AdvanceDisbursed', { decisionId: id, discountMinor: amount, payoutMinor: amount }),
      of('CashAllocated', {
        receiptId: id,
        supplierId: id,
        toSupplierMinor: amount,
        principalMinor: amount,
        discountEarnedMinor: amount,
        discountReturnedMinor: amount,
        penaltyMinor: amount,
      }),
      of('AdvanceCancelled', {}),
      of('DilutionRecorded', {}),
    )
    fc.assert(
      fc.property(fc.array(anyFact, { maxLength: 60 }), (facts) => {
        const { balances, pending } = booksAfter(facts)
        expect(trialBalance(balances)).toBe(0n)
        const expected = balances.reduce((total, { debitMinor }) => total + debitMinor, 0n)
        expect(balances.reduce((total, { creditMinor }) => total + creditMinor, 0n)).toBe(expected)
        expect(pending.every(({ postings }) => sumOf(postings) > 0n)).toBe(true)
      }),
      { seed: 20261124, numRuns: 200 },
    )
  })

  it('show a payout as pending until the bank has spoken, off the balances', () => {
    const advance = {
      ...programme,
      disbursementId: 'D1',
      purpose: 'advance',
      supplierId: 'litware',
      amountMinor: 79_130n,
    }
    const asked = booksAfter([{ type: 'DisbursementRequested', ...advance }])
    expect(asked).toMatchObject({ balances: [], pending: [{ causeId: 'D1' }] })
    expect(
      booksAfter([
        { type: 'DisbursementRequested', ...advance },
        { type: 'DisbursementRefused', ...advance },
      ]),
    ).toMatchObject({ balances: [], pending: [] })
  })

  it('keep what was never explained in sight', () => {
    const { balances } = booksAfter([{ type: 'CashReceived', ...programme, receiptId: 'R1', amountMinor: 5n }])
    expect(balanceOf(balances, 'cash:unallocated')).toBe(-5n)
    expect(balanceOf(balances, 'bank:collection')).toBe(5n)
  })
})
