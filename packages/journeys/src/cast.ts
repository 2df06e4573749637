/** Brings a cast onto the stage: parties, accounts, programme and consents, each by the actor whose say it is. */
import type { Caller } from './client/caller.ts'
import type { Door } from './client/door.ts'
import { OPERATOR } from './client/keys.ts'
import { openProgramme, verifyAccount } from './actors/bank.ts'
import type { ProgrammeTerms } from './actors/documents.ts'
import { registerParty, type PartyParticulars } from './actors/operator.ts'
import { joinProgramme, nameAccount, type PayeeAccount } from './actors/supplier.ts'
import { JourneyProblem } from './surroundings.ts'

export interface SupplierToEnrol {
  readonly partyId: string
  readonly account: PayeeAccount
  readonly signatory: string
}

export interface Stage {
  readonly parties: readonly PartyParticulars[]
  readonly programme: ProgrammeTerms
  readonly suppliers: readonly SupplierToEnrol[]
  /** Date of the suppliers' consent. */
  readonly agreedOn: string
  readonly termsReference: string
}

/** Everyone on the stage by party id, and the operator. */
export interface Players {
  readonly operator: Caller
  of(partyId: string): Caller
}

const enrol = async (
  players: Players,
  supplier: SupplierToEnrol,
  stage: Stage,
  programmePosition: string,
): Promise<void> => {
  const { funderId, programmeId } = stage.programme
  const caller = players.of(supplier.partyId)
  const named = await nameAccount(caller, supplier.account)
  await verifyAccount(players.of(funderId), supplier.partyId, supplier.account.accountNumber, named.position)
  const { termsReference, agreedOn } = stage
  await joinProgramme(
    caller,
    programmeId,
    { termsReference, signatory: supplier.signatory, acceptedOn: agreedOn },
    programmePosition,
  )
}

/** Safe to repeat: everything said again is the same wish. */
export const setTheStage = async (door: Door, stage: Stage): Promise<Players> => {
  const operator = await door.as(OPERATOR)
  const callers = new Map<string, Caller>()
  for (const { partyId } of stage.parties) callers.set(partyId, await door.as(partyId))
  const of = (partyId: string): Caller => {
    const found = callers.get(partyId)
    if (!found) throw new Error(`${partyId} is not in this cast`)
    return found
  }
  const players: Players = { operator, of }
  await Promise.all(
    stage.parties.map((party) =>
      registerParty(operator, party, of(party.partyId).key.publicKey).catch(explainOtherKey(party.partyId)),
    ),
  )
  const opened = await openProgramme(of(stage.programme.funderId), stage.programme)
  await Promise.all(stage.suppliers.map((supplier) => enrol(players, supplier, stage, opened.position)))
  return players
}

const explainOtherKey = (partyId: string) => (error: unknown) => {
  if ((error as { code?: string }).code === 'PartyAlreadyRegistered')
    throw new JourneyProblem(
      `${partyId} is registered with another key than the one in the keys folder.`,
      'Its key file was lost or replaced; ./triflow reset starts a fresh world.',
      error,
    )
  throw error
}
