/** Who trades: the parties as people and doors read them. */
import { factsTopic } from '@triflow/contracts'
import type { ViewDefinition } from '@triflow/desk'
import type { ServiceView } from '@triflow/platform'
import type { PartyFact } from '../desks/index.ts'

interface Enrolled {
  readonly programmeId: string
  readonly debtorId: string
  readonly termsReference: string
  readonly acceptedBy: string
  readonly acceptedOn: string
}

export interface PartyBody {
  readonly name: string
  readonly roles: readonly string[]
  readonly country: string
  readonly clientKeys: readonly string[]
  readonly bankAccount?: {
    readonly number: string
    readonly name: string
    readonly bank: string
    readonly verified: boolean
    readonly onHold: boolean
  }
  readonly enrolments: readonly Enrolled[]
}

export const foldParty = (body: PartyBody | undefined, fact: PartyFact): PartyBody | undefined => {
  if (fact.type === 'PartyRegistered') {
    const { name, roles, country, clientKeys } = fact
    return { name, roles, country, clientKeys, enrolments: [] }
  }
  if (!body) return undefined
  switch (fact.type) {
    case 'BankAccountRegistered': {
      const bankAccount = { number: fact.accountNumber, name: fact.accountName, bank: fact.bankName }
      return { ...body, bankAccount: { ...bankAccount, verified: false, onHold: fact.replaces } }
    }
    case 'BankAccountVerified':
      return body.bankAccount && { ...body, bankAccount: { ...body.bankAccount, verified: true, onHold: false } }
    case 'SupplierEnrolled': {
      const { programmeId, debtorId, termsReference, acceptedBy, acceptedOn } = fact
      const enrolled = { programmeId, debtorId, termsReference, acceptedBy, acceptedOn }
      return { ...body, enrolments: [...body.enrolments, enrolled] }
    }
    case 'PayeeChanged':
      return undefined
  }
}

const idOf = (fact: PartyFact): string | undefined => {
  switch (fact.type) {
    case 'PartyRegistered':
    case 'BankAccountRegistered':
    case 'BankAccountVerified':
      return fact.partyId
    case 'SupplierEnrolled':
      return fact.supplierId
    default:
      return undefined
  }
}

const definition: ViewDefinition<PartyBody> = {
  name: 'parties',
  hears: [factsTopic('party.party')],
  idsOf: (fact) => {
    const id = idOf(fact as unknown as PartyFact)
    return id === undefined ? [] : [id]
  },
  fold: (body, fact) => foldParty(body, fact as unknown as PartyFact),
  listedBy: ['country'],
}

export const partiesView = {
  definition,
  fields: {
    name: String,
    roles: [String],
    country: String,
    clientKeys: [String],
    bankAccount: {
      _id: false,
      type: { number: String, name: String, bank: String, verified: Boolean, onHold: Boolean },
    },
    enrolments: [
      {
        _id: false,
        programmeId: String,
        debtorId: String,
        termsReference: String,
        acceptedBy: String,
        acceptedOn: String,
      },
    ],
  },
} satisfies ServiceView
