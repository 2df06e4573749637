/** Two instances of the financing service share its desks; one that was paused too long has nothing more to say. */
import { randomUUID } from 'node:crypto'
import { openSync, readFileSync, closeSync } from 'node:fs'
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  deskId,
  openEntry,
  recordsOf,
  fingerprint,
  headerText,
  readTopics,
  type EntryBody,
  type JournalEntry,
} from '@triflow/desk'
import { factsTopic, header, headsTopic, toldBy } from '@triflow/contracts'
import { connectMongo, openKafkaLog, openStore, systemClock } from '@triflow/platform'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, openWorld, stateFor, type PrivateWorld } from './chaos/world.ts'
import { openDoor, type Door } from './client/door.ts'
import { runDemo } from './demo/job.ts'
import { silentProgress } from './report/progress.ts'
import { runVerify } from './verify/command.ts'

const silent = { say: () => {}, count: () => {}, observe: () => {} }
const root = join(import.meta.dirname, '../../..')

/** The group's patience with a silent member is 6 s. */
const PAUSED_MS = 9_000
const DESKS = 4
const kinds = ['financing.trade', 'financing.obligor'] as const
const deskIds = kinds.flatMap((kind) => Array.from({ length: DESKS }, (_, partition) => deskId(kind, partition)))

interface LogLine {
  readonly atMs: number
  readonly event: string
  readonly group?: string
  readonly partitions?: readonly number[]
}

