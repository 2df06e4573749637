/** The demo as people run it: a month of trade through the public doors of a fresh world, and the same month again. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withJournals } from './audit/engines.ts'
import { exportJournal } from './audit/export-command.ts'
import { proveClaim } from './audit/prove-command.ts'
import { sealServices } from './audit/seal-command.ts'
import { openWorld, stateFor, type PrivateWorld } from './chaos/world.ts'
import { openDoor, type Door } from './client/door.ts'
import { runDemo } from './demo/job.ts'
import type { DemoResult } from './demo/summary.ts'
import { silentProgress } from './report/progress.ts'
import { tokenFor } from './token.ts'
import { tellTrade } from './trade.ts'
import { runVerify } from './verify/command.ts'

const verifier = join(import.meta.dirname, '../../audit/verify-proof.mjs')

const options = { seed: 5, trades: 60 }

/** The stand-alone verifier, as an auditor runs it. */
const verifyProof = (world: PrivateWorld, ...args: string[]) =>
  spawnSync(process.execPath, [verifier, ...args, '--anchors', world.env.TRIFLOW_ANCHORS_DIR!], { encoding: 'utf8' })

describe('the demo', () => {
  let world: PrivateWorld
  let door: Door
  let result: DemoResult

  beforeAll(async () => {
    world = await openWorld(stateFor('journey-demo'))
    door = openDoor(world.surroundings)
  }, 180_000)

  afterAll(async () => {
    await door?.close()
    await world?.erase()
  })

  it('plays a month of orders, deliveries, invoices and payments', async () => {
    ;({ result } = await runDemo(door, options, silentProgress))
    const { totals } = result
    expect(totals.orders).toBe(options.trades)
    expect(totals.financed).toBeGreaterThan(40)
    expect(totals.invoicesSettled).toBeGreaterThan(5)
    expect(totals.receiptsExplained.map(({ code }) => code)).toContain('reference')
  })

  it('ends with books that balance, exposure within the limit, and the ledger saying what the position says', () => {
    const { totals } = result
    expect(totals.trialBalanceMinor).toBe(0n)
    expect(totals.peakExposureMinor).toBeLessThanOrEqual(totals.limitMinor)
    expect(totals.outstandingInBooksMinor).toBe(totals.exposureMinor)
    expect(totals.exposureMinor).toBe(totals.advancedMinor - totals.repaidMinor)
    expect(totals.disbursedMinor).toBe(totals.advancedMinor - totals.discountWithheldMinor)
  })

  it('says the same again when the job is run again, because every wish has its own key', async () => {
    const again = await runDemo(door, options, silentProgress)
    expect(again.result.totals).toEqual(result.totals)
  })

  it('tells one trade as three lanes, with the evidence of its decision', async () => {
    const told = await tellTrade(door, result.told)
    for (const word of [
      'order accepted',
      'order received',
      'funds checked',
      'financed: advance',
      'triflow.payment.v1.FundsChecked',
    ])
      expect(told).toContain(word)
  })

  it('leaves tokens to be had by those who took part, and by nobody else', async () => {
    expect((await tokenFor(door, world.surroundings, 'haiqing-bank')).split('.')).toHaveLength(3)
    await expect(tokenFor(door, world.surroundings, 'nobody')).rejects.toThrow('There is no key of nobody')
  })

  it('proves a financed claim to somebody who has nothing but Node, the proof and the anchors', async () => {
    const claim = result.claim!
    await withJournals(world.env, async (journals) => {
      const sealed = await sealServices(journals, { now: true }, silentProgress)
      expect(sealed.map(({ service }) => service)).toEqual([
        'party',
        'order',
        'logistics',
        'financing',
        'payment',
        'webhook',
      ])
      const { proof } = await proveClaim(journals, claim, silentProgress)
      writeFileSync(join(world.state, 'proof.json'), JSON.stringify(proof))
      await exportJournal(journals, 'financing', join(world.state, 'journal.jsonl'), silentProgress)
    })
    const proven = verifyProof(world, join(world.state, 'proof.json'))
    expect(proven.stderr).toBe('')
    for (const word of ['OrderReceived', 'InvoiceIssued', 'ClaimFinanced', 'DisbursementExecuted', 'It holds'])
      expect(proven.stdout).toContain(word)
    const whole = verifyProof(world, '--journal', join(world.state, 'journal.jsonl'))
    expect(whole.stdout).toContain('It holds')
  })

  it('shows who deletes one entry from a journal by its desk and number', () => {
    const file = join(world.state, 'journal.jsonl')
    const lines = readFileSync(file, 'utf8').split('\n')
    const { desk, sequence } = JSON.parse(lines[5]!) as { desk: string; sequence: number }
    writeFileSync(file, lines.toSpliced(5, 1).join('\n'))
    expect(verifyProof(world, '--journal', file)).toMatchObject({
      status: 1,
      stderr: `${desk}@${sequence} was deleted\n`,
    })
  })

  it('is verified: every entry decides the same again, and no cent is lost', async () => {
    const said: string[] = []
    expect(await runVerify({ env: world.env, say: (line) => said.push(line) }), said.join('\n')).toBe(true)
    expect(said.join('\n')).toContain('6 anchors over ')
  })
})
