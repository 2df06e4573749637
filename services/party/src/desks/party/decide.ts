/** What the party desk says yes and no to: onboarding, payee accounts and their change, standing consents. */
import {
  accept,
  isPartyId,
  normaliseNumber,
  nothing,
  parseDate,
  reject,
  type Context,
  type Decision,
  type Input,
} from '@triflow/kernel'
import { kindOfKey, mostClientKeys } from './client-keys.ts'
import {
  roles,
  type BankAccount,
  type EnrolSupplier,
  type PartyCommand,
  type PartyFact,
  type PartyRejection,
  type PartyState,
  type PayeeChanged,
  type RegisterBankAccount,
  type RegisterParty,
  type Role,
  type VerifyBankAccount,
} from './vocabulary.ts'

/** A change of account tells every pair at once, and no input may cause unbounded output. */
export const mostEnrolments = 1_000

const no = (code: PartyRejection, detail: string) => reject(code, detail)
const unknown = (partyId: string) => no('PartyUnknown', `no party ${partyId} is registered`)
const isBlank = (text: string): boolean => text.trim() === ''
const isRole = (text: string): text is Role => (roles as readonly string[]).includes(text)
const sameTexts = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((text, index) => text === b[index])

const register = (c: RegisterParty, state: PartyState): Decision<PartyFact> => {
  const asked = [...new Set(c.roles)].sort()
  if (state.registered) {
    const same =
      state.name === c.name &&
      state.country === c.country &&
      sameTexts(state.roles, asked) &&
      sameTexts(state.clientKeys, c.clientKeys)
    return same ? nothing : no('PartyAlreadyRegistered', `${c.partyId} is registered with other particulars`)
  }
  if (!isPartyId(c.partyId)) return no('PartyIdMalformed', 'an id is lower-case words joined by dashes')
  if (isBlank(c.name)) return no('PartyNameMissing', 'a party has a name')
  if (asked.length === 0) return no('RoleMissing', 'a party has at least one role')
  const known = asked.filter(isRole)
  if (known.length < asked.length) return no('RoleUnknown', `roles are ${roles.join(', ')}`)
  if (!/^[A-Z]{2}$/.test(c.country)) return no('CountryMalformed', 'a country is its two-letter ISO 3166-1 code')
  if (c.clientKeys.length > mostClientKeys) return no('ClientKeyInvalid', `at most ${mostClientKeys} client keys`)
  for (const key of c.clientKeys) {
    const kind = kindOfKey(key)
    if (kind === 'private') return no('ClientKeyPrivate', 'a private or secret key was sent; make a new pair')
    if (kind === 'invalid') return no('ClientKeyInvalid', 'a client key is a public key as JWK')
  }
  const { partyId, name, country, clientKeys } = c
  return accept([{ type: 'PartyRegistered', partyId, name, roles: known, country, clientKeys }])
}

/** The same news for each debtor that pays through this supplier's collection accounts, in the order of their ids. */
const tellPairs = (supplierId: string, state: PartyState, payee: Omit<BankAccount, 'bank'>): PayeeChanged[] =>
  [...new Set(state.enrolments.map((enrolment) => enrolment.debtorId))].sort().map((debtorId) => ({
    type: 'PayeeChanged',
    supplierId,
    debtorId,
    accountNumber: payee.number,
    verified: payee.verified,
    onHold: payee.onHold,
    accountName: payee.name,
  }))

const registerAccount = (c: RegisterBankAccount, state: PartyState): Decision<PartyFact> => {
  if (!state.registered) return unknown(c.partyId)
  if (!normaliseNumber(c.accountNumber) || isBlank(c.accountName) || isBlank(c.bankName))
    return no('AccountIncomplete', 'an account has a number, a holder and a bank')
  const { partyId, accountNumber, accountName, bankName } = c
  const registered = (replaces: boolean): PartyFact => ({
    type: 'BankAccountRegistered',
    partyId,
    accountNumber,
    accountName,
    bankName,
    replaces,
  })
  const account = state.account
  if (!account) return accept([registered(false)])
  // Another holder or bank under the same number is another payee: it waits for verification like another number.
  const same =
    normaliseNumber(account.number) === normaliseNumber(accountNumber) &&
    account.name === accountName &&
    account.bank === bankName
  if (same) return nothing
  const payee = { number: accountNumber, name: accountName, verified: false, onHold: true }
  return accept([registered(true), ...tellPairs(partyId, state, payee)])
}

