/** The verb `trade`: one order as three lanes, with the decisions on its invoices and their grounds. */
import { segment } from './actors/documents.ts'
import type { Caller, Document } from './client/caller.ts'
import type { Door } from './client/door.ts'
import { OPERATOR } from './client/keys.ts'
import { Refusal } from './client/problems.ts'
import { listIn, textIn } from './report/reading.ts'
import { tellTradeDocuments } from './report/lanes.ts'
import { JourneyProblem } from './surroundings.ts'

/** Everything that is shown of a trade, as its reader may see it; undefined when there is no such trade for it. */
export const tradeStory = async (reader: Caller, buyerId: string, number: string): Promise<string | undefined> => {
  const trade = await reader.read(`/v1/trades/${buyerId}/${segment(number)}`)
  if (!trade) return undefined
  const order = await reader.read(`/v1/orders/${buyerId}/${segment(number)}`)
  const ids = listIn(trade, 'outcomes')
    .map((outcome) => textIn(outcome, 'decisionId'))
    .filter((id) => id !== '')
  const decisions: Document[] = []
  for (const id of ids) {
    const decision = await readDecision(reader, id)
    if (decision) decisions.push(decision)
  }
  return tellTradeDocuments(trade, order ? textIn(order, 'currency') : '', decisions)
}

/** A debtor may read the trade but not how its supplier's claim was judged: then the lanes stand alone. */
const readDecision = async (reader: Caller, id: string): Promise<Document | undefined> => {
  try {
    return await reader.read(`/v1/decisions/${segment(id)}`)
  } catch (error) {
    if (error instanceof Refusal && error.status === 403) return undefined
    throw error
  }
}

/** Funders of the journeys, who may see the most; then the buyer itself. */
const readersOf = (buyerId: string): string[] => ['haiqing-bank', 'demo-bank', buyerId]

export const tellTrade = async (door: Door, id: string): Promise<string> => {
  const slash = id.indexOf('/')
  if (slash < 1 || slash === id.length - 1)
    throw new JourneyProblem(`${id} is no trade.`, 'Write it as buyer/number, as in qiantang-drives/PO-00001.')
  const [buyerId, number] = [id.slice(0, slash), id.slice(slash + 1)]
  const operator = await door.as(OPERATOR)
  for (const reader of readersOf(buyerId)) {
    // Signing in as nobody would only wait for a registration that never comes.
    if (!(await operator.read(`/v1/parties/${encodeURIComponent(reader)}`))) continue
    const story = await tradeStory(await door.as(reader), buyerId, number)
    if (story) return story
  }
  throw new JourneyProblem(
    `No trade ${id} was found.`,
    'Ids are case-sensitive; `./triflow demo` names one at its end.',
  )
}
