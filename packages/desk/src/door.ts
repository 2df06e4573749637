/** The way in: logs each command once, waits for what its desk decides, and answers a repeat with the same outcome. */
import { commandsTopic, type doorWire, partitionOfKey } from '@triflow/contracts'
import { badCommand, commandIdOf } from './door-checks.ts'
import { doorBounds, openLoad, type DoorBounds, type SentCommand } from './door-load.ts'
import { answerOf, outcomeOf, outcomesViewOf } from './door-outcomes.ts'
import { openPublisher } from './door-publisher.ts'
import type { Clock, KeyRecord, Keys, Log, Outcome, Views, Witness } from './ports.ts'
import { commandRecord } from './record.ts'

export interface DoorOptions {
  readonly desks: readonly { readonly name: string }[]
  readonly log: Log
  readonly keys: Keys
  /** Where the outcomes view is read. */
  readonly outcomes: Views
  readonly clock: Clock
  readonly witness: Witness
  /** Where desks reach this door with replies. */
  readonly address: string
  readonly outcomesView?: (desk: string) => string
  /** Desks of a kind that the cluster was created with. Left out, the log is asked, which somebody may have grown since. */
  readonly partitionsOf?: (desk: string) => number
  /** What may be in hand at once; more is turned away, not queued. */
  readonly bounds?: Partial<DoorBounds>
  readonly random?: () => number
}

export interface Door {
  /**
   * Answers in the order of the requests, each by its deadline. Never throws for what is asked. A call that is too much
   * at the moment is turned away whole (`Busy`), and nothing of it was written. What the service's own connectors report
   * (`ours`) is bounded by their pace and never turned away: what the bank said must not wait behind what others wish.
   */
  submit(requests: readonly doorWire.SubmitRequest[], ours?: boolean): Promise<doorWire.SubmitAnswer[]>
  /** Takes in what desks decided; outcomes that nobody here waits for are ignored. */
  settle(outcomes: readonly Outcome[]): void
  stop(): Promise<void>
}

/** One caller, until it is answered. */
interface Waiter {
  readonly request: doorWire.SubmitRequest
  readonly commandId: string
  readonly deadline: number
  readonly answered: (answer: doorWire.SubmitAnswer) => void
  /** What is told when the deadline comes now. */
  standing: 'claiming' | 'queued' | 'logged'
  open: boolean
  lookedUp: boolean
}

/** A command on its way, and everyone who waits for it. */
interface OnItsWay {
  readonly waiters: Set<Waiter>
  logged: boolean
}

const DEADLINE_DEFAULT_MS = 10_000
const DEADLINE_MAX_MS = 60_000
/** Deadlines are kept to about this much. */
const TICK_MS = 25
/** At a deadline the outcomes view is given this long to answer. */
const LOOK_UP_WITHIN_MS = 250
/** Claims on their way to the store at once. */
const ROUNDS_MAX = 4

const refusal = (status: string, code: string, detail: string, commandId = ''): doorWire.SubmitAnswer => ({
  status,
  code,
  detail,
  commandId,
  position: '',
  replayed: false,
  facts: [],
})

const sentAs = ({ request, commandId }: Waiter): SentCommand => ({ commandId, desk: request.desk })

const bytesOf = (requests: readonly doorWire.SubmitRequest[]): number =>
  requests.reduce((sum, { command }) => sum + command.length, 0)

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