/** A second financing service with ports of its own, as a second machine would run it. */
const startSecond = async (world: PrivateWorld, instance: string) => {
  const logFile = join(world.state, 'logs', 'financing-second.log')
  const log = openSync(logFile, 'a')
  const child: ChildProcess = spawn(world.world.node, [join(root, 'services/financing/src/main.ts')], {
    env: {
      ...world.env,
      TRIFLOW_GRPC_PORT: '0',
      TRIFLOW_ADMIN_PORT: '0',
      TRIFLOW_INSTANCE: instance,
      TRIFLOW_DESKS: String(DESKS),
    },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const lines = (): LogLine[] =>
    readFileSync(logFile, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => {
        const parsed = JSON.parse(line) as { time: string } & Omit<LogLine, 'atMs'>
        return { ...parsed, atMs: Date.parse(parsed.time) }
      })
  return { pid: child.pid!, child, lines }
}

interface Written {
  readonly entry: JournalEntry
  readonly body: EntryBody
}

describe('two instances of the financing service', () => {
  let world: PrivateWorld
  let door: Door
  let second: Awaited<ReturnType<typeof startSecond>>
  const secondOwner = `financing@second-${randomUUID().slice(0, 8)}`

  const readJournals = async (): Promise<Map<string, Written[]>> => {
    const mongo = await connectMongo({ url: world.env.TRIFLOW_MONGO_URL!, clock: systemClock, witness: silent })
    try {
      const store = await openStore(mongo)
      const journals = new Map<string, Written[]>()
      for (const desk of deskIds) {
        const written: Written[] = []
        for (;;) {
          const page = await store.entries(desk, written.length + 1, 500)
          written.push(...page.map((entry) => ({ entry, body: openEntry(entry) })))
          if (page.length < 500) break
        }
        journals.set(desk, written)
      }
      return journals
    } finally {
      await mongo.close()
    }
  }

  const ownersNow = async (): Promise<Map<string, string>> =>
    new Map([...(await readJournals())].map(([desk, written]) => [desk, written.at(-1)?.body.owner ?? '']))

  const desksOfSecond = async (): Promise<string[]> =>
    [...(await ownersNow())].flatMap(([desk, owner]) => (owner === secondOwner ? [desk] : []))

  beforeAll(async () => {
    world = await openWorld(stateFor('two-instances'))
    door = openDoor(world.surroundings)
    second = await startSecond(world, secondOwner.slice('financing@'.length))
  }, 180_000)

  afterAll(async () => {
    second?.child.kill('SIGCONT')
    second?.child.kill('SIGKILL')
    await door?.close()
    await world?.erase()
  })

  it('share the desks of both kinds, and the paused one writes and publishes nothing until it is given desks again', async () => {
    await expect
      .poll(async () => (await desksOfSecond()).length, { timeout: 40_000, interval: 500 })
      .toBe(deskIds.length / 2)

    // Work for both, all the while.
    const demo = runDemo(door, { seed: 5, trades: 40 }, silentProgress)
    demo.catch(() => {})
    const worked = async () =>
      [...(await readJournals()).values()]
        .flat()
        .filter(({ body }) => body.owner === secondOwner && body.facts.length > 0).length
    expect(await eventually(async () => (await worked()) > 0, 60_000)).toBe(true)

    const lost = await desksOfSecond()
    const pausedAt = Date.now()
    process.kill(second.pid, 'SIGSTOP')
    await sleep(PAUSED_MS)
    // The first instance has all desks by now.
    expect(await eventually(async () => (await desksOfSecond()).length === 0, 20_000)).toBe(true)
    const resumedAt = Date.now()
    process.kill(second.pid, 'SIGCONT')

    const { result } = await demo
    expect(result.totals.trialBalanceMinor).toBe(0n)
    // It is a member again and works, which is the end of its exile.
    const givenAgain = (group: string): number =>
      second.lines().find(({ event, group: of, atMs }) => event === 'joined group' && of === group && atMs >= resumedAt)
        ?.atMs ?? Infinity
    for (const kind of kinds)
      expect(await eventually(() => givenAgain(`triflow.${kind}`) < Infinity, 30_000)).toBe(true)

    const journals = await readJournals()
    const byExile: string[] = []
    const handedOver: string[] = []
    for (const [desk, written] of journals) {
      const kind = kinds.find((one) => desk.startsWith(one))!
      written.forEach(({ entry, body }, index) => {
        const { sequence, at } = entry
        const tookOver = index === 0 || written[index - 1]!.body.owner !== body.owner
        // A pen changes hands by an empty entry that names its new owner, and by nothing else.
        if (tookOver && body.records.length + body.facts.length + body.inputs.length > 0)
          handedOver.push(`${desk}@${sequence}`)
        if (body.owner !== secondOwner || at < resumedAt) return
        if (lost.includes(desk) && at < givenAgain(`triflow.${kind}`))
          byExile.push(`${desk}@${sequence} at ${at - resumedAt} ms after waking`)
      })
      expect(
        written.some(({ body, entry }) => body.owner !== secondOwner && entry.at > pausedAt),
        `${desk} went on`,
      ).toBe(true)
    }
    expect(handedOver).toEqual([])
    expect(byExile).toEqual([])
  })

  it('leave on every topic only what the journals say, each record the same bytes however often it was sent', async () => {
    const known = new Map<string, string>()
    for (const [desk, written] of await readJournals()) {
      const kind = kinds.find((one) => desk.startsWith(one))!
      const partition = Number(desk.slice(-2))
      for (const { entry, body } of written)
        for (const record of recordsOf(kind, partition, entry, body))
          known.set(`${record.topic}/${record.partition} ${headerText(record, header.id)}`, fingerprint(record))
    }
    const log = await openKafkaLog({
      brokers: [world.world.engines.kafka.address],
      clientId: 'two-instances',
      clock: systemClock,
      witness: silent,
    })
    try {
      const topics = [
        ...kinds.flatMap((kind) => [factsTopic(kind), headsTopic(kind)]),
        toldBy('financing.trade', 'debtor'),
        toldBy('financing.obligor', 'order'),
        toldBy('financing.obligor', 'pair'),
        toldBy('financing.obligor', 'programme'),
      ]
      const strangers: string[] = []
      let seen = 0
      await readTopics(log, topics, (record) => {
        seen += 1
        const name = `${record.topic}/${record.partition} ${headerText(record, header.id)}`
        if (known.get(name) !== fingerprint(record)) strangers.push(name)
      })
      expect(seen).toBeGreaterThan(100)
      expect(strangers).toEqual([])
    } finally {
      await log.close()
    }
  })

  it('pass verify', async () => {
    const lines: string[] = []
    expect(await runVerify({ env: world.env, say: (line) => lines.push(line) }), lines.join('\n')).toBe(true)
  })
})
