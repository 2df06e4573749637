/** Two instances of the financing service share its desks; one that was paused too long has nothing more to say. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { deskId, recordsOf, fingerprint, headerText, readTopics } from '@triflow/desk'
import { factsTopic, header, headsTopic, toldBy } from '@triflow/contracts'
import { openKafkaLog, systemClock } from '@triflow/platform'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { desksOf, readJournals, seizedPens, writtenInExile } from './chaos/ownership.ts'
import { startSecond, type SecondInstance } from './chaos/second-instance.ts'
import { eventually, openWorld, stateFor, type PrivateWorld } from './chaos/world.ts'
import { openDoor, type Door } from './client/door.ts'
import { runDemo } from './demo/job.ts'
import { silentProgress } from './report/progress.ts'
import { runVerify } from './verify/command.ts'
import { silent } from './surroundings.ts'

/** The group's patience with a silent member is 6 s. */
const PAUSED_MS = 9_000
const DESKS = 4
const kinds = ['financing.trade', 'financing.obligor'] as const
const deskIds = kinds.flatMap((kind) => Array.from({ length: DESKS }, (_, partition) => deskId(kind, partition)))

describe('two instances of the financing service', () => {
  let world: PrivateWorld
  let door: Door
  let second: SecondInstance

  const readAll = () => readJournals(world.env.TRIFLOW_MONGO_URL!, kinds, DESKS)
  const desksOfSecond = async (): Promise<string[]> => desksOf(await readAll(), second.owner)

  beforeAll(async () => {
    world = await openWorld(stateFor('two-instances'))
    door = openDoor(world.surroundings)
    second = startSecond({ world, service: 'financing', name: `second-${randomUUID().slice(0, 8)}` })
  }, 180_000)

  afterAll(async () => {
    await second?.end()
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
      [...(await readAll()).values()].flat().filter(({ body }) => body.owner === second.owner && body.facts.length > 0)
        .length
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
    const givenAgain = (desk: string): number =>
      second.joinedAfter(`triflow.${kinds.find((kind) => desk.startsWith(kind))}`, resumedAt)
    for (const kind of kinds) expect(await eventually(() => givenAgain(kind) < Infinity, 30_000)).toBe(true)

    const journals = await readAll()
    for (const [desk, written] of journals)
      expect(
        written.some(({ body, entry }) => body.owner !== second.owner && entry.at > pausedAt),
        `${desk} went on`,
      ).toBe(true)
    expect(seizedPens(journals)).toEqual([])
    expect(writtenInExile(journals, { owner: second.owner, lost, wokeAt: resumedAt, givenAgain })).toEqual([])
  })

  it('leave on every topic only what the journals say, each record the same bytes however often it was sent', async () => {
    const known = new Map<string, string>()
    for (const [desk, written] of await readAll()) {
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
