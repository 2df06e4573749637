/**
 * One round of work for all held desks: take records in, draft one entry per desk, write with one pen, publish, answer.
 * The order of these steps is what keeps money safe; see ARCHITECTURE.md.
 */
import { createArchiver } from './archiver.ts'
import type { Assignment } from './assignment.ts'
import { Halted, Undecidable, type CapturedState, type Drafted, type Step } from './core.ts'
import { sameBytes } from './journal.ts'
import type { ArchivedItem, Batch, JournalEntry } from './ports.ts'
import type { HeldDesk, Premises } from './premises.ts'
import { createPublisher } from './publisher.ts'
import { recordsOf, type Told } from './publishing.ts'
import { createSnapshots } from './snapshots.ts'
import { archiveOf } from './turn.ts'

/** What others ask of the round. */
export interface Round {
  /** Never waits: the inbox takes the batch in, and a round is scheduled. */
  readonly takeIn: (batch: Batch) => void
  /** Schedules a round: what has arrived until then shares it. */
  readonly wake: () => void
  /** Drafts an entry without input: it names the new owner, fences the old one off and proves that the tail was current. */
  readonly fence: (desk: HeldDesk) => void
  /** `told` is what the entry's body holds, from whoever has it at hand. */
  readonly publish: (desk: HeldDesk, entry: JournalEntry, answers: Drafted['turn']['replies'], told?: Told) => void
  /** Nothing is being written or published. */
  readonly idle: () => boolean
  readonly stop: () => void
}

