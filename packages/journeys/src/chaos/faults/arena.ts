/** The world that faults are made on, one after another: opened once, healed after each, and judged each time. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openDoor, type Door } from '../../client/door.ts'
import { OPERATOR } from '../../client/keys.ts'
import { seeded, type Random } from '../../generator/random.ts'
import { keepAcknowledged, type Keeping } from '../acknowledged.ts'
import { openHistory, type Recorder } from '../history.ts'
import { openStage, type Stage } from '../honest-trade.ts'
import { openLagReader, type LagReader } from '../lag.ts'
import { openLinks, type Links } from '../proxy/links.ts'
import { startSecond, type SecondInstance } from '../second-instance.ts'
import { eventually, openWorld, parts, services, type Part, type PrivateWorld } from '../world.ts'
import { NotMade, type Arena } from './fault.ts'
import { probeOf } from './probe.ts'
import { storiesOn, underWay, type Stories } from './story.ts'

/** Of the brief: this long after the last fault is healed nothing is under way any more. */
export const HEALED_WITHIN_MS = 30_000
const SOON_MS = 30_000
const READY_ANSWER_MS = 3_000

export interface Ground {
  readonly world: PrivateWorld
  readonly links: Links
  readonly door: Door
  readonly stage: Stage
  readonly history: Recorder
  readonly historyFile: string
  close(): Promise<void>
}

/** A fresh world with every link through a proxy, and a cast on its stage. */
export const openGround = async (state: string, seed: number): Promise<Ground> => {
  const world = await openWorld(join(state, 'world'))
  const links = await openLinks(world.world, seeded(seed).fork('links'))
  world.reroute(links.seenBy)
  // The launcher starts services at the true addresses; through the proxies they are started by us.
  await world.restart(services)
  const historyFile = join(state, 'history.jsonl')
  const history = openHistory(historyFile)
  const door = openDoor({ ...world.surroundings, gatewayUrl: links.gatewayUrl })
  const stage = await openStage(door, `faults-${seed}`)
  return {
    world,
    links,
    door,
    stage,
    history,
    historyFile,
    close: async () => {
      await door.close()
      history.close()
      await links.close()
    },
  }
}

/** The same stage with callers whose words and answers are kept. */
const onStage = async (stage: Stage, door: Door): Promise<Stage> => {
  const { manufacturer, bank, carriers, suppliers } = stage.people
  const callers = new Map(
    await Promise.all(
      [manufacturer, bank, ...carriers, ...suppliers].map(
        async ({ partyId }) => [partyId, await door.as(partyId)] as const,
      ),
    ),
  )
  return { ...stage, players: { operator: await door.as(OPERATOR), of: (partyId) => callers.get(partyId)! } }
}

export interface Round {
  readonly arena: Arena
  readonly keeping: Keeping
  readonly stories: Stories
  readonly findings: string[]
  /** Until all is at rest again, in milliseconds; a finding when it takes too long. */
  recover(): Promise<number>
  /** Ends what the fault may have left behind. */
  heal(): Promise<void>
}

