import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { documentFile, documentNow } from './command.ts'
import { documentOf } from './document.ts'

const nothing = { simulation: undefined, defects: undefined, faults: undefined, recovery: undefined, load: undefined }
const shown = { command: './triflow x', commit: 'abc', date: '2026-11-24', node: 'v24', cores: 2 }

describe('the reliability document', () => {
  it('is what the kept files make: nobody has written a figure into it', () => {
    expect(existsSync(documentFile) && readFileSync(documentFile, 'utf8')).toBe(documentNow())
  })

  it('names the command where nothing was shown yet', () => {
    expect(documentOf(nothing)).toContain('Not shown yet: `./triflow chaos --faults all --record`.')
  })

  it('says which defects were not caught, and which faults did not hold', () => {
    const text = documentOf({
      ...nothing,
      defects: {
        ...shown,
        result: [
          {
            defect: 'a',
            meaning: 'A.',
            caught: true,
            invariants: ['I3'],
            seeds: 1,
            trades: 8,
            seconds: 3,
            firstSign: '',
          },
          {
            defect: 'b',
            meaning: 'B | C.',
            caught: false,
            invariants: [],
            seeds: 9,
            trades: 3000,
            seconds: 90,
            firstSign: '',
          },
        ],
      },
      faults: {
        ...shown,
        result: {
          seconds: 60,
          history: ['all is well'],
          faults: [{ id: 'F01', fault: 'f', how: 'h', mustHold: 'I7', result: 'FAILED', note: 'lost one' }],
        },
      },
    })
    expect(text).toContain('1 of 2 were caught.')
    expect(text).toContain('| b | B \\| C. | **not caught** | 3,000 |')
    expect(text).toContain('| F01 | f | h | I7 | FAILED: lost one |  |')
  })
})
