/** The account desk as the runtime takes it, and how its memory stays bounded. */
import type { DeskRules, Retired } from '@triflow/kernel'
import { decide } from './decide.ts'
import {
  archiveKeyOfDisbursement,
  isUnanswered,
  nextChaseAt,
  released,
  reserveId,
  waitsForPayee,
} from './disbursement.ts'
import { evolve, evolveShared, initialShared, initialState } from './evolve.ts'
import { checksToTell } from './funds.ts'
import { archiveKeyOfLine, keysOfLine } from './statement.ts'
import type { FinishedDisbursement, Shared, State } from './state.ts'
import type { Broadcast, Command, Fact, Heard } from './vocabulary.ts'

/** Finished disbursements and statement lines that stay at hand; older ones are asked of the archive by their id. */
const DISBURSEMENTS_AT_HAND = 100
const LINES_AT_HAND = 200

const keysNeeded = (input: Command | Heard): readonly string[] => {
  switch (input.type) {
    case 'PostStatementLine':
      return keysOfLine(input)
    case 'ReportDisbursement':
      return [archiveKeyOfDisbursement(input.disbursementId)]
    case 'ClaimFinanced':
      return [archiveKeyOfDisbursement(input.decisionId)]
    case 'CashAllocated':
      return [archiveKeyOfDisbursement(reserveId(input.receiptId))]
    default:
      return []
  }
}

/** Oldest first. What waits for the payee or the bank never leaves; an executed payout may wait for its debit in the archive. */
const retire = (state: State): readonly Retired[] => {
  const retired: Retired[] = []
  if (state.disbursements.size > DISBURSEMENTS_AT_HAND) {
    let surplus = state.disbursements.size - DISBURSEMENTS_AT_HAND
    for (const [id, disbursement] of state.disbursements) {
      if (surplus === 0) break
      if (isUnanswered(disbursement) || waitsForPayee(disbursement)) continue
      const { disbursementId, status, amountMinor, currency } = disbursement
      const item: FinishedDisbursement = { disbursementId, status, amountMinor, currency }
      retired.push({ key: archiveKeyOfDisbursement(id), item })
      state.disbursements.delete(id)
      surplus--
    }
  }
  let surplus = state.lines.size - LINES_AT_HAND
  for (const [lineId, content] of state.lines) {
    if (surplus-- <= 0) break
    retired.push({ key: archiveKeyOfLine(state.accountId, lineId), item: content })
    state.lines.delete(lineId)
  }
  return retired
}

/** Something is left over from a change of standing or cash that was too much for one decision. */
const hasFollowUp = (state: State): boolean =>
  released(state, state.standing, 1).length > 0 || checksToTell(state, state).length > 0

const wakeAt = (state: State): number | undefined => {
  const chase = nextChaseAt(state)
  if (state.followUpSince === undefined || !hasFollowUp(state)) return chase
  return chase === undefined || state.followUpSince < chase ? state.followUpSince : chase
}

export const accountRules: DeskRules<State, Shared, Command, Heard, Broadcast, Fact> = {
  initialState,
  initialShared,
  decide,
  evolve,
  evolveShared,
  keysNeeded,
  retire,
  wakeAt,
}
