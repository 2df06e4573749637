import { describe, expect, it } from 'vitest'
import { groupsLost, linesSince, phasesOf } from './phases.ts'

const at = (second: number): string => new Date(1_700_000_000_000 + second * 1_000).toISOString()
const killedAtMs = 1_700_000_000_000

const life = (from: number) => [
  { time: at(from + 0.5), event: 'listening' },
  { time: at(from + 1.5), event: 'up' },
  { time: at(from + 2), event: 'joined group', group: 'views.financing' },
  { time: at(from + 7), event: 'joined group', group: 'triflow.financing.trade' },
  { time: at(from + 7.5), event: 'joined group', group: 'triflow.financing.obligor' },
  { time: at(from + 8), event: 'desk-taken-over', desk: 'financing.trade-00', ms: 400, folded: 10 },
  { time: at(from + 8.5), event: 'desk-taken-over', desk: 'financing.trade-01', ms: 900, folded: 5 },
  { time: at(from + 9), event: 'desk-taken-over', desk: 'financing.obligor-00', ms: 70, folded: 2 },
]

describe('the phases of a restart', () => {
  it('follow one another from the kill to the last desk taken over', () => {
    expect(phasesOf(life(0), killedAtMs)).toEqual({
      listeningMs: 500,
      upMs: 1_000,
      joinedMs: 6_000,
      takenOverMs: 1_500,
      takeovers: [
        { kind: 'financing.trade', least: 400, most: 900, folded: 15 },
        { kind: 'financing.obligor', least: 70, most: 70, folded: 2 },
      ],
    })
  })

  it('are not those of the life that ended', () => {
    expect(linesSince([...life(-60), ...life(0)], killedAtMs)).toEqual(life(0))
  })

  it('are unknown, not zero, where the log says nothing', () => {
    expect(phasesOf(life(0).slice(0, 1), killedAtMs)).toEqual({
      listeningMs: 500,
      upMs: undefined,
      joinedMs: undefined,
      takenOverMs: undefined,
      takeovers: [],
    })
  })

  it('count a group that was lost while desks were read among the reading, not the waiting', () => {
    const again = { time: at(8.2), event: 'joined group', group: 'triflow.financing.trade' }
    expect(phasesOf([...life(0), again], killedAtMs).joinedMs).toBe(6_000)
  })
})

describe('groups lost without a kill', () => {
  it('are joins beyond the first of each group of desks', () => {
    const again = { time: at(20), event: 'joined group', group: 'triflow.financing.obligor' }
    const views = { time: at(20), event: 'joined group', group: 'views.financing' }
    expect(groupsLost(life(0))).toBe(0)
    expect(groupsLost([...life(0), again, views, again])).toBe(2)
  })
})
