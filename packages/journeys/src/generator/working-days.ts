/** Monday to Friday: the days on which the story's people work. */
import { addDays } from '@triflow/kernel'

const isWeekend = (day: string): boolean => [0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay())

/** The day itself if it is a working day, else the next one. */
export const workingDay = (day: string): string => (isWeekend(day) ? workingDay(addDays(day, 1)) : day)

export const workingDays = (start: string, count: number): string[] => {
  const days = [workingDay(start)]
  while (days.length < count) days.push(workingDay(addDays(days.at(-1)!, 1)))
  return days
}
