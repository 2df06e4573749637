/**
 * The working day of all desks of one kind in one process: take over what is assigned, take records in, decide, write
 * one entry per desk and round, publish, answer. The order of these steps is what keeps money safe; see ARCHITECTURE.md.
 */
import { commandsTopic, deskEntry, headsTopic } from '@triflow/contracts'
import type { AnyDesk } from '@triflow/kernel'
import { Halted, Undecidable, type Core, type CoreLimits, type Drafted, type Step } from './core.ts'
import { createInbox, type Inbox } from './inbox.ts'
import { sameBytes } from './journal.ts'
import type { ArchivedItem, Batch, Clock, JournalEntry, Log, Membership, Replies, Store, Witness } from './ports.ts'
import { createPublisher } from './publisher.ts'
import { headOf, recordsOf } from './publishing.ts'
import { deskId } from './record.ts'
import { createSnapshots } from './snapshots.ts'
import { restore } from './takeover.ts'
import { archiveOf } from './turn.ts'

export interface OfficeOptions {
  readonly desk: AnyDesk
  /** Desks of this kind in the cluster: the partition count, fixed when the cluster was created. */
  readonly desks: number
  readonly log: Log
  readonly store: Store
  readonly clock: Clock
  readonly replies: Replies
  readonly witness: Witness
  /** Names this process in the journal. */
  readonly owner: string
  readonly codeVersion: string
  readonly limits?: Partial<OfficeLimits>
}

export interface OfficeLimits {
  readonly recordsPerEntry: number
  readonly sweepStepsPerEntry: number
  readonly ticksPerEntry: number
  readonly tickEveryMs: number
  readonly inboxBytes: number
  readonly snapshotEveryEntries: number
  readonly snapshotEveryBytes: number
  readonly core?: CoreLimits
}

export const officeLimits: OfficeLimits = {
  recordsPerEntry: 1_000,
  sweepStepsPerEntry: 1_000,
  ticksPerEntry: 200,
  tickEveryMs: 250,
  inboxBytes: 4 * 1024 * 1024,
  snapshotEveryEntries: 4_000,
  snapshotEveryBytes: 64 * 1024 * 1024,
}

export interface Office {
  /** Every assigned desk has been taken over and none has stopped. */
  readonly ready: () => boolean
  /** For health pages: phase by desk. */
  readonly phases: () => ReadonlyMap<string, string>
  stop(): Promise<void>
}

type Phase = 'loading' | 'running' | 'halted' | 'dropped'

interface Desk {
  readonly partition: number
  readonly id: string
  /** Changes with every load, so that what was begun before one is recognised afterwards. */
  epoch: number
  phase: Phase
  core: Core
  inbox: Inbox
  publishedThrough: number
  /** Decided, not yet sent to the journal: at most one, as the pen writes one entry at a time. */
  drafted: Drafted | undefined
  /** Being looked up in the archive for the next draft. */
  fetching: boolean
  inserting: boolean
  entriesSinceSnapshot: number
  bytesSinceSnapshot: number
  lastTickAt: number
}

