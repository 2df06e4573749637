import { describe, expect, it } from 'vitest'
import { markdown } from '../report/markdown.ts'
import { commandsOf } from './all.ts'
import { overview, titles, type Recorded } from './results.ts'

const recorded = (workload: Recorded['workload'], ...figures: string[]): Recorded => ({
  workload,
  command: `./triflow bench ${workload} --record`,
  commit: 'abc',
  date: '2026-11-24',
  node: 'v24',
  cores: 2,
  headlines: figures.map((figure) => ({ what: 'events per second', figure })),
  result: {},
})

describe('the table over all workloads', () => {
  it('tells each figure, and once for each workload what it was measured with', () => {
    expect(overview([recorded('match', '1', '2'), recorded('load', '3')]).slice(-3)).toEqual([
      '| [match](match.md) | events per second | 1 | `./triflow bench match --record` | 2026-11-24, abc |',
      '|  | events per second | 2 |  |  |',
      '| [load](load.md) | events per second | 3 | `./triflow bench load --record` | 2026-11-24, abc |',
    ])
  })

  it('keeps a bar in a cell from ending it', () => {
    expect(markdown(['a'], [['b|c']]).at(-1)).toBe('| b\\|c |')
  })
})

describe('all workloads in turn', () => {
  it.each([false, true])('run each that has a title, and keep what it shows (full: %s)', (full) => {
    const commands = commandsOf(full)
    expect(commands.every((args) => args.includes('--record') && args.includes('--full') === full)).toBe(true)
    const workloads = commands.map((args) => (args.includes('--rate') ? 'rate' : args[0]))
    expect(workloads.toSorted()).toEqual(Object.keys(titles).toSorted())
  })
})
