/** Calendar dates without a clock, and the day counts that price time. */

/** YYYY-MM-DD in the proleptic Gregorian calendar; compares correctly as text. */
export type LocalDate = string & { readonly __brand: 'LocalDate' }

const DAY_MS = 86_400_000

/** The text as a date between 1900 and 2200, or undefined when no such day exists (2026-02-30). */
export const parseDate = (text: string): LocalDate | undefined => {
  const match = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(text)
  if (!match) return undefined
  const year = Number(match[1])
  if (year < 1900 || year > 2200) return undefined
  const ms = Date.UTC(year, Number(match[2]) - 1, Number(match[3]))
  return fromDayNumber(ms / DAY_MS) === text ? (text as LocalDate) : undefined
}

/** The text as a date; throws when it is none. For constants and for what a door has already checked. */
export const date = (text: string): LocalDate => {
  const parsed = parseDate(text)
  if (!parsed) throw new RangeError(`not a date: ${text}`)
  return parsed
}

const dayNumber = (day: string): number =>
  Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1, Number(day.slice(8, 10))) / DAY_MS

const fromDayNumber = (number: number): LocalDate => new Date(number * DAY_MS).toISOString().slice(0, 10) as LocalDate

/** Actual days from one date to another; negative when `to` is earlier. */
export const daysBetween = (from: string, to: string): number => dayNumber(to) - dayNumber(from)

export const addDays = (day: string, days: number): LocalDate => fromDayNumber(dayNumber(day) + days)
