/** Days are sealed while the platform works through midnight: every entry lies in one day, and both days can be proven. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chainOf, checkAnchors, dayOf, keepSealed, prove, seal, SEAL_MARGIN_MS, type Sealer } from '@triflow/audit'
import { createMemoryAnchorFile, createMemoryAnchors } from '@triflow/audit/memory'
import { deskIds, type JournalEntry, type Witness } from '@triflow/desk'
import { memoryPorts } from '@triflow/desk/memory'
import { allDesks } from '@triflow/journeys/verify/desks'
import { afterAll, describe, expect, it } from 'vitest'
import { readJournals } from '../src/checks/journals.ts'
import { runSeed } from '../src/run.ts'
import { pump } from '../src/town/pump.ts'
import { serviceNames, type Town } from '../src/town/town.ts'

/** TRIFLOW_SEEDS=200 looks longer. */
const seeds = Number(process.env['TRIFLOW_SEEDS'] ?? 5)
/** An entry that comes too late for its day is rare: on it goes until everything was seen once. */
const MOST_SEEDS = 60
const FIRST_SEED = 1
const trades = 8
const long = { timeout: 3_600_000 }

const MIDNIGHT = Date.UTC(2026, 0, 6)
const [MONDAY, TUESDAY] = ['2026-01-05', '2026-01-06']
const DAYS_LATER = MIDNIGHT + 2 * 86_400_000
/** Entries of one desk that are written so shortly before midnight arrive only when the day has been sealed. */
const HELD_BACK_MS = 10_000
const ARRIVES_AT = MIDNIGHT + SEAL_MARGIN_MS + 20_000

