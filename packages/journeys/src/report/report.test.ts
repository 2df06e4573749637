/** Reports: rows that are red when they differ, percentiles of measured values, progress without a terminal. */
import { describe, expect, it } from 'vitest'
import { percentile } from './percentiles.ts'
import { consoleProgress } from './progress.ts'
import { amountIn } from './reading.ts'
import { count, money, truthTable } from './tables.ts'

describe('tables', () => {
  it('shows known and found side by side, and says NO where they differ', () => {
    const drawn = truthTable('WWI', [
      { truth: 'orders', known: '2,074', found: '2,074', ok: true },
      { truth: 'paid', known: '1.00', found: '0.99', ok: false },
    ])
    expect(drawn).toMatch(/orders.*2,074.*2,074.*yes/)
    expect(drawn).toMatch(/paid.*1\.00.*0\.99.*NO/)
  })

  it('writes amounts and counts for people', () => {
    expect(money(755_474_617_52n, 'USD')).toBe('755,474,617.52')
    expect(count(8_367)).toBe('8,367')
  })
})

describe('percentiles', () => {
  it('are measured values by nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, index) => index + 1)
    expect([percentile(values, 0.5), percentile(values, 0.99), percentile(values, 1)]).toEqual([50, 99, 100])
    expect(percentile([], 0.5)).toBeUndefined()
  })
})

describe('reading', () => {
  it('takes a missing amount as an error, never as zero', () => {
    expect(amountIn({ a: '12' }, 'a')).toBe(12n)
    expect(() => amountIn({}, 'a')).toThrow('has no a')
  })
})

describe('progress without a terminal', () => {
  it('says a plain line at each fifth', () => {
    const lines: string[] = []
    const progress = consoleProgress({
      isTTY: false,
      write: (line: string) => lines.push(line),
    } as unknown as NodeJS.WriteStream)
    const bar = progress.bar('orders', 10)
    for (let done = 0; done < 10; done++) bar.advance()
    progress.end()
    expect(lines).toHaveLength(5)
    expect(lines.at(-1)).toBe('  orders: 10 of 10\n')
  })
})
