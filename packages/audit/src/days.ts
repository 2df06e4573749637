/** Days as anchors count them: UTC dates of the moment at which an entry was written. */

const DAY_MS = 86_400_000

/**
 * How long after its end a day is sealed. Hosts may be 5 s apart (CLOCK_TOLERANCE_MS) and an insert whose result was
 * unknown is sent again; what is later still goes into the next day's ranges.
 */
export const SEAL_MARGIN_MS = 60_000

export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10)

export const endOf = (day: string): number => Date.parse(`${day}T00:00:00.000Z`) + DAY_MS

export const dayAfter = (day: string): string => dayOf(endOf(day))

/** When the day that goes on at `now` can be sealed. */
export const nextSealing = (now: number): number => endOf(dayOf(now)) + SEAL_MARGIN_MS

export const isDay = (text: string): boolean =>
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && dayOf(Date.parse(text)) === text
