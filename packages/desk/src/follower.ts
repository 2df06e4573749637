/** Keeps views: folds facts into documents, and tells a reader of a view whether it has come far enough. */
import type { Clock, Log, ReaderPosition, Views, Witness } from './ports.ts'
import { type AnyView, foldBatch, recentDocuments, type RecentDocuments } from './follower-fold.ts'
import { type Ends, isFolded, parseAtLeast, spreadOf } from './follower-wait.ts'
import { inputName, laneName } from './reader-numbering.ts'
import { openReader, type Halt, type Tenure, type Heard } from './reader.ts'

export interface ViewFollowerOptions {
  /** Name of the reader: its group on the log, and of its saved positions. */
  readonly reader: string
  readonly views: readonly AnyView[]
  readonly log: Log
  readonly store: Views
  readonly clock: Clock
  readonly witness: Witness
  readonly saveEveryMs?: number
  readonly random?: () => number
}

export interface ViewFollower {
  /** Positions of an assignment are loaded and it is being read. */
  ready(): boolean
  halted(): Halt | undefined
  /**
   * True once the view has folded everything that the position's desk said up to its number on the topics the view
   * hears (the rule is at `isFolded`); false at the deadline, or when the position is none.
   */
  waitFor(view: string, position: string, deadlineMs: number): Promise<boolean>
  /** True once everything is folded that the log held when this was called; false at the deadline. */
  caughtUp(deadlineMs: number): Promise<boolean>
  stop(): Promise<void>
}

/** Facts that come in such a row are written together: each write costs the store as much as many documents of one. */
const GATHER_MS = 100
/** Of one view, for facts that come close together: more of them only grow old, and the collector goes through all. */
const RECENT_MOST = 1_000
/** How often a partition that another instance reads is looked up in its saved position. */
const LOOK_UP_EVERY_MS = 50
/** Own progress mostly answers within this time; only then is the log asked where it ends. */
const ENDS_AFTER_MS = 30

export const openViewFollower = (options: ViewFollowerOptions): ViewFollower => {
  const { reader: name, views, log, store, clock, witness } = options
  const byName = new Map(views.map((view) => [view.name, view]))
  const topics = [...new Set(views.flatMap((view) => view.hears))].sort()
  const nothingKept = (): ReadonlyMap<string, RecentDocuments> =>
    new Map(views.map((view) => [view.name, recentDocuments(RECENT_MOST)]))
  let recent = nothingKept()
  let foldedIn = 0

  const hear = async (batch: readonly Heard[], tenure: Tenure): Promise<void> => {
    if (tenure.epoch !== foldedIn) {
      // Another instance may have folded these partitions meanwhile, further than what is kept here; and what the
      // assignment before still has on its way must not come in among what is known since.
      recent = nothingKept()
      foldedIn = tenure.epoch
    }
    const from = clock.now()
    const folded = await Promise.allSettled(views.map((view) => foldBatch(view, batch, store, recent.get(view.name)!)))
    // Only when none is under way any more may the batch be folded again.
    const failed = folded.find((one) => one.status === 'rejected')
    if (failed) throw failed.reason
    const written = folded.reduce((all, one) => all + (one.status === 'fulfilled' ? one.value : 0), 0)
    witness.count('triflow_view_documents', written, { reader: name })
    witness.count('triflow_view_facts', batch.length, { reader: name })
    witness.observe('triflow_view_batch_ms', clock.now() - from, { reader: name })
  }

  const reader = openReader({
    reader: name,
    topics,
    log,
    store,
    clock,
    witness,
    hear,
    gatherMs: GATHER_MS,
    ...(options.saveEveryMs === undefined ? {} : { saveEveryMs: options.saveEveryMs }),
    ...(options.random ? { random: options.random } : {}),
  })

  const endsOf = async (heard: readonly string[]): Promise<Ends> => {
    const ends = new Map<string, number>()
    const bounds = await Promise.all(heard.map(async (topic) => [topic, await log.bounds(topic)] as const))
    for (const [topic, partitions] of bounds)
      for (const [partition, { high }] of partitions) ends.set(inputName(topic, partition), high)
    return ends
  }

  /** Partitions of a topic are known once its ends are; until then only the desk's own partition can be judged. */
  const partitionsIn = (ends: Ends | undefined, topic: string): number[] => {
    const prefix = `${topic}/`
    return [...(ends?.keys() ?? [])]
      .filter((input) => input.startsWith(prefix))
      .map((input) => Number(input.slice(prefix.length)))
  }

  const nextProgress = async (): Promise<void> => {
    let unwatch = (): void => undefined
    await Promise.race([
      new Promise<void>((resolve) => (unwatch = reader.watch(resolve))),
      clock.sleep(LOOK_UP_EVERY_MS),
    ])
    unwatch()
  }

  type Handled = (partition: number) => Pick<ReaderPosition, 'next' | 'marks'> | undefined

  /** Asks `done` after each progress until it says yes; positions of others' partitions are read from the store. */
  const until = async (
    done: (handled: Handled, ends: Ends | undefined) => boolean,
    heard: readonly string[],
    others: (ends: Ends | undefined) => readonly number[],
    deadlineMs: number,
  ): Promise<boolean> => {
    const asked = clock.now()
    const deadline = asked + deadlineMs
    let ends: Ends | undefined
    let asking = false
    const elsewhere = new Map<number, ReaderPosition | undefined>()
    let lookedUp = Number.NEGATIVE_INFINITY
    for (;;) {
      if (done((partition) => reader.lanes().get(partition)?.handled ?? elsewhere.get(partition), ends)) return true
      const now = clock.now()
      if (now >= deadline) return false
      if (!ends && !asking && now - asked >= ENDS_AFTER_MS) {
        asking = true
        void endsOf(heard).then(
          (found) => (ends = found),
          () => (asking = false),
        )
      }
      const theirs = others(ends).filter((partition) => !reader.lanes().has(partition))
      if (theirs.length > 0 && now - lookedUp >= LOOK_UP_EVERY_MS) {
        lookedUp = now
        try {
          await Promise.all(
            theirs.map(async (partition) => elsewhere.set(partition, await store.position(laneName(name, partition)))),
          )
        } catch (error) {
          witness.say('warn', 'view-position-not-read', { reader: name, error: String(error) })
        }
      }
      await nextProgress()
    }
  }

  return {
    ready: reader.ready,
    halted: reader.halted,
    waitFor: async (viewName, position, deadlineMs) => {
      const view = byName.get(viewName)
      if (!view) throw new Error(`${name} keeps no view called ${viewName}`)
      const desk = parseAtLeast(position)
      if (!desk) return false
      const heard = view.hears.filter((topic) => spreadOf(desk, topic))
      const onlyOwn = heard.every((topic) => spreadOf(desk, topic) === 'own')
      return until(
        (handled, ends) => heard.every((topic) => isFolded(desk, topic, partitionsIn(ends, topic), handled, ends)),
        heard,
        (ends) =>
          onlyOwn
            ? [desk.partition]
            : [...new Set([desk.partition, ...heard.flatMap((topic) => partitionsIn(ends, topic))])],
        deadlineMs,
      )
    },
    caughtUp: (deadlineMs) =>
      until(
        (handled, ends) =>
          ends !== undefined &&
          topics.every((topic) =>
            partitionsIn(ends, topic).every((partition) => {
              const input = inputName(topic, partition)
              return (handled(partition)?.next[input] ?? 0) >= ends.get(input)!
            }),
          ),
        topics,
        (ends) => [...new Set(topics.flatMap((topic) => partitionsIn(ends, topic)))],
        deadlineMs,
      ),
    stop: reader.stop,
  }
}
