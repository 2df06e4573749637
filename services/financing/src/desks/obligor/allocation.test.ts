/** Each step of explaining cash by a table, and that an ambiguous sum is no answer. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byOfficer, byReference, bySums, type OpenInvoice } from './allocation.ts'
import { numbersNamed } from './reference.ts'
import { onlySubset } from './subset.ts'

const invoice = (plainNumber: string, openMinor: bigint, issuedOn = '2026-03-01'): OpenInvoice => ({
  invoiceId: `borsig/${plainNumber}/${issuedOn}`,
  plainNumber,
  issuedOn,
  openMinor,
})

const cash = (amountMinor: bigint, reference = '', valueOn = '2026-03-31') => ({ amountMinor, valueOn, reference })

describe('a reference', () => {
  it.each([
    ['R-100', 'R-100'],
    ['Invoice r-100, thank you', 'R-100'],
    ['ＲＥ 2026 001 / March', 'RE2026001'],
    ['Rechnung R-100.', 'R-100'],
    ['"R-100"', 'R-100'],
  ])('“%s” names %s', (text, number) => expect(numbersNamed(text).has(number)).toBe(true))

  it.each([
    ['4125', '12'],
    ['R-1001', 'R-100'],
    ['', 'R-100'],
  ])('“%s” does not name %s', (text, number) => expect(numbersNamed(text).has(number)).toBe(false))

  const open = [invoice('R-100', 500n), invoice('R-200', 700n)]

  it('pays the one invoice it names, in part or whole', () => {
    expect(byReference(cash(500n, 'R-100'), open)?.parts).toEqual([
      { invoiceId: open[0]!.invoiceId, amountMinor: 500n },
    ])
    expect(byReference(cash(200n, 'R-100'), open)?.parts).toEqual([
      { invoiceId: open[0]!.invoiceId, amountMinor: 200n },
    ])
  })

  it.each([
    ['names two', cash(1_200n, 'R-100 R-200')],
    ['names none', cash(500n, 'R-999')],
    ['pays more than is open', cash(501n, 'R-100')],
  ])('that %s is no answer', (_what, receipt) => expect(byReference(receipt, open)).toBeUndefined())

  it('of a number that two open invoices bear is no answer', () => {
    expect(byReference(cash(500n, 'R-100'), [...open, invoice('R-100', 900n, '2026-03-09')])).toBeUndefined()
  })
})

describe('a sum', () => {
  const open = [
    invoice('A', 100n, '2026-03-01'),
    invoice('B', 250n, '2026-03-05'),
    invoice('C', 400n, '2026-03-09'),
    invoice('D', 800n, '2026-03-20'),
  ]
  const explained = (amount: bigint, valueOn?: string) => {
    const { answer } = bySums(cash(amount, '', valueOn), open)
    return answer && [answer.by, answer.parts.map(({ invoiceId }) => invoiceId.split('/')[1]).join('')]
  }

  it.each([
    [1_550n, undefined, ['all-open', 'ABCD']],
    [750n, '2026-03-10', ['all-open', 'ABC']],
    [350n, undefined, ['oldest-first', 'AB']],
    [100n, undefined, ['oldest-first', 'A']],
    [1_200n, undefined, ['only-subset', 'CD']],
    [800n, undefined, ['only-subset', 'D']],
    [800n, '2026-03-19', undefined],
    [999n, undefined, undefined],
  ])('of %d on %s is explained by %s', (amount, valueOn, answer) => expect(explained(amount, valueOn)).toEqual(answer))

  it('that two sets of invoices make is left to a person', () => {
    const twins = [invoice('A', 300n), invoice('B', 500n), invoice('C', 500n)]
    expect(bySums(cash(500n), twins).answer).toBeUndefined()
  })

  it('is looked for in sets of at most twelve', () => {
    // The first is never part of the sum, so neither all nor a prefix of them makes it.
    const powers = Array.from({ length: 14 }, (_, n) => invoice(`P${n}`, 1n << BigInt(n), `2026-03-${10 + n}`))
    const sumOf = (from: number, count: number) =>
      powers.slice(from, from + count).reduce((s, i) => s + i.openMinor, 0n)
    expect(bySums(cash(sumOf(1, 12)), powers).answer?.parts).toHaveLength(12)
    expect(bySums(cash(sumOf(1, 13)), powers).answer).toBeUndefined()
  })
})

describe('the search for the only subset', () => {
  it('finds what trying every subset finds', () => {
    const amounts = fc.array(fc.bigInt({ min: 1n, max: 40n }), { maxLength: 9 })
    fc.assert(
      fc.property(amounts, fc.bigInt({ min: 1n, max: 120n }), fc.integer({ min: 1, max: 9 }), (list, target, most) => {
        const answers: number[][] = []
        for (let set = 1; set < 1 << list.length; set++) {
          const chosen = list.flatMap((_, at) => (set & (1 << at) ? [at] : []))
          if (chosen.length <= most && chosen.reduce((total, at) => total + list[at]!, 0n) === target)
            answers.push(chosen)
        }
        expect(onlySubset(list, target, most, 1_000_000).found).toEqual(answers.length === 1 ? answers[0] : undefined)
      }),
    )
  })

  it('gives up past its bound instead of guessing', () => {
    const list = Array.from({ length: 60 }, (_, n) => 1_000n + BigInt(n * n))
    const { found, nodes } = onlySubset(list, 7_777n, 12, 500)
    expect(found).toBeUndefined()
    expect(nodes).toBeLessThanOrEqual(500)
  })
})

describe('an officer’s word', () => {
  const named = [invoice('A', 100n), invoice('B', 250n)]

  it.each([
    [350n, [100n, 250n]],
    [200n, [100n, 100n]],
    [351n, undefined],
    [100n, undefined],
  ])('on %d over 100 and 250 open pays %s', (amount, parts) => {
    expect(byOfficer(cash(amount), named)?.parts.map(({ amountMinor }) => amountMinor)).toEqual(parts)
  })
})
