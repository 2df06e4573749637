/** What code may do with journals of another format: read older ones that it knows, refuse the rest. */
import { describe, expect, it } from 'vitest'
import { judgeFormat } from './service-world.ts'

describe('the format of stored journals', () => {
  const code = { writes: 5, reads: 3 }

  it('is taken as it is from the oldest that is still read to the one that is written', () => {
    for (const stored of [3, 4, 5]) expect(judgeFormat(stored, code)).toBe('')
  })

  it('of a newer version is refused: older code would misread it', () => {
    expect(judgeFormat(6, code)).toMatch(/format 6.*up to 5.*too old/)
  })

  it('that is no longer read is refused, with the way there', () => {
    expect(judgeFormat(2, code)).toMatch(/format 2.*from 3.*a version between the two has to run first/)
  })
})