export const openDoor = (options: DoorOptions): Door => {
  const { log, keys, outcomes, clock, witness, address } = options
  const desks = new Set(options.desks.map((desk) => desk.name))
  const viewOf = options.outcomesView ?? outcomesViewOf
  const publisher = openPublisher(log, clock, witness, options.random)
  const onTheirWay = new Map<string, OnItsWay>()
  const waiters = new Set<Waiter>()
  const partitionCounts = new Map<string, number>()
  let arriving: Waiter[] = []
  let rounds = 0
  let ticking = false
  let stopping = false

  const answer = (waiter: Waiter, given: doorWire.SubmitAnswer): void => {
    if (!waiter.open) return
    waiter.open = false
    waiters.delete(waiter)
    load.answered(waiter.request.command.length)
    const way = onTheirWay.get(waiter.commandId)
    way?.waiters.delete(waiter)
    if (way?.waiters.size === 0) onTheirWay.delete(waiter.commandId)
    witness.count('triflow_door_answers', 1, { status: given.status })
    waiter.answered(given)
  }

  /** Outcomes on record of these commands, which are no load any more; throws when the view cannot be read. */
  const recorded = async (asked: readonly SentCommand[]): Promise<ReadonlyMap<string, Outcome>> => {
    const byView = new Map<string, Set<string>>()
    for (const { desk, commandId } of asked) {
      const view = viewOf(desk)
      byView.set(view, (byView.get(view) ?? new Set()).add(commandId))
    }
    const found = new Map<string, Outcome>()
    await Promise.all(
      [...byView].map(async ([view, ids]) => {
        for (const [id, document] of await outcomes.load(view, [...ids])) found.set(id, outcomeOf(document))
      }),
    )
    for (const id of found.keys()) load.decided(id)
    return found
  }

  const load = openLoad({ ...doorBounds, ...options.bounds }, recorded, clock, witness)

  const expire = async (late: readonly Waiter[]): Promise<void> => {
    for (const waiter of late) waiter.lookedUp = true
    const known = await Promise.race([
      recorded(late.map(sentAs)).catch(() => undefined),
      clock.sleep(LOOK_UP_WITHIN_MS).then(() => undefined),
    ])
    for (const waiter of late) {
      // While its key is being claimed nobody knows whether this body is the one that the outcome belongs to.
      const outcome = waiter.standing === 'claiming' ? undefined : known?.get(waiter.commandId)
      if (outcome) answer(waiter, answerOf(outcome, false))
      else if (waiter.standing === 'logged')
        answer(waiter, refusal('pending', '', 'logged; not decided yet', waiter.commandId))
      else
        answer(
          waiter,
          refusal(
            'unavailable',
            'NotLogged',
            'not known to be logged in time; repeat with the same key',
            waiter.commandId,
          ),
        )
    }
  }

  const tick = async (): Promise<void> => {
    if (ticking) return
    ticking = true
    while (waiters.size > 0) {
      await clock.sleep(TICK_MS)
      const now = clock.now()
      const late = [...waiters].filter((waiter) => !waiter.lookedUp && waiter.deadline <= now)
      if (late.length > 0) void expire(late)
    }
    ticking = false
  }

  const partitionsFor = async (desk: string): Promise<number> => {
    const known = options.partitionsOf?.(desk) ?? partitionCounts.get(desk)
    if (known) return known
    const count = (await log.bounds(commandsTopic(desk))).size
    if (count === 0) throw new Error(`${commandsTopic(desk)} has no partitions`)
    partitionCounts.set(desk, count)
    return count
  }

  /** Puts a command on its way, or joins it when it already is; the waiter is there before the log is. */
  const send = (waiter: Waiter, command: KeyRecord, partitions: number): void => {
    if (!waiter.open) return
    waiter.standing = 'queued'
    const under = onTheirWay.get(command.id)
    if (under) {
      under.waiters.add(waiter)
      if (under.logged) waiter.standing = 'logged'
      return
    }
    const way: OnItsWay = { waiters: new Set([waiter]), logged: false }
    onTheirWay.set(command.id, way)
    const partition = partitionOfKey(Buffer.from(command.key, 'utf8'), partitions)
    const record = commandRecord(commandsTopic(command.desk), partition, {
      commandId: command.id,
      type: command.type,
      key: command.key,
      bytes: command.command,
      actor: command.actor,
      reply: address,
      traceparent: waiter.request.traceparent,
    })
    load.sent({ commandId: command.id, desk: command.desk })
    void publisher
      .publish(record, () => way.waiters.size > 0)
      .then((logged) => {
        way.logged = logged
        if (!logged) load.decided(command.id)
        if (logged) for (const waiting of way.waiters) waiting.standing = 'logged'
      })
  }

  const claimOf = ({ request, commandId }: Waiter): KeyRecord => ({
    id: commandId,
    bodyHash: request.bodyHash,
    desk: request.desk,
    key: request.key,
    type: request.type,
    command: request.command,
    actor: request.actor,
  })

  const take = async (admitted: readonly Waiter[]): Promise<void> => {
    const firsts = new Map<string, KeyRecord>()
    for (const waiter of admitted) if (!firsts.has(waiter.commandId)) firsts.set(waiter.commandId, claimOf(waiter))
    const claims = [...firsts.values()]
    const before = await keys.claim(claims)
    const held = new Map(claims.map((claim, at) => [claim.id, before[at] ?? claim]))
    const isRepeat = new Set(claims.filter((_, at) => before[at]).map(({ id }) => id))
    const counts = new Map<string, number>()
    for (const desk of new Set([...held.values()].map((record) => record.desk)))
      counts.set(desk, await partitionsFor(desk))

    const agreed = admitted.filter((waiter) => {
      if (sameBytes(held.get(waiter.commandId)!.bodyHash, waiter.request.bodyHash)) return true
      answer(
        waiter,
        refusal('conflict', 'IdempotencyKeyReused', 'the key was used before with another body', waiter.commandId),
      )
      return false
    })
    const repeats = agreed.filter((waiter) => isRepeat.has(waiter.commandId))
    const known =
      repeats.length > 0
        ? await recorded(repeats.map(sentAs)).catch(() => new Map<string, Outcome>())
        : new Map<string, Outcome>()
    for (const waiter of agreed) {
      const outcome = known.get(waiter.commandId)
      if (outcome) answer(waiter, answerOf(outcome, true))
      else {
        const command = held.get(waiter.commandId)!
        send(waiter, command, counts.get(command.desk)!)
      }
    }
  }

  /** Callers of one moment share a claim; a slow one holds up few others. */
  const takeIn = async (): Promise<void> => {
    if (rounds >= ROUNDS_MAX) return
    rounds++
    await new Promise<void>((resolve) => clock.soon(resolve))
    while (arriving.length > 0) {
      const admitted = arriving
      arriving = []
      try {
        await take(admitted)
      } catch (error) {
        witness.say('warn', 'door-unavailable', { error: String(error) })
        for (const waiter of admitted) {
          answer(
            waiter,
            refusal(
              'unavailable',
              'Unavailable',
              'a store or the log cannot be reached; repeat with the same key',
              waiter.commandId,
            ),
          )
        }
      }
    }
    rounds--
  }

  const submit = async (
    requests: readonly doorWire.SubmitRequest[],
    ours = false,
  ): Promise<doorWire.SubmitAnswer[]> => {
    const now = clock.now()
    const tooMuch = ours ? undefined : load.tooMuch(requests.length, bytesOf(requests))
    if (tooMuch) {
      witness.count('triflow_door_turned_away', requests.length)
      return requests.map(() => refusal('unavailable', 'Busy', tooMuch))
    }
    const answers = requests.map((request) => {
      const bad = badCommand(request, desks)
      if (bad) return refusal('rejected', 'BadCommand', bad)
      if (stopping) return refusal('unavailable', 'Stopping', 'this instance is going away')
      return new Promise<doorWire.SubmitAnswer>((answered) => {
        const waitMs = Math.min(request.deadlineMs > 0 ? request.deadlineMs : DEADLINE_DEFAULT_MS, DEADLINE_MAX_MS)
        const commandId = commandIdOf(request)
        const waiter: Waiter = {
          request,
          commandId,
          deadline: now + waitMs,
          answered,
          standing: 'claiming',
          open: true,
          lookedUp: false,
        }
        waiters.add(waiter)
        load.took(request.command.length)
        arriving.push(waiter)
      })
    })
    if (arriving.length > 0) {
      void tick()
      void takeIn()
    }
    const given = await Promise.all(answers)
    witness.observe('triflow_door_submit_ms', clock.now() - now)
    return given
  }

  return {
    submit,
    settle: (decided) => {
      for (const outcome of decided) {
        load.decided(outcome.commandId)
        const way = onTheirWay.get(outcome.commandId)
        if (way) for (const waiter of [...way.waiters]) answer(waiter, answerOf(outcome, false))
      }
    },
    stop: async () => {
      stopping = true
      await Promise.race([publisher.idle(), clock.sleep(2_000)])
      await expire([...waiters].filter((waiter) => !waiter.lookedUp))
    },
  }
}
