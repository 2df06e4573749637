/** A service on engines of its own, which may be killed: the test brings a toy desk and speaks through the door. */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeMessage, factsTopic, type doorWire } from '@triflow/contracts'
import type { ViewDefinition } from '@triflow/desk'
import { enginesPrepared, nextFreePort, startKafka, startMongo, stopSupervised } from '@triflow/engines'
import { accept, reject, type AnyDesk, type DeskDefinition } from '@triflow/kernel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ServiceConfig } from './config.ts'
import { doorClient, type DoorClient } from './grpc/door-client.ts'
import type { ServiceView } from './mongo/views.ts'
import { runService, type Service } from './service.ts'

interface Register {
  readonly type: 'RegisterParty'
  readonly partyId: string
  readonly name: string
  readonly roles: string[]
  readonly country: string
  readonly clientKeys: string[]
}
type Registered = Omit<Register, 'type'> & { readonly type: 'PartyRegistered' }
interface Party {
  registered: boolean
}

/** Registers a party once. */
const partyDesk: DeskDefinition<Party, object, Register, never, never, Registered> = {
  name: 'party.party',
  initialState: () => ({ registered: false }),
  initialShared: () => ({}),
  decide: (input, state) => {
    if (input.kind !== 'command') return accept([])
    if (state.registered) return reject('PartyExists', input.command.partyId)
    return accept([{ ...input.command, type: 'PartyRegistered' }])
  },
  evolve: (state) => {
    state.registered = true
    return state
  },
  evolveShared: (shared) => shared,
  routes: (fact) => [{ topic: factsTopic('party.party'), key: fact.partyId }],
}

const definition: ViewDefinition<{ name: string; heard: bigint }> = {
  name: 'parties',
  hears: [factsTopic('party.party')],
  idsOf: (fact) => (fact.type === 'PartyRegistered' ? [String(fact.partyId)] : []),
  fold: (body, fact) => ({ name: String(fact.name), heard: (body?.heard ?? 0n) + 1n }),
  listedBy: ['name'],
}
const partiesView: ServiceView = { definition, fields: { name: String, heard: BigInt } }

const registering = (partyId: string, idempotencyKey = partyId, name = 'Acme'): doorWire.SubmitRequest => {
  const command = Buffer.from(
    encodeMessage({ type: 'RegisterParty', partyId, name, roles: ['buyer'], country: 'SE', clientKeys: [] } as {
      type: string
    }),
  )
  return {
    actor: 'operator',
    route: 'parties',
    idempotencyKey,
    bodyHash: createHash('sha256').update(command).digest(),
    desk: 'party.party',
    key: partyId,
    type: 'triflow.party.v1.RegisterParty',
    command,
    traceparent: '',
    deadlineMs: 20_000,
  }
}

const home = join(fileURLToPath(new URL('.', import.meta.url)), '../../../.triflow/engines')
const scratch = mkdtempSync(join(tmpdir(), 'triflow-service-'))

const engines = async () => {
  const [kafka, controller, mongo] = [
    await nextFreePort(31_000),
    await nextFreePort(31_200),
    await nextFreePort(31_400),
  ]
  const pidFile = (name: string): string => join(scratch, `${name}.pid`)
  const common = (name: string) => ({
    home,
    dataDir: join(scratch, name),
    logFile: join(scratch, `${name}.log`),
    pidFile: pidFile(name),
  })
  return {
    brokers: [`127.0.0.1:${kafka}`],
    mongoUrl: `mongodb://127.0.0.1:${mongo}/triflow`,
    kafka: {
      start: () => startKafka({ ...common('kafka'), port: kafka, controllerPort: controller }),
      kill: () => stopSupervised(pidFile('kafka'), { signal: 'SIGKILL' }),
    },
    mongo: {
      start: () => startMongo({ ...common('mongo'), port: mongo }),
      kill: () => stopSupervised(pidFile('mongo'), { signal: 'SIGKILL' }),
    },
  }
}

const admin = async (service: Service, path: string): Promise<string> => {
  const response = await fetch(`http://127.0.0.1:${service.adminPort}${path}`)
  return `${response.status} ${await response.text()}`.trim()
}

