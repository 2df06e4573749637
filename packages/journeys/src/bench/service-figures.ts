/** What the financing service says of its work, and what the work cost each process. */
import { setTimeout as sleep } from 'node:timers/promises'
import { wholeBox } from './figures.ts'
import { cpuSecondsOf } from './process-figures.ts'

export interface Counts {
  /** Consumed by trade and obligor desks; what the one hears of the other is an input too. */
  readonly records: number
  readonly entries: number
  readonly facts: number
  readonly journalBytes: number
  /** Folded into the service's views. */
  readonly viewFacts: number
}

/** Since the process began. */
export const countsOf = async (adminUrl: string): Promise<Counts> => {
  const text = await (await fetch(`${adminUrl}/metrics`)).text()
  const sum = (name: string): number =>
    [...text.matchAll(new RegExp(`^triflow_${name}(?:\\{[^}]*\\})? ([0-9.e+]+)$`, 'gm'))].reduce(
      (total, match) => total + Number(match[1]),
      0,
    )
  return {
    records: sum('records_total'),
    entries: sum('entries_total'),
    facts: sum('facts_total'),
    journalBytes: sum('journal_bytes_total'),
    viewFacts: sum('view_facts'),
  }
}

/** CPU seconds used so far, by the name of the process. */
export const cpuOf = (pids: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, cpuSecondsOf(pid)]))

/** "kafka 30, mongo 160, financing 200; whole box 390". */
export const tellCpu = (microsPerEvent: Readonly<Record<string, number>>): string => {
  const told = Object.entries(microsPerEvent).map(([name, micros]) => `${name} ${micros}`)
  return `${told.join(', ')}; whole box ${wholeBox(microsPerEvent)}`
}

const LOOK_EVERY_MS = 250
/** A service that is busy with a snapshot of very many open items may not answer for a while. */
const SILENT_MOST_MS = 120_000

/** Until the desks have consumed at least so many records and neither they nor the views take more for a while. */
export const untilQuiet = async (
  adminUrl: string,
  records: number,
  options: { readonly quietMs: number; readonly onCounts?: (counts: Counts) => void },
): Promise<void> => {
  let last = ''
  let since = performance.now()
  let heardAt = performance.now()
  for (;;) {
    const counts = await countsOf(adminUrl).catch((error: unknown) => {
      if (performance.now() - heardAt > SILENT_MOST_MS) throw error
      return undefined
    })
    if (counts) {
      heardAt = performance.now()
      options.onCounts?.(counts)
      const now = `${counts.records}/${counts.viewFacts}`
      if (now !== last) since = heardAt
      last = now
      if (counts.records >= records && heardAt - since >= options.quietMs) return
    }
    await sleep(LOOK_EVERY_MS)
  }
}
