import { describe, expect, it } from 'vitest'
import { figuresOf, spreadOf, type Sample } from './figures.ts'

const sample = (atMs: number, told: number, app: number, written = told): Sample => ({
  atMs,
  told,
  written,
  cpuSeconds: { app, broker: app / 2 },
})

describe('figures of a run', () => {
  // A second of start-up, then 100 records in two seconds of which the first fifth takes one, then half a second of rest.
  const samples = [
    sample(0, 0, 0),
    sample(1_000, 0, 1),
    sample(2_000, 20, 3),
    sample(3_000, 100, 4),
    sample(3_500, 100, 4.2, 110),
    sample(4_500, 100, 4.3, 110),
  ]

  it('count from the first record told to the last', () => {
    expect(figuresOf(samples, 1_000)).toMatchObject({ seconds: 2, eventsPerSecond: 500 })
  })

  it('count four fifths of the events in the time after the first fifth', () => {
    expect(figuresOf(samples, 1_000).eventsPerSecondWarm).toBe(800)
  })

  it('charge start-up and what is done after the last record, but not idle waiting', () => {
    expect(figuresOf(samples, 1_000).cpuMicrosPerEvent).toEqual({ app: 4_200, broker: 2_100 })
    expect(figuresOf(samples, 1_000).cpuMicrosPerEventWarm).toEqual({ app: 1_500, broker: 750 })
  })

  it('find the first fifth between two samples', () => {
    const coarse = [sample(0, 0, 0), sample(1_000, 50, 5), sample(2_000, 100, 6)]
    expect(figuresOf(coarse, 100).eventsPerSecondWarm).toBe(50)
    expect(figuresOf(coarse, 100).cpuMicrosPerEventWarm.app).toBe(50_000)
  })

  it('are refused when nothing was told', () => {
    expect(() => figuresOf([sample(0, 0, 0)], 10)).toThrow('nothing to measure')
  })
})

describe('several runs', () => {
  it('are told by their median, least and most', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, least: 1, most: 3 })
    expect(spreadOf([4, 1, 2, 3])).toEqual({ median: 2.5, least: 1, most: 4 })
    expect(spreadOf([7])).toEqual({ median: 7, least: 7, most: 7 })
  })
})