export const openOffice = async (options: OfficeOptions): Promise<Office> => {
  const { desk: definition, desks: deskCount, log, store, clock, replies, witness, owner, codeVersion } = options
  const limits: OfficeLimits = { ...officeLimits, ...options.limits }
  const entry = deskEntry(definition.name)
  const inputs = [commandsTopic(definition.name), ...entry.hears]
  const heads = headsTopic(definition.name)
  const held = new Map<number, Desk>()
  const distrusted = new Map<string, Map<string, string>>()
  const publisher = createPublisher(log, clock, witness)
  const snapshots = createSnapshots(definition, deskCount, store, clock, witness, codeVersion, limits.core)
  const member: { ship?: Membership } = {}
  const admitted = Promise.withResolvers<void>()
  let epochs = 0
  let stopped = false
  let penBusy = false
  let joined = false

  const label = { desk: definition.name }

  // ---- taking over -------------------------------------------------------------------------------------------------

  const onAssigned = (partitions: readonly number[]): void => {
    joined = true
    const kept = new Set(partitions)
    for (const desk of held.values()) {
      if (!kept.has(desk.partition)) drop(desk)
    }
    for (const partition of partitions) {
      const desk = held.get(partition)
      if (desk?.phase === 'running') void keep(desk)
      else void takeOver(partition)
    }
  }

  const drop = (desk: Desk): void => {
    desk.phase = 'dropped'
    desk.epoch = ++epochs
    held.delete(desk.partition)
  }

  const onRevoked = (): void => {
    // Nothing is dropped yet: until another owner writes, the pen is still ours, and the fence decides.
    joined = false
  }

  /** After a rebalance that left us this desk: memory is good only if the last acknowledged entry is still the tail. */
  const keep = async (desk: Desk): Promise<void> => {
    const { epoch } = desk
    const next = desk.core.state().sequence + 1
    try {
      // A draft that is on its way may be the tail by now; then its own result tells us who wrote it.
      const later = desk.drafted || desk.inserting ? undefined : await store.entry(desk.id, next)
      if (desk.epoch !== epoch) return
      if (later) return void takeOver(desk.partition)
      for (const topic of inputs) member.ship?.seek({ topic, partition: desk.partition }, desk.inbox.expected(topic))
      desk.inbox.resume()
      wake()
    } catch (error) {
      witness.say('warn', 'keep-failed', { desk: desk.id, error: String(error) })
      if (desk.epoch === epoch) void takeOver(desk.partition)
    }
  }

  const takeOver = async (partition: number, attempt = 0): Promise<void> => {
    const epoch = ++epochs
    const id = deskId(definition.name, partition)
    const before = held.get(partition)
    if (before) before.epoch = -1
    const startedAt = clock.now()
    const placeholder = { partition, id, epoch, phase: 'loading' } as Desk
    held.set(partition, placeholder)
    const current = (): boolean => !stopped && held.get(partition)?.epoch === epoch
    try {
      if (attempt > 0) await clock.sleep(jitter(attempt))
      // An assignment may come before joining has returned; without the membership nothing could be sought.
      await admitted.promise
      if (!current()) return
      const restored = await restore(definition, partition, deskCount, store, clock, codeVersion, limits.core)
      if (!current()) return
      for (const [identity, reason] of distrusted.get(id) ?? []) restored.core.distrust(identity, reason)
      await writeArchive(restored.core.unarchived())
      const bounds = await boundsOf(partition)
      const state = restored.core.state()
      checkPositions(id, state, bounds)
      const desk: Desk = {
        partition,
        id,
        epoch,
        phase: 'loading',
        core: restored.core,
        inbox: createInbox(definition.name, partition, inputs, state, limits.inboxBytes, () => member.ship, witness),
        publishedThrough: restored.publishedThrough,
        drafted: undefined,
        fetching: false,
        inserting: false,
        entriesSinceSnapshot: restored.folded,
        bytesSinceSnapshot: restored.foldedBytes,
        lastTickAt: 0,
      }
      if (!current()) return
      restored.core.archiveAcknowledged(restored.core.unarchived())
      held.set(partition, desk)
      await checkHead(desk, bounds, current)
      if (!current()) return
      for (const entry of restored.unpublished) publish(desk, entry, new Map())
      const fence = desk.core.draft([], new Map(), metaOf(desk))
      desk.drafted = fence
      desk.phase = 'running'
      desk.inbox.start(bounds)
      witness.say('info', 'desk-taken-over', {
        desk: id,
        sequence: state.sequence,
        folded: restored.folded,
        republished: restored.unpublished.length,
        ms: clock.now() - startedAt,
      })
      wake()
    } catch (error) {
      if (!current()) return
      if (error instanceof Halted) return halt(held.get(partition)!, error)
      witness.say('warn', 'takeover-retried', { desk: id, attempt, error: String(error) })
      void takeOver(partition, attempt + 1)
    }
  }

  const jitter = (attempt: number): number =>
    Math.min(5_000, 100 * 2 ** attempt) * (0.5 + ((clock.now() * 7919) % 1000) / 2000)

  const boundsOf = async (partition: number): Promise<Map<string, { low: number; high: number }>> => {
    const found = new Map<string, { low: number; high: number }>()
    for (const topic of [...inputs, heads]) {
      const bounds = (await log.bounds(topic)).get(partition)
      if (!bounds) throw new Halted('partition-missing', `${topic} has no partition ${partition}`)
      found.set(topic, bounds)
    }
    return found
  }

  /** Positions are never reset: outside the log means a person decides. */
  const checkPositions = (
    id: string,
    state: { next: ReadonlyMap<string, number> },
    bounds: ReadonlyMap<string, { low: number; high: number }>,
  ): void => {
    for (const topic of inputs) {
      const { low, high } = bounds.get(topic)!
      const next = state.next.get(topic) ?? 0
      if (next < low)
        throw new Halted(
          'log-trimmed',
          `${id} is at ${next} of ${topic}, whose first record is ${low}: rebuild the topic from its writers' journals`,
        )
      if (next > high)
        throw new Halted(
          'log-behind',
          `${id} is at ${next} of ${topic}, which ends at ${high}: the log was lost; rebuild it from the journals`,
        )
    }
  }

  /** The last head on the log says how far this desk has written: a journal behind it was restored from an old backup. */
  const checkHead = async (
    desk: Desk,
    bounds: ReadonlyMap<string, { low: number; high: number }>,
    current: () => boolean,
  ): Promise<void> => {
    const { low, high } = bounds.get(heads)!
    if (high <= low) return
    const place = { topic: heads, partition: desk.partition }
    const record = await desk.inbox.readOne(place, high - 1, clock, current)
    if (!record) return
    const head = headOf(record)
    const state = desk.core.state()
    if (head && Number(head.sequence) > state.sequence) {
      // The owner before us may have written on after we read the journal; only an entry that is not there is a loss.
      if (await store.entry(desk.id, Number(head.sequence)))
        throw new Error(`the journal of ${desk.id} has moved on to ${head.sequence}`)
      throw new Halted(
        'journal-behind',
        `${desk.id} ends at ${state.sequence}, the log knows ${head.sequence}: rebuild the journal's tail from the log`,
      )
    }
    if (head && Number(head.sequence) === state.sequence && !sameBytes(head.hash, state.entryHash)) {
      throw new Halted('journal-differs', `${desk.id}@${state.sequence} is not the entry whose head is on the log`)
    }
  }

  const halt = (desk: Desk, error: Halted): void => {
    desk.phase = 'halted'
    desk.epoch = ++epochs
    witness.say('error', 'desk-halted', { desk: desk.id, code: error.code, detail: error.message })
    witness.count('desks_halted_total', 1, { ...label, code: error.code })
  }

  // ---- taking in ---------------------------------------------------------------------------------------------------

  const onBatch = (batch: Batch): void => {
    const desk = held.get(batch.partition)
    if (!desk?.inbox) return
    if (batch.topic === heads) return desk.inbox.takeHead(batch)
    if (desk.phase !== 'running') return
    try {
      if (desk.inbox.take(batch)) wake()
    } catch (error) {
      if (error instanceof Halted) return halt(desk, error)
      throw error
    }
  }

  // ---- deciding ----------------------------------------------------------------------------------------------------

  const metaOf = (desk: Desk) => ({ at: clock.now(), owner, codeVersion, publishedThrough: desk.publishedThrough })

  let awake = false
  /** Schedules a round: what has arrived until then shares it. */
  const wake = (): void => {
    if (awake || stopped) return
    awake = true
    clock.soon(() => {
      awake = false
      decideAll()
      if (!penBusy) void pen()
    })
  }

  const stepsFor = (desk: Desk): Step[] => {
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

  const decideAll = (): void => {
    for (const desk of held.values()) {
      if (desk.phase !== 'running' || desk.drafted || desk.fetching) continue
      const steps = stepsFor(desk)
      if (steps.length === 0) continue
      const { fetch, pinned } = desk.core.wanted(steps)
      if (fetch.length === 0) decide(desk, steps, pinned)
      else void fetchThenDecide(desk, steps, fetch, pinned)
    }
  }

  const fetchThenDecide = async (
    desk: Desk,
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
      decide(desk, steps, fetched)
      if (!penBusy) void pen()
    } catch (error) {
      if (desk.epoch !== epoch) return
      desk.fetching = false
      witness.say('warn', 'archive-unreadable', { desk: desk.id, error: String(error) })
      await clock.sleep(200)
      wake()
    }
  }

  const decide = (desk: Desk, steps: readonly Step[], fetched: ReadonlyMap<string, Uint8Array>): void => {
    try {
      const drafted = desk.core.draft(steps, fetched, metaOf(desk))
      let records = 0
      for (let i = 0; i < drafted.taken; i++) if (steps[i]!.kind === 'record') records += 1
      desk.inbox.drop(records)
      desk.drafted = drafted
    } catch (error) {
      if (error instanceof Halted) return halt(desk, error)
      if (!(error instanceof Undecidable)) throw error
      // The state is spoilt; it is loaded anew, and this one record becomes a dead letter.
      witness.say('error', 'undecidable', { desk: desk.id, identity: error.identity, error: error.message })
      const known = distrusted.get(desk.id) ?? new Map<string, string>()
      distrusted.set(desk.id, known.set(error.identity, error.message))
      void reload(desk)
    }
  }

  /** Waits for the entry on its way, then takes the desk over again from the journal. */
  const reload = async (desk: Desk): Promise<void> => {
    desk.phase = 'loading'
    const { epoch } = desk
    desk.drafted = undefined
    while (desk.inserting && desk.epoch === epoch && !stopped) await clock.sleep(5)
    if (desk.epoch === epoch) void takeOver(desk.partition)
  }

  // ---- writing -----------------------------------------------------------------------------------------------------

  /** One insert at a time for the whole office; per desk, entry N+1 goes only after N is acknowledged. */
  const pen = async (): Promise<void> => {
    penBusy = true
    try {
      for (;;) {
        const batch = [...held.values()].filter((desk) => desk.drafted && desk.phase === 'running')
        if (batch.length === 0 || stopped) return
        const drafts = batch.map((desk) => ({ desk, epoch: desk.epoch, drafted: desk.drafted! }))
        for (const { desk } of drafts) {
          desk.drafted = undefined
          desk.inserting = true
        }
        const results = insertSurely(drafts.map(({ drafted }) => drafted.entry))
        // Deciding runs ahead while the database works.
        decideAll()
        const written = await results
        drafts.forEach(({ desk, epoch, drafted }, index) => {
          desk.inserting = false
          if (desk.epoch === epoch) settle(desk, drafted, written[index]!)
        })
        decideAll()
      }
    } finally {
      penBusy = false
    }
  }

  /** An unknown result is asked again with the same bytes until it is known; a taken number may be our own. */
  const insertSurely = async (entries: readonly JournalEntry[]): Promise<readonly ('ours' | 'theirs')[]> => {
    for (let attempt = 0; ; attempt++) {
      try {
        const results = await store.insert(entries)
        return await Promise.all(entries.map((entry, i) => (results[i] === 'inserted' ? 'ours' : whose(entry))))
      } catch (error) {
        if (stopped) return entries.map(() => 'theirs')
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

  const settle = (desk: Desk, drafted: Drafted, written: 'ours' | 'theirs'): void => {
    if (written === 'theirs') {
      witness.say('warn', 'desk-lost', { desk: desk.id, sequence: drafted.entry.sequence })
      witness.count('desks_lost_total', 1, label)
      desk.phase = 'loading'
      void takeOver(desk.partition, 1)
      return
    }
    const { entry, turn } = drafted
    desk.entriesSinceSnapshot += 1
    desk.bytesSinceSnapshot += entry.body.length
    witness.count('entries_total', 1, label)
    witness.count('records_total', turn.records.length, label)
    witness.count('facts_total', turn.facts.length, label)
    witness.count('journal_bytes_total', entry.body.length, label)
    publish(desk, entry, turn.replies)
    if (turn.closed.size > 0) void archive(desk, archiveOf(turn))
    if (
      desk.entriesSinceSnapshot >= limits.snapshotEveryEntries ||
      desk.bytesSinceSnapshot >= limits.snapshotEveryBytes
    ) {
      desk.entriesSinceSnapshot = 0
      desk.bytesSinceSnapshot = 0
      snapshots.request(desk.partition)
    }
  }

  const publish = (desk: Desk, entry: JournalEntry, answers: Drafted['turn']['replies']): void => {
    const { epoch } = desk
    publisher.push({
      records: recordsOf(definition.name, desk.partition, entry),
      wanted: () => desk.epoch === epoch && desk.phase !== 'dropped',
      published: () => {
        if (desk.epoch === epoch) desk.publishedThrough = Math.max(desk.publishedThrough, entry.sequence)
        for (const [address, outcomes] of answers) replies.deliver(address, outcomes)
      },
    })
  }

  const writeArchive = async (items: readonly ArchivedItem[]): Promise<void> => {
    if (items.length > 0) await store.archive(definition.name, items)
  }

  const archive = async (desk: Desk, items: readonly ArchivedItem[]): Promise<void> => {
    const { epoch } = desk
    for (let attempt = 0; desk.epoch === epoch && !stopped; attempt++) {
      try {
        await writeArchive(items)
        if (desk.epoch === epoch) desk.core.archiveAcknowledged(items)
        return
      } catch (error) {
        witness.say('warn', 'archive-unwritten', { desk: desk.id, attempt, error: String(error) })
        await clock.sleep(Math.min(5_000, 50 * 2 ** attempt))
      }
    }
  }

  // ---- the day -----------------------------------------------------------------------------------------------------

  const ticking = async (): Promise<void> => {
    while (!stopped) {
      await clock.sleep(limits.tickEveryMs)
      const now = clock.now()
      for (const desk of held.values()) {
        if (desk.phase === 'running' && desk.core.due(now, 1).length > 0) {
          wake()
          break
        }
      }
    }
  }

  member.ship = await log.join({
    group: `triflow.${definition.name}`,
    topics: [...inputs, heads],
    onAssigned,
    onBatch,
    onRevoked,
  })
  admitted.resolve()
  if (definition.wakeAt) void ticking()

  return {
    ready: () => joined && [...held.values()].every((desk) => desk.phase === 'running'),
    phases: () => new Map([...held.values()].map((desk) => [desk.id, desk.phase])),
    stop: async () => {
      await member.ship?.leave()
      for (let waited = 0; waited < 5_000 && (penBusy || !publisher.idle()); waited += 10) await clock.sleep(10)
      stopped = true
      publisher.stop()
      snapshots.stop()
      for (const desk of [...held.values()]) drop(desk)
    },
  }
}
