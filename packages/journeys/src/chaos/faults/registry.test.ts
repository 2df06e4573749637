/** The catalogue is whole: every fault of the brief has one entry, which is made here. */
import { describe, expect, it } from 'vitest'
import { catalogue, chosenFaults } from './registry.ts'

describe('the fault catalogue', () => {
  it('has one entry for each of F01 to F44, in order', () => {
    const all = Array.from({ length: 44 }, (_, index) => `F${String(index + 1).padStart(2, '0')}`)
    expect(catalogue.map(({ id }) => id)).toEqual(all)
  })

  it('says of every entry how it is made and what must hold', () => {
    for (const fault of catalogue) {
      expect(fault.how.length, fault.id).toBeGreaterThan(20)
      expect(fault.mustHold, fault.id).toMatch(/\.$/)
    }
  })

  it('is chosen from by name, and a name that is not in it is told', () => {
    expect(chosenFaults('F19, f15').map(({ id }) => id)).toEqual(['F19', 'F15'])
    expect(chosenFaults('all')).toHaveLength(44)
    expect(() => chosenFaults('F45')).toThrow('There is no fault F45')
  })
})
