/** I17: calm for long enough, everything stands ready and every trade has ended or waits for somebody who can be named. */
import type { ViewDocument } from '@triflow/desk'
import type { Voice } from '../players/voice.ts'
import { pump } from '../town/pump.ts'
import { collectionName } from '../town/service-views.ts'
import type { Town } from '../town/town.ts'
import type { Finder } from './findings.ts'

/** Whom a trade waits for, by what it says is missing. */
const partyFor: Readonly<Record<string, string>> = {
  order: 'buyer',
  'order-acceptance': 'supplier',
  invoice: 'supplier',
  programme: 'funder',
  'goods-receipt': 'buyer',
  delivery: 'carrier',
  'collection-account': 'supplier',
  'payee-account': 'supplier',
  'payee-verification': 'funder',
  'payee-hold': 'funder',
  'already-paid': 'nobody',
}

/** Whom a claim that was not refused, financed or settled waits for, by its reason. */
const claimWaitsFor: Readonly<Record<string, string>> = {
  programme: 'funder',
  consent: 'supplier',
  confirmation: 'debtor',
  limit: 'funder',
  'three-flows': 'buyer',
}

const body = (document: ViewDocument, field: string): string => String(document.body[field] ?? '')

const documents = (town: Town, service: string, view: string): ReadonlyMap<string, ViewDocument> =>
  town.engines.database.views.get(collectionName(service, view)) ?? new Map()

/** Undefined when somebody can be named. */
const stuckClaim = (claim: ViewDocument): string | undefined => {
  const status = body(claim, 'status')
  const reason = body(claim, 'reason')
  switch (status) {
    case 'settled':
    case 'paid':
    case 'refused':
    // Waits for the debtor's money.
    case 'disbursed':
    // Waits for another account of the supplier.
    case 'payout-failed':
    // Credited or paid before it could be judged: its orders say what they wait for.
    case 'known':
      return undefined
    case 'waiting':
      return claimWaitsFor[reason] ? undefined : `waits for "${reason}"`
    case 'referred':
      return undefined
    default:
      return `is ${status} for ever`
  }
}

export const checkRest = async (town: Town, finder: Finder): Promise<void> => {
  for (const remark of town.witness.said)
    if (remark.event === 'desk-halted' || remark.event === 'reader-halted')
      finder.wrong('I17', `${remark.event}: ${JSON.stringify(remark.details)}`)
  for (const house of town.houses()) {
    for (const office of house.offices)
      finder.must(
        'I17',
        office.ready(),
        () => `${house.process.name}: an office is not ready: ${JSON.stringify([...office.phases()])}`,
      )
    for (const [service, follower] of house.followers) {
      const isWell = follower.ready() && !follower.halted()
      finder.must('I17', isWell, () => `${house.process.name}: views of ${service} are not being folded`)
      finder.must(
        'I17',
        await pump(town, follower.caughtUp(2_000)),
        () => `${house.process.name}: readers of ${service} wait in vain for what the log holds`,
      )
    }
  }
}

export const checkTrades = (town: Town, voice: Voice, finder: Finder): void => {
  const trades = documents(town, 'financing', 'trades')
  const claims = documents(town, 'financing', 'claims')
  for (const trade of trades.values())
    for (const missing of trade.body['missing'] as string[])
      finder.must('I17', missing in partyFor, () => `${trade.id} waits for ${missing}, which nobody can give`)
  for (const claim of claims.values()) {
    const stuck = stuckClaim(claim)
    finder.must('I17', stuck === undefined, () => `claim ${claim.id} ${stuck}`)
  }
  for (const { command, answer } of voice.told.values()) {
    if (command.type !== 'IssueInvoice' || answer?.status !== 'accepted') continue
    const claim = claims.get(command.invoiceId)
    if (claim && body(claim, 'status') !== 'known') continue
    const orders = [...new Set(command.lines.map(({ orderId }) => orderId))]
    finder.must(
      'I17',
      orders.some((id) => ((trades.get(id)?.body['missing'] as string[] | undefined) ?? []).length > 0),
      () => `nothing was decided on ${command.invoiceId}, and none of its orders misses anything`,
    )
  }
  checkReserved(town, finder)
}

/** I18: what a programme holds reserved belongs to payouts that are under way, and at rest none is. */
const checkReserved = (town: Town, finder: Finder): void => {
  for (const position of documents(town, 'financing', 'positions').values()) {
    let expected = 0n
    for (const claim of documents(town, 'financing', 'claims').values())
      if (body(claim, 'status') === 'financed' && body(claim, 'programmeId') === position.id)
        expected += claim.body['advanceMinor'] as bigint
    finder.must(
      'I18',
      position.body['reservedMinor'] === expected,
      () =>
        `${position.id} holds ${String(position.body['reservedMinor'])} reserved, and ${expected} belongs to payouts under way`,
    )
  }
}
