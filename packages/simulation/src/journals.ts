/** Stored entries by the desk that wrote them. */
import { placesOf, type JournalEntry, type Place } from '@triflow/desk'
import { allDesks } from '@triflow/journeys/verify/desks'

/** A desk with its entries, ascending. */
export interface WrittenJournal extends Place {
  readonly entries: readonly JournalEntry[]
}

export const journalsOf = (stored: Iterable<JournalEntry>, desks: number): readonly WrittenJournal[] => {
  const byDesk = Map.groupBy(stored, ({ desk }) => desk)
  return placesOf(allDesks, desks).map((place) => ({
    ...place,
    entries: (byDesk.get(place.id) ?? []).sort((a, b) => a.sequence - b.sequence),
  }))
}
