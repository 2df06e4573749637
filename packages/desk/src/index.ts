export * from './ports.ts'
export * from './views.ts'
export * from './record.ts'
export * from './journal.ts'
export { nextEntries } from './journal-page.ts'
export {
  coreLimits,
  createCore,
  Halted,
  Undecidable,
  type Core,
  type CoreLimits,
  type Loading,
  type Step,
  type TurnMeta,
} from './core.ts'
export { open, type Opened } from './opened.ts'
export { headOf, recordsOf } from './publishing.ts'
export { restore } from './takeover.ts'
export { thaw } from './state.ts'
export { walkJournal, type JournalReport } from './verify.ts'
export { openOffice, type Office } from './office.ts'
export type { OfficeLimits, OfficeOptions } from './premises.ts'
export { openViewFollower, type ViewFollower, type ViewFollowerOptions } from './follower.ts'
export type { AnyView } from './follower-fold.ts'
export { laneName } from './reader-numbering.ts'
export { canonical, compareViews, foldToEnd, rebuildHash, type ViewsCompared } from './follower-rebuild.ts'
export { openConnector, type ConnectorOptions, type RunningConnector } from './connector.ts'
export { openDoor, type Door, type DoorOptions } from './door.ts'
export { outcomesView, outcomesViewName, outcomesViewOf, type OutcomeBody } from './door-outcomes.ts'
export { readRanges, readTopics, wholeOf, type Range } from './reading.ts'
export { RecoveryRefused } from './recovery/refused.ts'
export { lastHeads } from './recovery/heads.ts'
export { tailFrom } from './recovery/entries.ts'
export { rebuildTail, type RebuiltTail, type TailOptions } from './recovery/journal-tail.ts'
export { straysOf, type Stray } from './recovery/strays.ts'
export { rebuildLog, type LogFromJournals, type RebuiltLog } from './recovery/log-from-journals.ts'
export { takeReadersBack } from './recovery/reader-positions.ts'
export { placesOf, topicsOf, type Place } from './recovery/places.ts'
