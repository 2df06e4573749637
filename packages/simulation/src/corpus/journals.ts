/** Stored entries by the desk that wrote them. */
import { deskId } from '@triflow/desk'
import { allDesks, partitionsOfDesk } from '@triflow/journeys/verify/desks'
import type { Stored } from './stored.ts'

/** A journal with the desk that wrote it. */
export const journalsOf = ({ entries }: Pick<Stored, 'entries'>, desks: number) =>
  allDesks.flatMap((desk) =>
    Array.from({ length: partitionsOfDesk(desk.name, desks) }, (_, partition) => {
      const id = deskId(desk.name, partition)
      return { desk, partition, id, entries: entries.filter((entry) => entry.desk === id) }
    }),
  )
