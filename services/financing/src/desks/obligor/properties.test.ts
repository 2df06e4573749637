/** What must hold whatever comes, and in whatever order: invariants of the book by random histories. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  acme,
  bankRefused,
  cash,
  dayClosed,
  dayOpened,
  enrolled,
  executed,
  issued,
  programmeOpened,
  share,
} from '../testing/acme.ts'
import { playing } from '../testing/playing.ts'
import { obligorRules } from './rules.ts'
import type { CashAllocated, Fact, Heard } from './vocabulary.ts'

const day = '2026-03-20'

const ready = (limitMinor: bigint) => {
  const desk = playing(obligorRules, acme)
  desk.broadcast(programmeOpened({ limitMinor }))
  desk.broadcast(dayOpened(day))
  desk.hear(enrolled())
  return desk
}

interface Bill {
  id: string
  number: string
  issuedOn: string
  net: bigint
}

const bill = (n: number, net: bigint): Bill => {
  const issuedOn = `2026-03-${10 + (n % 9)}`
  return { id: `borsig/B-${n}/${issuedOn}`, number: `B-${n}`, issuedOn, net }
}

const issuedOf = ({ id, number, issuedOn, net }: Bill): Heard =>
  issued({ invoiceId: id, number, issuedOn, netMinor: net, taxMinor: 0n, orderIds: [`acme/${number}`] })
const shareOf = ({ id, number, net }: Bill): Heard =>
  share({ invoiceId: id, orderId: `acme/${number}`, financeableNetMinor: net })
const executedOf = ({ id }: Bill): Heard => executed({ invoiceId: id, causeId: `${id}@1` })
const refusedOf = ({ id }: Bill): Heard => bankRefused({ invoiceId: id, causeId: `${id}@1` })

const nets = fc.array(fc.bigInt({ min: 1_00n, max: 900_00n }), { minLength: 1, maxLength: 7 })

/** Which receipt paid how much of which invoice, and by which step. */
const told = (facts: readonly Fact[]) =>
  facts
    .filter((fact): fact is CashAllocated => fact.type === 'CashAllocated')
    .flatMap((fact) =>
      fact.allocations.map((part) => `${fact.receiptId} ${fact.explainedBy} ${part.invoiceId} ${part.amountMinor}`),
    )
    .sort()

/** Merges per-topic histories by the picks; each topic keeps its own order. */
const shuffled = (topics: readonly (readonly Heard[])[], picks: readonly number[]): Heard[] => {
  const queues = topics.map((topic) => [...topic])
  const merged: Heard[] = []
  for (let turn = 0; queues.some((queue) => queue.length > 0); turn++) {
    const open = queues.filter((queue) => queue.length > 0)
    merged.push(open[(picks[turn % picks.length] ?? 0) % open.length]!.shift()!)
  }
  return merged
}

describe('cash', () => {
  it('pays the same invoices whichever way the day’s invoices, shares and receipts arrived', () => {
    const picks = fc.array(fc.nat({ max: 7 }), { minLength: 1, maxLength: 40 })
    const receipts = fc.array(
      fc.record({
        from: fc.nat({ max: 6 }),
        count: fc.integer({ min: 1, max: 4 }),
        named: fc.boolean(),
        part: fc.boolean(),
      }),
      { maxLength: 4 },
    )
    fc.assert(
      fc.property(nets, receipts, picks, picks, (amounts, payments, one, other) => {
        const bills = amounts.map((net, n) => bill(n, net))
        const cashes = payments.map(({ from, count, named, part }, n) => {
          const paid = bills.slice(from % bills.length, (from % bills.length) + (named ? 1 : count))
          const sum = paid.reduce((total, { net }) => total + net, 0n)
          const amount = named && part ? sum / 2n : sum
          return cash(amount > 0n ? amount : 1n, {
            receiptId: `L-${n}`,
            valueOn: day,
            reference: named ? `for ${paid[0]!.number}` : '',
          })
        })
        // Ids run against arrival, so that receipts that compete for one invoice show if their order were lost.
        const topics = [bills.map(issuedOf), bills.map(shareOf), cashes]
        const run = (order: readonly number[]) => {
          const desk = ready(0n)
          desk.hearAll(shuffled(topics, order))
          desk.broadcast(dayClosed(day, '2026-03-21'))
          return told(desk.said)
        }
        const answers = run(one)
        expect(run(other)).toEqual(answers)
      }),
      { numRuns: 200 },
    )
  })

  it('pays the same invoices whenever the bank says what became of the payouts', () => {
    const picks = fc.array(fc.nat({ max: 7 }), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(nets, fc.nat({ max: 6 }), fc.nat({ max: 20 }), picks, (amounts, from, when, order) => {
        const bills = amounts.map((net, n) => bill(n, net))
        const paid = bills.slice(from % bills.length)
        const receipt = cash(
          paid.reduce((total, { net }) => total + net, 0n),
          { valueOn: day },
        )
        const run = (late: number) => {
          const desk = ready(100_000_00n)
          desk.hearAll(shuffled([bills.map(issuedOf), bills.map(shareOf), [receipt]], order))
          const words = bills.map(executedOf)
          desk.hearAll(words.slice(0, late))
          desk.broadcast(dayClosed(day, '2026-03-21'))
          desk.hear(issuedOf(bill(40, 5_00n)))
          desk.hearAll(words.slice(late))
          return told(desk.said)
        }
        expect(run(when)).toEqual(run(bills.length))
      }),
      { numRuns: 200 },
    )
  })
})