describe.skipIf(!enginesPrepared(home))('a service on real engines', { timeout: 120_000 }, () => {
  let world: Awaited<ReturnType<typeof engines>>
  const services: Service[] = []
  const doors: DoorClient[] = []

  const start = async (overrides: Partial<ServiceConfig> = {}): Promise<{ service: Service; door: DoorClient }> => {
    const { brokers, mongoUrl } = world
    const base = {
      brokers,
      mongoUrl,
      adminPort: 0,
      grpcPort: 0,
      host: '127.0.0.1',
      address: undefined,
      anchorsDir: undefined,
      member: undefined,
      desks: 4,
      logLevel: 'silent',
      codeVersion: 'test',
    } as const
    const config: ServiceConfig = { ...base, instance: `test-${services.length}`, ...overrides }
    const service = await runService({ name: 'party', desks: [partyDesk as AnyDesk], views: [partiesView] }, config)
    services.push(service)
    const door = doorClient(service.address)
    doors.push(door)
    return { service, door }
  }

  beforeAll(async () => {
    world = await engines()
  })
  afterAll(async () => {
    for (const door of doors) door.close()
    await Promise.all(services.map((service) => service.stop()))
    await Promise.all([world.kafka.kill(), world.mongo.kill()])
    rmSync(scratch, { recursive: true, force: true })
  }, 60_000)

  let first: Awaited<ReturnType<typeof start>>

  it('is alive but not ready while engines are down, and comes up when they do', async () => {
    first = await start()
    expect(await admin(first.service, '/livez')).toBe('200 alive')
    expect(await admin(first.service, '/readyz')).toBe('503 not ready: engines')
    await Promise.all([world.kafka.start(), world.mongo.start()])
    await first.service.untilReady()
    expect(await admin(first.service, '/readyz')).toBe('200 ready')
  })

  it('answers a command with what its desk decided, and a repeat with the same', async () => {
    const accepted = await first.door.submit(registering('acme'))
    expect(accepted).toMatchObject({ status: 'accepted', facts: ['PartyRegistered'], replayed: false })
    // From the view once it has folded the outcome, from the desk's own memory before.
    const repeated = await first.door.submit(registering('acme'))
    expect(repeated).toMatchObject({ status: 'accepted', position: accepted.position, facts: accepted.facts })
    expect(await first.door.submit(registering('acme', 'other-key'))).toMatchObject({
      status: 'rejected',
      code: 'PartyExists',
    })
    expect(await first.door.submit(registering('acme', 'acme', 'Another name'))).toMatchObject({ status: 'conflict' })
  })

  it('lets people read their own writes, amounts as decimal strings', async () => {
    const { position } = await first.door.submit(registering('bolt', 'bolt', 'Bolt AB'))
    const read = await first.door.read({ view: 'parties', id: 'bolt', atLeast: position, deadlineMs: 10_000 })
    expect(JSON.parse(read.json)).toEqual({ id: 'bolt', name: 'Bolt AB', heard: '1' })
    const listed = await first.door.list({
      view: 'parties',
      field: 'name',
      value: 'Bolt AB',
      limit: 1,
      after: '',
      atLeast: '',
      deadlineMs: 5_000,
    })
    expect(listed).toMatchObject({ json: [read.json], next: '' })
    expect(await first.door.read({ view: 'parties', id: 'nobody', atLeast: '', deadlineMs: 1_000 })).toMatchObject({
      found: false,
    })
    await expect(first.door.read({ view: 'secrets', id: 'x', atLeast: '', deadlineMs: 1_000 })).rejects.toThrow(
      /no view/,
    )
  })

  it('takes many commands at once', async () => {
    const answers = await first.door.submitMany(Array.from({ length: 500 }, (_, i) => registering(`bulk-${i}`)))
    expect(answers.filter(({ status }) => status === 'accepted')).toHaveLength(500)
  })

  it('refuses to start with another number of desks than the cluster was created with', async () => {
    const { service } = await start({ desks: 8 })
    await expect(service.done).rejects.toThrow(
      'This cluster was created with 4 desks of each kind, and TRIFLOW_DESKS says 8',
    )
    await service.stop()
  })

  it('shares desks with a second instance, whose door hears of commands that the first one judged', async () => {
    const second = await start()
    await second.service.untilReady()
    await first.service.untilReady()
    const answers = await second.door.submitMany(Array.from({ length: 40 }, (_, i) => registering(`shared-${i}`)))
    expect(answers.filter(({ status }) => status === 'accepted')).toHaveLength(40)
    await second.service.stop()
    await first.service.untilReady()
    expect(await first.door.submit(registering('after-the-second'))).toMatchObject({ status: 'accepted' })
  })

  it('goes on after the log was killed, and forgets nothing', async () => {
    await world.kafka.kill()
    const waiting = first.door.submit({ ...registering('during-the-outage'), deadlineMs: 45_000 })
    await world.kafka.start()
    const answer = await waiting
    // Logged or not when the log died, the same command again gets the one outcome.
    const settled =
      answer.status === 'accepted'
        ? answer
        : await first.door.submit({ ...registering('during-the-outage'), deadlineMs: 45_000 })
    expect(settled.status).toBe('accepted')
    expect(await first.door.submit(registering('acme'))).toMatchObject({ status: 'accepted', replayed: true })
  })

  it('goes on after the database was killed, and forgets nothing', async () => {
    await world.mongo.kill()
    const waiting = first.door.submit({ ...registering('without-a-store'), deadlineMs: 5_000 })
    await world.mongo.start()
    const answer = await waiting
    const settled =
      answer.status === 'accepted'
        ? answer
        : await first.door.submit({ ...registering('without-a-store'), deadlineMs: 45_000 })
    expect(settled.status).toBe('accepted')
    expect(await first.door.submit(registering('acme'))).toMatchObject({ status: 'accepted', replayed: true })
    await first.service.untilReady()
  })

  it('starts again from its journal', async () => {
    await first.service.stop()
    const again = await start()
    await again.service.untilReady()
    expect(await again.door.submit(registering('acme', 'yet-another-key'))).toMatchObject({
      status: 'rejected',
      code: 'PartyExists',
    })
  })
})
