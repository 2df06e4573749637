/** Words of the party desk: who trades, which account is theirs, what they consented to. */

export const roles = ['buyer', 'supplier', 'carrier', 'funder', 'operator', 'auditor'] as const
export type Role = (typeof roles)[number]

export interface BankAccount {
  number: string
  name: string
  bank: string
  verified: boolean
  /** A changed account is on hold until somebody else has verified it: a swapped payee account is the oldest diversion. */
  onHold: boolean
}

/** A supplier's standing acceptance that matched claims on this debtor are sold under the programme's terms. */
export interface Enrolment {
  readonly programmeId: string
  readonly debtorId: string
  readonly termsReference: string
  readonly acceptedBy: string
  readonly acceptedOn: string
}

export interface PartyState {
  registered: boolean
  name: string
  /** Sorted, each once. */
  roles: Role[]
  country: string
  clientKeys: string[]
  account?: BankAccount
  enrolments: Enrolment[]
}

export interface RegisterParty {
  readonly type: 'RegisterParty'
  readonly partyId: string
  readonly name: string
  readonly roles: string[]
  readonly country: string
  readonly clientKeys: string[]
}

export interface RegisterBankAccount {
  readonly type: 'RegisterBankAccount'
  readonly partyId: string
  readonly accountNumber: string
  readonly accountName: string
  readonly bankName: string
}

export interface VerifyBankAccount {
  readonly type: 'VerifyBankAccount'
  readonly partyId: string
  readonly accountNumber: string
  readonly verifiedBy: string
}

export interface EnrolSupplier extends Enrolment {
  readonly type: 'EnrolSupplier'
  readonly partyId: string
}

export type PartyCommand = RegisterParty | RegisterBankAccount | VerifyBankAccount | EnrolSupplier

export interface PartyRegistered {
  readonly type: 'PartyRegistered'
  readonly partyId: string
  readonly name: string
  readonly roles: Role[]
  readonly country: string
  readonly clientKeys: string[]
}

export interface BankAccountRegistered {
  readonly type: 'BankAccountRegistered'
  readonly partyId: string
  readonly accountNumber: string
  readonly accountName: string
  readonly bankName: string
  readonly replaces: boolean
}

export interface BankAccountVerified {
  readonly type: 'BankAccountVerified'
  readonly partyId: string
  readonly accountNumber: string
  readonly verifiedBy: string
}

export interface SupplierEnrolled extends Enrolment {
  readonly type: 'SupplierEnrolled'
  readonly supplierId: string
  /** The payee as known at this moment; empty when none is registered. */
  readonly accountNumber: string
  readonly accountVerified: boolean
  readonly accountName: string
}

export interface PayeeChanged {
  readonly type: 'PayeeChanged'
  readonly supplierId: string
  readonly debtorId: string
  readonly accountNumber: string
  readonly verified: boolean
  readonly onHold: boolean
  readonly accountName: string
}

export type PartyFact = PartyRegistered | BankAccountRegistered | BankAccountVerified | SupplierEnrolled | PayeeChanged

export type PartyRejection =
  | 'PartyIdMalformed'
  | 'PartyNameMissing'
  | 'RoleMissing'
  | 'RoleUnknown'
  | 'CountryMalformed'
  | 'ClientKeyInvalid'
  | 'ClientKeyPrivate'
  | 'PartyAlreadyRegistered'
  | 'PartyUnknown'
  | 'AccountIncomplete'
  | 'AccountUnknown'
  | 'AccountNumberDiffers'
  | 'VerifierMissing'
  | 'VerifierIsParty'
  | 'NotASupplier'
  | 'DebtorMalformed'
  | 'DebtorIsSupplier'
  | 'ProgrammeMissing'
  | 'TermsMissing'
  | 'AcceptanceMissing'
  | 'DateInvalid'
  | 'AlreadyEnrolled'
  | 'TooManyEnrolments'