describe('the book', () => {
  type Step = { kind: 'bill' | 'bank-pays' | 'bank-refuses' | 'debtor-pays' | 'close'; n: number }
  const steps = fc.array(
    fc.record<Step>({
      kind: fc.constantFrom('bill', 'bill', 'bank-pays', 'bank-pays', 'bank-refuses', 'debtor-pays', 'close'),
      n: fc.nat({ max: 7 }),
    }),
    { maxLength: 60 },
  )

  const history = (amounts: readonly bigint[], limitMinor: bigint, taken: readonly Step[]) => {
    const desk = ready(limitMinor)
    const bills = amounts.map((net, n) => bill(n, net))
    const exposures: { reserved: bigint; used: bigint }[] = []
    let receipts = 0
    for (const { kind, n } of taken) {
      const one = bills[n % bills.length]!
      if (kind === 'bill') desk.hearAll([issuedOf(one), shareOf(one)])
      else if (kind === 'bank-pays') desk.hear(executedOf(one))
      else if (kind === 'bank-refuses') desk.hear(refusedOf(one))
      else if (kind === 'close') desk.broadcast(dayClosed(day, day))
      else desk.hear(cash(one.net, { receiptId: `L-${receipts++}`, valueOn: day, reference: one.number }))
      const { reservedMinor: reserved, usedMinor: used } = desk.state().positions.get('acme-hansa') ?? {
        reservedMinor: 0n,
        usedMinor: 0n,
      }
      exposures.push({ reserved, used })
    }
    return { desk, exposures }
  }

  const limits = fc.bigInt({ min: 1_00n, max: 1_500_00n })

  it('never has more out than the limit, nor less than nothing, after any step', () => {
    fc.assert(
      fc.property(nets, limits, steps, (amounts, limit, taken) => {
        for (const { reserved, used } of history(amounts, limit, taken).exposures) {
          expect(reserved >= 0n && used >= 0n && reserved + used <= limit).toBe(true)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('finances each claim at most once and takes every cent of a receipt exactly once', () => {
    fc.assert(
      fc.property(nets, limits, steps, (amounts, limit, taken) => {
        const { desk } = history(amounts, limit, taken)
        const financed = desk.said.filter((fact) => fact.type === 'ClaimFinanced').map((fact) => fact.decisionId)
        expect(new Set(financed).size).toBe(financed.length)
        const receipts = new Set<string>()
        for (const fact of desk.said) {
          if (fact.type !== 'CashAllocated') continue
          expect(receipts.has(fact.receiptId)).toBe(false)
          receipts.add(fact.receiptId)
          expect(fact.allocations.reduce((total, part) => total + part.amountMinor, 0n)).toBe(fact.amountMinor)
          expect(fact.penaltyMinor + fact.principalMinor + fact.toSupplierMinor - fact.discountReturnedMinor).toBe(
            fact.amountMinor,
          )
        }
      }),
      { numRuns: 200 },
    )
  })

  it('says the exposure that the facts themselves add up to', () => {
    fc.assert(
      fc.property(nets, limits, steps, (amounts, limit, taken) => {
        let exposure = 0n
        for (const fact of history(amounts, limit, taken).desk.said) {
          if (fact.type === 'ClaimFinanced') exposure += fact.advanceMinor
          if (fact.type === 'AdvanceCancelled') exposure -= fact.advanceMinor
          if (fact.type === 'CashAllocated') exposure -= fact.principalMinor
          if ('exposureAfterMinor' in fact) expect(fact.exposureAfterMinor).toBe(exposure)
        }
      }),
      { numRuns: 200 },
    )
  })
})
