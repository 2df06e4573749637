/**
 * Which desks this process holds: taken over when they are assigned, kept or taken over again after a rebalance, loaded
 * anew when memory cannot be trusted, halted when a person must decide, dropped when they go to another process.
 */
import { Halted, type Undecidable } from './core.ts'
import { createInbox } from './inbox.ts'
import { boundsOf, checkHead, checkPositions } from './log-checks.ts'
import type { HeldDesk, Premises } from './premises.ts'
import { deskId } from './record.ts'
import type { Round } from './round.ts'
import { restore } from './takeover.ts'

export interface Assignment {
  /** By partition. */
  readonly held: ReadonlyMap<number, HeldDesk>
  readonly onAssigned: (partitions: readonly number[]) => void
  readonly onRevoked: () => void
  /** Another owner has written the desk's next entry: taken over again, from the new tail. */
  readonly lost: (desk: HeldDesk) => void
  /** A record made the desk's rule throw, which spoilt its state: loaded anew, without trust in that record. */
  readonly spoilt: (desk: HeldDesk, by: Undecidable) => void
  /** A person must decide: the desk does nothing more in this process until it is assigned again. */
  readonly halt: (desk: HeldDesk, error: Halted) => void
  /** Every assigned desk has been taken over and none has stopped. */
  readonly ready: () => boolean
  readonly dropAll: () => void
}

export const openAssignment = (premises: Premises, round: Pick<Round, 'fence' | 'publish' | 'wake'>): Assignment => {
  const { desk: definition, desks: deskCount, store, clock, witness, codeVersion, inputs, limits } = premises
  const { membership, admitted, stopped } = premises
  const held = new Map<number, HeldDesk>()
  /** By desk: identities of records that made its rule throw, and why. */
  const distrusted = new Map<string, Map<string, string>>()
  let epochs = 0
  let joined = false

  const onAssigned = (partitions: readonly number[]): void => {
    joined = true
    const kept = new Set(partitions)
    for (const desk of held.values()) {
      if (!kept.has(desk.partition)) drop(desk)
    }
    for (const partition of partitions) {
      const desk = held.get(partition)
      if (desk?.phase === 'running') keep(desk)
      else void takeOver(partition)
    }
  }

  const onRevoked = (): void => {
    // Nothing is dropped yet: until another owner writes, the pen is still ours, and the fence decides.
    joined = false
  }

  /**
   * After a rebalance that left us this desk: memory is good only if our last entry is still the tail, and what proves it
   * is the next one. A look would not do: an owner between may have an entry on its way that nobody can see yet.
   */
  const keep = (desk: HeldDesk): void => {
    // A draft that waits for the pen, or for archived items, proves the same.
    if (!desk.drafted && !desk.fetching) round.fence(desk)
    for (const topic of inputs) membership()?.seek({ topic, partition: desk.partition }, desk.inbox.expected(topic))
    desk.inbox.resume()
    round.wake()
  }

  /**
   * Restores the desk from its journal, checks it against the log, publishes again what is not known to be published,
   * drafts the entry that fences the old owner off, and lets the inputs flow. Tried again until it succeeds or halts.
   */
  const takeOver = async (partition: number, attempt = 0): Promise<void> => {
    const epoch = ++epochs
    const id = deskId(definition.name, partition)
    const before = held.get(partition)
    if (before) before.epoch = -1
    const startedAt = clock.now()
    const placeholder = { partition, id, epoch, phase: 'loading' } as HeldDesk
    held.set(partition, placeholder)
    const current = (): boolean => !stopped() && held.get(partition)?.epoch === epoch
    try {
      if (attempt > 0) await clock.sleep(jitter(attempt))
      // An assignment may come before joining has returned; without the membership nothing could be sought.
      await admitted
      if (!current()) return
      const restored = await restore(definition, partition, deskCount, store, clock, codeVersion, limits.core)
      if (!current()) return
      for (const [identity, reason] of distrusted.get(id) ?? []) restored.core.distrust(identity, reason)
      const unarchived = restored.core.unarchived()
      if (unarchived.length > 0) await store.archive(definition.name, unarchived)
      const bounds = await boundsOf(premises, partition)
      const state = restored.core.state()
      checkPositions(premises, id, state, bounds)
      const desk: HeldDesk = {
        partition,
        id,
        epoch,
        phase: 'loading',
        core: restored.core,
        inbox: createInbox(definition.name, partition, inputs, state, limits.inboxBytes, membership, witness),
        publishedThrough: restored.publishedThrough,
        drafted: undefined,
        captured: undefined,
        fetching: false,
        inserting: false,
        entriesSinceSnapshot: restored.folded,
        bytesSinceSnapshot: restored.foldedBytes,
        snapshot: restored.snapshot,
        savingSnapshot: false,
        lastTickAt: 0,
      }
      if (!current()) return
      restored.core.archiveAcknowledged(restored.core.unarchived())
      held.set(partition, desk)
      await checkHead(premises, desk, bounds, current)
      if (!current()) return
      for (const entry of restored.unpublished) round.publish(desk, entry, new Map())
      round.fence(desk)
      desk.phase = 'running'
      desk.inbox.start(bounds)
      witness.say('info', 'desk-taken-over', {
        desk: id,
        sequence: state.sequence,
        folded: restored.folded,
        republished: restored.unpublished.length,
        ms: clock.now() - startedAt,
      })
      round.wake()
    } catch (error) {
      if (!current()) return
      if (error instanceof Halted) return halt(held.get(partition)!, error)
      witness.say('warn', 'takeover-retried', { desk: id, attempt, error: String(error) })
      void takeOver(partition, attempt + 1)
    }
  }

  const jitter = (attempt: number): number =>
    Math.min(5_000, 100 * 2 ** attempt) * (0.5 + ((clock.now() * 7919) % 1000) / 2000)

  const lost = (desk: HeldDesk): void => {
    desk.phase = 'loading'
    void takeOver(desk.partition, 1)
  }

  /** Once the state was loaded anew, this one record becomes a dead letter. */
  const spoilt = (desk: HeldDesk, { identity, message }: Undecidable): void => {
    witness.say('error', 'undecidable', { desk: desk.id, identity, error: message })
    const known = distrusted.get(desk.id) ?? new Map<string, string>()
    distrusted.set(desk.id, known.set(identity, message))
    void reload(desk)
  }

  /** Waits for the entry on its way, then takes the desk over again from the journal. */
  const reload = async (desk: HeldDesk): Promise<void> => {
    desk.phase = 'loading'
    const { epoch } = desk
    desk.drafted = undefined
    while (desk.inserting && desk.epoch === epoch && !stopped()) await clock.sleep(5)
    if (desk.epoch === epoch) void takeOver(desk.partition)
  }

  const halt = (desk: HeldDesk, error: Halted): void => {
    desk.phase = 'halted'
    desk.epoch = ++epochs
    witness.say('error', 'desk-halted', { desk: desk.id, code: error.code, detail: error.message })
    witness.count('desks_halted_total', 1, { desk: definition.name, code: error.code })
  }

  const drop = (desk: HeldDesk): void => {
    desk.phase = 'dropped'
    desk.epoch = ++epochs
    held.delete(desk.partition)
  }

  return {
    held,
    onAssigned,
    onRevoked,
    lost,
    spoilt,
    halt,
    ready: () => joined && [...held.values()].every((desk) => desk.phase === 'running'),
    dropAll: () => {
      for (const desk of [...held.values()]) drop(desk)
    },
  }
}