const verifyAccount = (c: VerifyBankAccount, state: PartyState): Decision<PartyFact> => {
  if (!state.registered) return unknown(c.partyId)
  const account = state.account
  if (!account) return no('AccountUnknown', `${c.partyId} has registered no account`)
  if (normaliseNumber(c.accountNumber) !== normaliseNumber(account.number))
    return no('AccountNumberDiffers', 'the verified number is not the registered one')
  if (isBlank(c.verifiedBy)) return no('VerifierMissing', 'a verification names who verified')
  if (c.verifiedBy === c.partyId) return no('VerifierIsParty', 'nobody verifies an account of their own')
  if (account.verified) return nothing
  const payee = { number: account.number, name: account.name, verified: true, onHold: false }
  return accept([
    {
      type: 'BankAccountVerified',
      partyId: c.partyId,
      accountNumber: account.number,
      verifiedBy: c.verifiedBy,
    },
    ...tellPairs(c.partyId, state, payee),
  ])
}

const enrol = (c: EnrolSupplier, state: PartyState): Decision<PartyFact> => {
  if (!state.registered) return unknown(c.partyId)
  if (!state.roles.includes('supplier')) return no('NotASupplier', `${c.partyId} has no role supplier`)
  if (!isPartyId(c.debtorId)) return no('DebtorMalformed', 'a debtor is named by its party id')
  if (c.debtorId === c.partyId) return no('DebtorIsSupplier', 'a claim on oneself is no claim')
  if (isBlank(c.programmeId)) return no('ProgrammeMissing', 'an enrolment names a programme')
  if (isBlank(c.termsReference)) return no('TermsMissing', 'a standing acceptance names the terms accepted')
  if (isBlank(c.acceptedBy)) return no('AcceptanceMissing', 'a standing acceptance names who accepted')
  if (!parseDate(c.acceptedOn)) return no('DateInvalid', `not a date: ${c.acceptedOn}`)
  const { programmeId, debtorId, termsReference, acceptedBy, acceptedOn } = c
  const before = state.enrolments.find((e) => e.programmeId === programmeId && e.debtorId === debtorId)
  if (before) {
    const same =
      before.termsReference === termsReference && before.acceptedBy === acceptedBy && before.acceptedOn === acceptedOn
    return same ? nothing : no('AlreadyEnrolled', `${c.partyId} is in ${programmeId} under ${before.termsReference}`)
  }
  if (state.enrolments.length >= mostEnrolments) return no('TooManyEnrolments', `at most ${mostEnrolments} enrolments`)
  return accept([
    {
      type: 'SupplierEnrolled',
      supplierId: c.partyId,
      programmeId,
      debtorId,
      termsReference,
      acceptedBy,
      acceptedOn,
      accountNumber: state.account?.number ?? '',
      accountVerified: state.account?.verified ?? false,
      accountName: state.account?.name ?? '',
    },
  ])
}

export const decide = (
  input: Input<PartyCommand, never, never>,
  state: PartyState,
  _context: Context<unknown>,
): Decision<PartyFact> => {
  if (input.kind !== 'command') return nothing
  switch (input.command.type) {
    case 'RegisterParty':
      return register(input.command, state)
    case 'RegisterBankAccount':
      return registerAccount(input.command, state)
    case 'VerifyBankAccount':
      return verifyAccount(input.command, state)
    case 'EnrolSupplier':
      return enrol(input.command, state)
  }
}
