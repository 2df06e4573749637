/** Walks a desk's journal from its first entry: the chain, the numbers, the decisions made again, the records on the log. */
import type { AnyDesk } from '@triflow/kernel'
import { createCore, Halted, type CoreLimits } from './core.ts'
import { chainHash, genesisHash, openEntry, sameBytes, type EntryBody } from './journal.ts'
import { nextEntries } from './journal-page.ts'
import type { Clock, JournalEntry, OutgoingRecord, Store } from './ports.ts'
import { recordsOf } from './publishing.ts'
import { deskId } from './record.ts'

export interface JournalReport {
  readonly desk: string
  entries: number
  /** Decided again with the running code and found the same to the byte. */
  decidedAgain: number
  /** Of another code version: chain and hash only. */
  chainOnly: number
  records: number
  duplicates: number
  deadLetters: number
  facts: number
  commands: number
  /** First difference found, in words; the walk ends there. */
  difference?: string
}

export interface Walk {
  readonly desk: AnyDesk
  readonly partition: number
  readonly desks: number
  readonly store: Store
  readonly clock: Clock
  readonly codeVersion: string
  /** As the desk's own office has them; what leaves memory when is part of an entry. */
  readonly limits?: CoreLimits
  /** Called for every entry in order, with its body and the records that it publishes. */
  readonly onEntry?: (entry: JournalEntry, body: EntryBody, records: readonly OutgoingRecord[]) => void
}

const PAGE = 200

/** Reads one journal whole. `sequence` numbers must be contiguous from 1; every command must have one outcome. */
export const walkJournal = async (walk: Walk): Promise<JournalReport> => {
  const { store, clock } = walk
  const desk = deskId(walk.desk.name, walk.partition)
  const core = createCore(walk.desk, walk.partition, walk.desks, walk.limits)
  const report: JournalReport = {
    desk,
    entries: 0,
    decidedAgain: 0,
    chainOnly: 0,
    records: 0,
    duplicates: 0,
    deadLetters: 0,
    facts: 0,
    commands: 0,
  }
  let hash = genesisHash
  let number = 0

  /** What is wrong with the next entry, in words; undefined when nothing is. */
  const check = (entry: JournalEntry, sequence: number): string | undefined => {
    if (entry.sequence !== sequence) return `entry ${sequence} is missing`
    if (!sameBytes(entry.previousHash, hash) || !sameBytes(entry.hash, chainHash(hash, entry.body)))
      return `entry ${sequence} does not follow the one before it`
    hash = entry.hash
    const body = openEntry(entry)
    count(report, body)
    for (const fact of body.facts) {
      const told = Number(fact.number)
      if (told !== number + 1 && !(fact.copy && told === number))
        return `entry ${sequence}: fact number ${told} follows ${number}`
      number = told
    }
    walk.onEntry?.(entry, body, recordsOf(walk.desk.name, walk.partition, entry, body))
    if (body.codeVersion === walk.codeVersion) {
      const difference = core.decideAgain(entry)
      if (difference) return `entry ${sequence}: ${difference}`
      report.decidedAgain += 1
    } else {
      core.fold(entry)
      report.chainOnly += 1
    }
    core.archiveAcknowledged(core.unarchived())
    return undefined
  }

  /** An entry that this code must not read is a difference, not the end of the walk through all the other journals. */
  const checked = (entry: JournalEntry, sequence: number): string | undefined => {
    try {
      return check(entry, sequence)
    } catch (error) {
      if (error instanceof Halted) return `entry ${sequence}: ${error.message}`
      throw error
    }
  }

  for (let next = 1; ;) {
    const page = await nextEntries(store, desk, next, PAGE)
    if (page.length === 0) return report
    for (const entry of page) {
      const difference = checked(entry, next)
      if (difference) return differ(report, difference)
      next += 1
    }
    await clock.sleep(0)
  }
}

const differ = (report: JournalReport, difference: string): JournalReport => ({
  ...report,
  difference: `${report.desk}: ${difference}`,
})

const count = (report: JournalReport, body: ReturnType<typeof openEntry>): void => {
  report.entries += 1
  report.facts += body.facts.length
  for (const record of body.records) {
    report.records += 1
    if (record.fate === 'duplicate') report.duplicates += 1
    if (record.fate === 'dead' || record.fate === 'corrupt') report.deadLetters += 1
  }
  for (const fact of body.facts) if (fact.type === 'triflow.desk.v1.CommandJudged') report.commands += 1
}