export const openRound = (
  premises: Premises,
  { held, lost, spoilt, halt }: Pick<Assignment, 'held' | 'lost' | 'spoilt' | 'halt'>,
): Round => {
  const { desk: definition, log, store, clock, replies, witness, owner, codeVersion, limits, stopped } = premises
  const publisher = createPublisher(log, clock, witness)
  const archiver = createArchiver(definition.name, store, clock, witness, stopped)
  const snapshots = createSnapshots(store, archiver, clock, witness, codeVersion, limits, stopped)
  const label = { desk: definition.name }
  let awake = false
  let penBusy = false
  let inserting = false

  const wake = (): void => {
    if (awake || stopped()) return
    awake = true
    clock.soon(() => {
      awake = false
      draftAll()
      if (!penBusy) void pen()
    })
  }

  // ---- inbox --------------------------------------------------------------------------------------------------------

  const takeIn = (batch: Batch): void => {
    const desk = held.get(batch.partition)
    if (!desk?.inbox) return
    if (batch.topic === premises.heads) return desk.inbox.takeStretch(batch)
    if (desk.phase !== 'running') return
    try {
      if (desk.inbox.take(batch)) wake()
    } catch (error) {
      if (error instanceof Halted) return halt(desk, error)
      throw error
    }
  }

  // ---- load and decide ----------------------------------------------------------------------------------------------

  /** Each desk that has work and no draft decides what is in its inbox, as soon as its archived items are there. */
  const draftAll = (): void => {
    for (const desk of held.values()) {
      if (desk.phase !== 'running' || desk.drafted || desk.fetching || mayGrow(desk)) continue
      const steps = stepsFor(desk)
      if (steps.length === 0) {
        captureAtRest(desk)
        continue
      }
      const { fetch, pinned } = desk.core.wanted(steps)
      if (fetch.length === 0) draft(desk, steps, pinned)
      else void fetchThenDraft(desk, steps, fetch, pinned)
    }
  }

  /**
   * What is drafted while the pen is busy waits for it, and what comes later waits for the entry after. So a small entry
   * is left to grow; a large one is decided meanwhile, and database and processor work side by side.
   */
  const mayGrow = (desk: HeldDesk): boolean =>
    inserting && !desk.core.sweeping() && desk.inbox.waiting() < limits.draftAheadRecords

  /** A desk without work, whose last entry is in the journal, need not wait for the next one. */
  const captureAtRest = (desk: HeldDesk): void => {
    if (desk.inserting) return
    const captured = snapshots.captureIfDue(desk)
    if (captured) void save(desk, captured)
  }

  /** What was written while a snapshot was being stored may have made the next one due. */
  const save = async (desk: HeldDesk, captured: CapturedState): Promise<void> => {
    await snapshots.save(desk, captured)
    wake()
  }

  const stepsFor = (desk: HeldDesk): Step[] => {
    const { core } = desk
    if (core.sweeping()) return Array.from({ length: limits.sweepStepsPerEntry }, () => ({ kind: 'sweep' }) as const)
    const steps: Step[] = desk.inbox.peek(limits.recordsPerEntry).map((opened) => ({ kind: 'record', opened }) as const)
    const now = clock.now()
    if (now - desk.lastTickAt >= limits.tickEveryMs) {
      desk.lastTickAt = now
      for (const key of core.due(now, limits.ticksPerEntry)) steps.push({ kind: 'tick', key })
    }
    return steps
  }

  const fetchThenDraft = async (
    desk: HeldDesk,
    steps: readonly Step[],
    keys: readonly string[],
    pinned: ReadonlyMap<string, Uint8Array>,
  ): Promise<void> => {
    const { epoch } = desk
    desk.fetching = true
    try {
      const fetched = new Map(await store.archived(definition.name, keys))
      if (desk.epoch !== epoch) return
      for (const [key, bytes] of pinned) fetched.set(key, bytes)
      desk.fetching = false
      draft(desk, steps, fetched)
      if (!penBusy) void pen()
    } catch (error) {
      if (desk.epoch !== epoch) return
      desk.fetching = false
      witness.say('warn', 'archive-unreadable', { desk: desk.id, error: String(error) })
      await clock.sleep(200)
      wake()
    }
  }

  const draft = (desk: HeldDesk, steps: readonly Step[], fetched: ReadonlyMap<string, Uint8Array>): void => {
    try {
      const drafted = desk.core.draft(steps, fetched, metaOf(desk))
      let records = 0
      for (let i = 0; i < drafted.taken; i++) if (steps[i]!.kind === 'record') records += 1
      desk.inbox.drop(records)
      desk.drafted = drafted
      desk.captured = snapshots.captureIfDue(desk)
    } catch (error) {
      if (error instanceof Halted) return halt(desk, error)
      if (!(error instanceof Undecidable)) throw error
      spoilt(desk, error)
    }
  }

  const fence = (desk: HeldDesk): void => {
    desk.drafted = desk.core.draft([], new Map(), metaOf(desk))
  }

  const metaOf = (desk: HeldDesk) => ({
    at: clock.now(),
    owner,
    codeVersion,
    publishedThrough: desk.publishedThrough,
  })

  // ---- insert, one at a time ----------------------------------------------------------------------------------------

  /** One insert at a time for the whole office; per desk, entry N+1 goes only after N is acknowledged. */
  const pen = async (): Promise<void> => {
    penBusy = true
    try {
      for (;;) {
        const batch = [...held.values()].filter((desk) => desk.drafted && desk.phase === 'running')
        if (batch.length === 0 || stopped()) return
        const drafts = batch.map((desk) => ({
          desk,
          epoch: desk.epoch,
          drafted: desk.drafted!,
          captured: desk.captured,
        }))
        for (const { desk } of drafts) {
          desk.drafted = undefined
          desk.captured = undefined
          desk.inserting = true
        }
        const results = insertSurely(drafts.map(({ drafted }) => drafted.entry))
        inserting = true
        draftAll()
        const written = await results
        inserting = false
        drafts.forEach(({ desk, epoch, drafted, captured }, index) => {
          desk.inserting = false
          if (desk.epoch === epoch) settle(desk, drafted, captured, written[index]!)
        })
        draftAll()
      }
    } finally {
      penBusy = false
      inserting = false
    }
  }

  /** An unknown result is asked again with the same bytes until it is known; a taken number may be our own. */
  const insertSurely = async (entries: readonly JournalEntry[]): Promise<readonly ('ours' | 'theirs')[]> => {
    for (let attempt = 0; ; attempt++) {
      try {
        const results = await store.insert(entries)
        return await Promise.all(entries.map((entry, i) => (results[i] === 'inserted' ? 'ours' : whose(entry))))
      } catch (error) {
        if (stopped()) return entries.map(() => 'theirs')
        witness.say('warn', 'insert-unknown', { desk: definition.name, attempt, error: String(error) })
        await clock.sleep(Math.min(2_000, 20 * 2 ** attempt))
      }
    }
  }

  const whose = async (entry: JournalEntry): Promise<'ours' | 'theirs'> => {
    const stored = await store.entry(entry.desk, entry.sequence)
    if (!stored) throw new Error(`${entry.desk}@${entry.sequence} was said to exist and cannot be read`)
    return sameBytes(stored.hash, entry.hash) ? 'ours' : 'theirs'
  }

  /** What an acknowledged entry sets going; an entry under whose number another owner has written is forgotten. */
  const settle = (
    desk: HeldDesk,
    drafted: Drafted,
    captured: CapturedState | undefined,
    written: 'ours' | 'theirs',
  ): void => {
    if (written === 'theirs') {
      witness.say('warn', 'desk-lost', { desk: desk.id, sequence: drafted.entry.sequence })
      witness.count('desks_lost_total', 1, label)
      return lost(desk)
    }
    const { entry, turn } = drafted
    desk.entriesSinceSnapshot += 1
    desk.bytesSinceSnapshot += entry.body.length
    witness.count('entries_total', 1, label)
    witness.count('records_total', turn.records.length, label)
    witness.count('facts_total', turn.facts.length, label)
    witness.count('journal_bytes_total', entry.body.length, label)
    publish(desk, entry, turn.replies, toldOf(drafted))
    if (turn.closed.size > 0) archive(desk, archiveOf(turn))
    if (captured) void save(desk, captured)
  }

  // ---- publish, answer, archive -------------------------------------------------------------------------------------

  /** As it was drafted: opening what has just been sealed would cost as much as sealing it. */
  const toldOf = ({ entry, turn }: Drafted): Told => ({
    ...turn,
    owner,
    codeVersion,
    publishedThrough: BigInt(entry.publishedThrough),
  })

  const publish: Round['publish'] = (desk, entry, answers, told) => {
    const { epoch } = desk
    publisher.push({
      records: recordsOf(definition.name, desk.partition, entry, told),
      wanted: () => desk.epoch === epoch && desk.phase !== 'dropped',
      published: () => {
        if (desk.epoch === epoch) desk.publishedThrough = Math.max(desk.publishedThrough, entry.sequence)
        for (const [address, outcomes] of answers) replies.deliver(address, outcomes)
      },
    })
  }

  const archive = (desk: HeldDesk, items: readonly ArchivedItem[]): void => {
    const { epoch } = desk
    archiver.push({
      desk: desk.id,
      items,
      wanted: () => desk.epoch === epoch,
      archived: () => desk.core.archiveAcknowledged(items),
    })
  }

  return {
    takeIn,
    wake,
    fence,
    publish,
    idle: () => !penBusy && publisher.idle(),
    stop: () => publisher.stop(),
  }
}
