/** Everything that must hold when the town has come to rest. Each finding is one sentence, with the invariant it breaks. */
import type { Seen } from '../players/onlookers.ts'
import type { Stage } from '../players/stage.ts'
import type { Town } from '../town/town.ts'
import { checkBank } from './bank.ts'
import { openFinder, type Findings } from './findings.ts'
import { checkBooks } from './books.ts'
import { checkClaims } from './claims.ts'
import { checkDecisions } from './decisions.ts'
import { checkDocuments } from './documents.ts'
import { checkEntries } from './entries.ts'
import { checkInputs, readJournals, verifyJournals } from './journals.ts'
import { checkRest, checkTrades } from './liveness.ts'
import { checkPayees } from './payees.ts'
import { checkSnapshots } from './snapshots.ts'
import { checkTenants } from './tenants.ts'
import { checkRebuild, checkTold } from './views.ts'
import { checkWebhooks } from './webhooks.ts'

export const checkTown = async (
  town: Town,
  stage: Stage,
  seen: readonly Seen[],
  failures: readonly string[],
): Promise<Findings> => {
  const { voice } = stage
  const finder = openFinder()
  for (const sentence of failures) finder.wrong('I17', sentence)
  finder.looked('I9', voice.told.size)
  for (const sentence of voice.contradictions) finder.wrong('I9', sentence)
  /** A town that is broken enough breaks its checks, and that is a finding too. */
  const guarded = async (what: string, check: () => void | Promise<void>): Promise<void> => {
    try {
      await check()
    } catch (error) {
      finder.wrong('I17', `${what} cannot be checked: ${error instanceof Error ? error.stack : String(error)}`)
    }
  }
  await guarded('the rest', () => checkRest(town, finder))
  await guarded('the journals', () => verifyJournals(town, finder))
  await guarded('facts and views', async () => {
    const journals = readJournals(town)
    checkInputs(town, journals, finder)
    checkEntries(journals.all, town.options.limits, finder)
    checkDocuments(journals, finder)
    checkDecisions(journals, finder)
    checkClaims(journals, finder)
    checkBooks(journals, finder)
    checkBank(town, journals, finder)
    checkPayees(journals, finder)
    checkTold(town, voice, journals, finder)
    checkTrades(town, voice, finder)
    checkTenants(seen, stage, journals, finder)
    checkWebhooks(town, stage.subscriptions, journals, finder)
    await checkSnapshots(town, journals, finder)
  })
  await guarded('the rebuild', () => checkRebuild(town, finder))
  return finder.findings()
}