const scratch = mkdtempSync(join(tmpdir(), 'triflow-midnight-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const verifier = join(import.meta.dirname, '../../audit/verify-proof.mjs')

interface Night {
  readonly anchors: ReturnType<typeof createMemoryAnchors>
  readonly file: ReturnType<typeof createMemoryAnchorFile>
  /** What the sealing of the services said that is no everyday matter. */
  readonly said: string[]
  /** When each entry came to be in the database, in virtual time. */
  readonly arrived: Map<string, number>
}

const desksOf = (service: string, desks: number): string[] =>
  allDesks.filter(({ name }) => name.startsWith(`${service}.`)).flatMap(({ name }) => deskIds(name, desks))

const sealerIn = (town: Town, { anchors, file }: Night, service: string, name: string): Sealer => {
  const { store, log, clock } = memoryPorts(town.engines, town.world.process(name))
  return { service, desks: desksOf(service, town.options.desks), store, log, clock, anchors, file }
}

/** Every service is sealed by two processes at once, as it is where two instances run. */
const openNight = (town: Town): Night => {
  const night: Night = { anchors: createMemoryAnchors(), file: createMemoryAnchorFile(), said: [], arrived: new Map() }
  const witness: Witness = {
    say: (level, event, details) => void (level === 'error' && night.said.push(`${event}: ${JSON.stringify(details)}`)),
    count: () => undefined,
    observe: () => undefined,
  }
  for (const service of serviceNames)
    for (const which of [1, 2]) keepSealed(sealerIn(town, night, service, `sealer-${which} of ${service}`), witness)
  let late = ''
  const { journal } = town.engines.database
  const insert = journal.set.bind(journal)
  journal.set = (id, entry) => {
    if (entry.at < MIDNIGHT && entry.at >= MIDNIGHT - HELD_BACK_MS && entry.desk.startsWith('financing.'))
      late ||= entry.desk
    if (entry.desk === late && town.world.now() < ARRIVES_AT) throw new Error(`${id} does not get through yet`)
    night.arrived.set(id, town.world.now())
    return insert(id, entry)
  }
  return night
}

/** The day in whose anchor each entry lies; fails when one lies in two. */
const daysIn = (night: Night, service: string): Map<string, string> => {
  const texts = [...night.anchors.texts].filter(([id]) => id.startsWith(`${service}@`)).map(([, text]) => text)
  const days = new Map<string, string>()
  for (const { day, desks } of chainOf(service, texts).anchors)
    for (const { desk, first, last } of desks)
      for (let sequence = first; sequence <= last; sequence++) {
        expect(days.get(`${desk}@${sequence}`), `${desk}@${sequence} in another day than ${day}`).toBeUndefined()
        days.set(`${desk}@${sequence}`, day)
      }
  return days
}

/** Proves financed claims until one has facts on both sides of midnight; an auditor checks each with nothing of ours. */
const proveAcross = async (town: Town, night: Night, seed: number): Promise<boolean> => {
  const journals = memoryPorts(town.engines, town.world.process('prover'))
  const services = serviceNames.map((service) => ({ service, desks: desksOf(service, town.options.desks) }))
  const anchorsFile = join(scratch, `anchors-${seed}.jsonl`)
  writeFileSync(anchorsFile, [...night.file.contents.values()].join(''))
  for (const { message } of readJournals(town).factsOf('ClaimFinanced')) {
    const claim = String(message.invoiceId)
    const { proof, notAnchored } = await pump(town, prove({ journals, anchors: night.anchors, services, claim }))
    expect(notAnchored, claim).toBe(0)
    const days = new Set(proof.facts.map(({ at }) => dayOf(Date.parse(at))))
    if (!days.has(MONDAY) || !days.has(TUESDAY)) continue
    const proofFile = join(scratch, `proof-${seed}.json`)
    writeFileSync(proofFile, JSON.stringify(proof))
    const checked = spawnSync(process.execPath, [verifier, proofFile, '--anchors', anchorsFile], { encoding: 'utf8' })
    expect(checked.stderr, claim).toBe('')
    expect(checked.stdout).toContain(`It holds: ${proof.facts.length} facts`)
    return true
  }
  return false
}

describe('a platform that works through midnight', () => {
  it(
    'seals every entry in one day, in the day of its writing unless it came too late, and both days can be proven',
    long,
    async () => {
      const seen = { monday: 0, tuesday: 0, late: 0, proven: 0, sealedMeanwhile: 0 }
      const isAllSeen = (): boolean => Object.values(seen).every((count) => count > 0)
      for (let told = 0; told < seeds || (told < MOST_SEEDS && !isAllSeen()); told++) {
        const seed = FIRST_SEED + told
        let night: Night | undefined
        const { town, findings } = await runSeed({
          seed,
          trades,
          beginsAt: MIDNIGHT - 2_000 - 1_500 * (seed % 7),
          spoil: (opened) => (night = openNight(opened)),
        })
        expect(findings.wrong, `seed ${seed}`).toEqual([])
        const { anchors, file, said, arrived } = night!
        expect(said, `seed ${seed}`).toEqual([])
        // What their own keepers have sealed by now, before anybody else does.
        seen.sealedMeanwhile += anchors.texts.size
        for (const service of serviceNames) {
          const sealer = sealerIn(town, night!, service, `late sealer of ${service}`)
          await pump(town, seal({ ...sealer, clock: { ...sealer.clock, now: () => DAYS_LATER } }))
        }
        const entries = [...town.engines.database.journal.values()]
        const days = new Map(serviceNames.flatMap((service) => [...daysIn(night!, service)]))
        expect(days.size, `seed ${seed}`).toBe(entries.length)
        for (const entry of entries) {
          const id = `${entry.desk}@${entry.sequence}`
          const [written, sealed] = [dayOf(entry.at), days.get(id)!]
          if (written === MONDAY) seen.monday += 1
          if (written === TUESDAY) seen.tuesday += 1
          if (written === sealed) continue
          seen.late += 1
          expect([written, sealed], id).toEqual([MONDAY, TUESDAY])
          expect(arrived.get(id), id).toBeGreaterThanOrEqual(MIDNIGHT + SEAL_MARGIN_MS)
        }
        const { log } = memoryPorts(town.engines, town.world.process('auditor of anchors'))
        const report = await pump(town, checkAnchors({ services: serviceNames, anchors, file, log }))
        const inOrder = (a: JournalEntry, b: JournalEntry): number => a.sequence - b.sequence
        for (const entry of entries.sort(inOrder)) report.take(entry)
        expect(report.finish(), `seed ${seed}`).toMatchObject({ entries: entries.length, untold: 0, differences: [] })
        if (await proveAcross(town, night!, seed)) seen.proven += 1
      }
      for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(0)
    },
  )
})
