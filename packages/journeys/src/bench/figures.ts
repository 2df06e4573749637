/** From samples of a run to its figures, and from the figures of several runs to their median and spread. */

/** One look at a run under way. */
export interface Sample {
  /** Milliseconds, monotonic. */
  readonly atMs: number
  /** Records on the contender's own topic since the run began. */
  readonly told: number
  /** Records on all topics that it writes: what shows that it has come to rest. */
  readonly written: number
  /** CPU seconds used since the run began, by process; the contender's begin with its start. */
  readonly cpuSeconds: Readonly<Record<string, number>>
}

export interface RunFigures {
  /** From the first to the last record told. */
  readonly seconds: number
  readonly eventsPerSecond: number
  /** From the moment at which a fifth was told, when code and caches are warm. */
  readonly eventsPerSecondWarm: number
  /** Start-up and what is done after the last record told included. */
  readonly cpuMicrosPerEvent: Readonly<Record<string, number>>
  readonly cpuMicrosPerEventWarm: Readonly<Record<string, number>>
}

const WARM_AFTER = 0.2

/** `samples` begin before anything is told and end when nothing more is written. */
export const figuresOf = (samples: readonly Sample[], events: number): RunFigures => {
  const last = samples.at(-1)
  if (!last || last.told === 0) throw new Error('Nothing was told, so there is nothing to measure.')
  const firstTold = samples.findIndex(({ told }) => told > 0)
  const start = samples[Math.max(0, firstTold - 1)]!
  const end = samples.find(({ told }) => told === last.told)!
  const rest = samples.find(({ written }) => written === last.written)!
  const warm = whenTold(samples, last.told * WARM_AFTER)
  const warmEvents = events * (1 - WARM_AFTER)
  return {
    seconds: (end.atMs - start.atMs) / 1_000,
    eventsPerSecond: Math.round((events * 1_000) / (end.atMs - start.atMs)),
    eventsPerSecondWarm: Math.round((warmEvents * 1_000) / (end.atMs - warm.atMs)),
    cpuMicrosPerEvent: microsPerEvent({}, rest.cpuSeconds, events),
    cpuMicrosPerEventWarm: microsPerEvent(warm.cpuSeconds, rest.cpuSeconds, warmEvents),
  }
}

/** The moment between two samples, by straight lines. */
const whenTold = (samples: readonly Sample[], told: number): Pick<Sample, 'atMs' | 'cpuSeconds'> => {
  const index = samples.findIndex((sample) => sample.told >= told)
  const after = samples[index]!
  const before = samples[Math.max(0, index - 1)]!
  const part = after.told === before.told ? 1 : (told - before.told) / (after.told - before.told)
  const between = (a: number, b: number): number => a + (b - a) * part
  return {
    atMs: between(before.atMs, after.atMs),
    cpuSeconds: Object.fromEntries(
      Object.entries(after.cpuSeconds).map(([name, seconds]) => [name, between(before.cpuSeconds[name] ?? 0, seconds)]),
    ),
  }
}

/** Microseconds, to a tenth, between two readings of CPU seconds; a process that was not there before had used nothing. */
export const microsPerEvent = (
  from: Readonly<Record<string, number>>,
  to: Readonly<Record<string, number>>,
  events: number,
): Record<string, number> =>
  Object.fromEntries(
    Object.entries(to).map(([name, seconds]) => [name, tenth(((seconds - (from[name] ?? 0)) * 1e6) / events)]),
  )

export const tenth = (value: number): number => Math.round(value * 10) / 10

export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
}

export const spreadOf = (values: readonly number[]): Spread => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { median: tenth(median), least: sorted[0]!, most: sorted.at(-1)! }
}

/** "390 (380–402)", with the least and the most unless they are one. */
export const tellSpread = ({ median, least, most }: Spread, write: (value: number) => string): string =>
  least === most ? write(median) : `${write(median)} (${write(least)}–${write(most)})`

/** Microseconds of all processes together. */
export const wholeBox = (microsPerEvent: Readonly<Record<string, number>>): number =>
  tenth(Object.values(microsPerEvent).reduce((sum, micros) => sum + micros, 0))