/** What one fault is given: its own trades, its own promises to keep, its own findings. */
export const openRound = async (
  { world, links, door, stage: bare, history }: Ground,
  name: string,
  trades: number,
  random: Random,
  say: (sentence: string) => void,
): Promise<Round> => {
  const keeping = keepAcknowledged(history.record(door))
  const stage = await onStage(bare, keeping.door)
  const stories = storiesOn(stage, name)
  const findings: string[] = []
  const began = Date.now()
  const seconds: SecondInstance[] = []
  const undone: (() => Promise<void> | void)[] = []

  const heal = async (): Promise<void> => {
    for (const undo of undone.splice(0).reverse()) await undo()
    links.heal()
    for (const part of parts) world.signal(part, 'SIGCONT')
    await Promise.all(seconds.splice(0).map((second) => second.end()))
    const engines: readonly Part[] = ['kafka', 'mongo']
    const dead = (among: readonly Part[]) => among.filter((part) => !world.lives(part))
    await Promise.all(dead(engines).map((part) => world.start(part)))
    await Promise.all(dead(services).map((part) => world.start(part)))
  }

  const arena: Arena = {
    world,
    links,
    stage,
    random,
    history,
    openStage: (programmeId, limitMinor) => openStage(keeping.door, programmeId, limitMinor),
    probe: probeOf(stage, links.gatewayUrl, name, history),
    play: (count = trades) => stories.play(count),
    load: () => stories.load(),
    demand: (holds, otherwise) => {
      if (!holds) findings.push(otherwise)
    },
    say,
    second: (options) => {
      const second = startSecond({
        ...options,
        name: `second-${name}-${seconds.length + 1}-${began.toString(36)}`,
        world,
      })
      seconds.push(second)
      return second
    },
    killFor: async (victims, downMs) => {
      await world.kill(victims)
      await sleep(downMs)
      await Promise.all(victims.map((victim) => world.start(victim)))
    },
    logged: (service) => world.logOf(service).filter(({ time }) => Date.parse(String(time)) >= began),
    readiness: async (service) => {
      const url = `${world.adminUrl(service)}/readyz`
      const answer = await fetch(url, { signal: AbortSignal.timeout(READY_ANSWER_MS) }).catch(() => undefined)
      return answer ? `${answer.status} ${(await answer.text()).trim()}` : 'no answer'
    },
    afterwards: (undo) => {
      undone.push(undo)
    },
    heal,
    sleep: (ms) => sleep(ms),
    soon: async (what, happening, withinMs = SOON_MS) => {
      const over = new AbortController()
      const late = sleep(withinMs, undefined, { signal: over.signal }).then(() => {
        throw new NotMade(`${what} did not happen within ${withinMs / 1000} s`)
      })
      late.catch(() => {})
      try {
        return await Promise.race([happening, late])
      } finally {
        over.abort()
      }
    },
    until: async (what, holds, withinMs = SOON_MS) => {
      if (!(await eventually(holds, withinMs))) throw new NotMade(`${what} was not seen within ${withinMs / 1000} s`)
    },
  }

  const stillOpen = async (lag: LagReader): Promise<string[]> => {
    const claims = await underWay(stage, stories.trades)
    if (claims.length > 0) return claims
    return (await lag.behind()).map(({ desk, topic, records }) => `${desk} is ${records} behind on ${topic}`)
  }

  /** What is under way when it is over: nothing, or what there still is at the end of the time. */
  const untilAtRest = async (end: number): Promise<string[]> => {
    const lag = await openLagReader(world.env)
    try {
      let open = await stillOpen(lag)
      while (open.length > 0 && Date.now() < end) {
        await sleep(200)
        open = await stillOpen(lag)
      }
      return open
    } finally {
      await lag.close()
    }
  }

  return {
    arena,
    keeping,
    stories,
    findings,
    heal,
    recover: async () => {
      const healedAt = Date.now()
      const end = healedAt + HEALED_WITHIN_MS
      const late = sleep(HEALED_WITHIN_MS, 'late' as const)
      const spoken = await Promise.race([
        Promise.all([stories.said(), world.allReady(HEALED_WITHIN_MS)]).then(
          () => 'spoken' as const,
          (error: Error) => {
            findings.push(`after healing: ${error.message}`)
            return 'failed' as const
          },
        ),
        late,
      ])
      if (spoken === 'late')
        findings.push(`${HEALED_WITHIN_MS / 1000} s after healing, clients were still not answered`)
      const open = spoken === 'spoken' ? await untilAtRest(end) : []
      const tookMs = Date.now() - healedAt
      if (open.length > 0)
        findings.push(
          `${HEALED_WITHIN_MS / 1000} s after healing something is under way: ${open.slice(0, 4).join('; ')}`,
        )
      return tookMs
    },
  }
}
