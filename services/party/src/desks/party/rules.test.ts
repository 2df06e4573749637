/** The party desk's rules, as sentences. */
import { describe, expect, it } from 'vitest'
import { specification } from '@triflow/kernel/specification'
import { mostEnrolments } from './decide.ts'
import { partyRules } from './rules.ts'
import type {
  BankAccountRegistered,
  BankAccountVerified,
  EnrolSupplier,
  PartyRegistered,
  PayeeChanged,
  RegisterBankAccount,
  RegisterParty,
  SupplierEnrolled,
  VerifyBankAccount,
} from './vocabulary.ts'

const { given } = specification(partyRules, 'litware')

const publicKey = '{"kty":"EC","crv":"P-256","x":"f83O","y":"x_FE"}'

const registerLitware: RegisterParty = {
  type: 'RegisterParty',
  partyId: 'litware',
  name: 'Litware, Inc.',
  roles: ['supplier'],
  country: 'US',
  clientKeys: [publicKey],
}
const litwareRegistered: PartyRegistered = { ...registerLitware, type: 'PartyRegistered', roles: ['supplier'] }

const registerAccount: RegisterBankAccount = {
  type: 'RegisterBankAccount',
  partyId: 'litware',
  accountNumber: 'US12 0001',
  accountName: 'Litware, Inc.',
  bankName: 'Woodgrove Bank',
}
const accountRegistered: BankAccountRegistered = { ...registerAccount, type: 'BankAccountRegistered', replaces: false }

const verify: VerifyBankAccount = {
  type: 'VerifyBankAccount',
  partyId: 'litware',
  accountNumber: 'US12 0001',
  verifiedBy: 'officer-ines',
}
const accountVerified: BankAccountVerified = { ...verify, type: 'BankAccountVerified' }

const enrol: EnrolSupplier = {
  type: 'EnrolSupplier',
  partyId: 'litware',
  programmeId: 'wwi',
  debtorId: 'wide-world',
  termsReference: 'T-2026-1',
  acceptedBy: 'Ada Litware',
  acceptedOn: '2026-01-05',
}
const enrolled: SupplierEnrolled = {
  type: 'SupplierEnrolled',
  supplierId: 'litware',
  programmeId: 'wwi',
  debtorId: 'wide-world',
  termsReference: 'T-2026-1',
  acceptedBy: 'Ada Litware',
  acceptedOn: '2026-01-05',
  accountNumber: '',
  accountVerified: false,
  accountName: '',
}
const payeeOf = (debtorId: string, accountNumber: string, verified: boolean, onHold: boolean): PayeeChanged => ({
  type: 'PayeeChanged',
  supplierId: 'litware',
  debtorId,
  accountNumber,
  verified,
  onHold,
  accountName: 'Litware, Inc.',
})

describe('registering a party', () => {
  it('registers it with its roles sorted and each once', () =>
    given([])
      .when({ ...registerLitware, roles: ['supplier', 'buyer', 'supplier'] })
      .then([{ ...litwareRegistered, roles: ['buyer', 'supplier'] }]))

  it('takes the same registration again without a fact', () => {
    given([litwareRegistered]).when(registerLitware).thenNothing()
    given([litwareRegistered])
      .when({ ...registerLitware, roles: ['supplier', 'supplier'] })
      .thenNothing()
  })

  it.each([
    { name: 'Litware Ltd' },
    { roles: ['supplier', 'buyer'] },
    { country: 'CA' },
    { clientKeys: [] },
  ] satisfies Partial<RegisterParty>[])('refuses other particulars under the same id: %o', (other) =>
    given([litwareRegistered])
      .when({ ...registerLitware, ...other })
      .thenRejected('PartyAlreadyRegistered'),
  )

  it.each([
    [{ partyId: 'Litware Inc' }, 'PartyIdMalformed'],
    [{ name: ' ' }, 'PartyNameMissing'],
    [{ roles: [] }, 'RoleMissing'],
    [{ roles: ['supplier', 'shareholder'] }, 'RoleUnknown'],
    [{ country: 'usa' }, 'CountryMalformed'],
    [{ clientKeys: ['not json'] }, 'ClientKeyInvalid'],
    [{ clientKeys: ['null'] }, 'ClientKeyInvalid'],
    [{ clientKeys: ['{"x":"f83O"}'] }, 'ClientKeyInvalid'],
    [{ clientKeys: Array.from({ length: 17 }, () => publicKey) }, 'ClientKeyInvalid'],
    [{ clientKeys: ['{"kty":"EC","crv":"P-256","x":"f83O","y":"x_FE","d":"jpsQ"}'] }, 'ClientKeyPrivate'],
    [{ clientKeys: ['{"kty":"oct","k":"c2VjcmV0"}'] }, 'ClientKeyPrivate'],
  ] satisfies [Partial<RegisterParty>, string][])('refuses %o as %s', (wrong, code) =>
    given([])
      .when({ ...registerLitware, ...wrong })
      .thenRejected(code),
  )
})

describe('registering a bank account', () => {
  it('registers the first one, unverified and not on hold', () => {
    given([litwareRegistered]).when(registerAccount).then([accountRegistered])
    const state = given([litwareRegistered, accountRegistered]).state()
    expect(state.account).toMatchObject({ verified: false, onHold: false })
  })

  it('takes the same account again without a fact, also typed without spaces', () => {
    const known = given([litwareRegistered, accountRegistered])
    known.when(registerAccount).thenNothing()
    known.when({ ...registerAccount, accountNumber: 'us120001' }).thenNothing()
  })

  it('puts another account on hold and tells each enrolled pair once, in the order of the debtors', () => {
    const past = [
      litwareRegistered,
      accountRegistered,
      accountVerified,
      enrolled,
      { ...enrolled, programmeId: 'old', debtorId: 'adatum' },
      { ...enrolled, programmeId: 'old' },
    ]
    const changed = { ...registerAccount, accountNumber: 'US99' }
    given(past)
      .when(changed)
      .then([
        { ...accountRegistered, accountNumber: 'US99', replaces: true },
        payeeOf('adatum', 'US99', false, true),
        payeeOf('wide-world', 'US99', false, true),
      ])
  })

  it('holds the account when only its holder changes', () =>
    given([litwareRegistered, accountRegistered, accountVerified])
      .when({ ...registerAccount, accountName: 'A. Stranger' })
      .then([{ ...accountRegistered, accountName: 'A. Stranger', replaces: true }]))

  it('refuses an incomplete account and one of an unknown party', () => {
    given([litwareRegistered])
      .when({ ...registerAccount, accountNumber: ' ' })
      .thenRejected('AccountIncomplete')
    given([litwareRegistered])
      .when({ ...registerAccount, bankName: '' })
      .thenRejected('AccountIncomplete')
    given([]).when(registerAccount).thenRejected('PartyUnknown')
  })
})

describe('verifying a bank account', () => {
  it('verifies it and lifts the hold for every enrolled pair', () =>
    given([litwareRegistered, accountRegistered, enrolled])
      .when(verify)
      .then([accountVerified, payeeOf('wide-world', 'US12 0001', true, false)]))

  it('is nothing the second time', () =>
    given([litwareRegistered, accountRegistered, accountVerified]).when(verify).thenNothing())

  it('must be done again after a change', () => {
    const change = { ...accountRegistered, accountNumber: 'US99', replaces: true }
    const past = [litwareRegistered, accountRegistered, accountVerified, change]
    given(past)
      .when({ ...verify, accountNumber: 'US99' })
      .thenTypes(['BankAccountVerified'])
    given(past).when(verify).thenRejected('AccountNumberDiffers')
  })

  it('refuses without an account, without a verifier, and by the party itself', () => {
    given([]).when(verify).thenRejected('PartyUnknown')
    given([litwareRegistered]).when(verify).thenRejected('AccountUnknown')
    const known = given([litwareRegistered, accountRegistered])
    known.when({ ...verify, verifiedBy: '' }).thenRejected('VerifierMissing')
    known.when({ ...verify, verifiedBy: 'litware' }).thenRejected('VerifierIsParty')
  })
})

describe('enrolling a supplier', () => {
  it('says no account when none is known', () => given([litwareRegistered]).when(enrol).then([enrolled]))

  it('says the account as known at that moment', () => {
    given([litwareRegistered, accountRegistered])
      .when(enrol)
      .then([{ ...enrolled, accountNumber: 'US12 0001', accountName: 'Litware, Inc.' }])
    given([litwareRegistered, accountRegistered, accountVerified])
      .when(enrol)
      .then([{ ...enrolled, accountNumber: 'US12 0001', accountVerified: true, accountName: 'Litware, Inc.' }])
    const change = { ...accountRegistered, accountNumber: 'US99', replaces: true }
    given([litwareRegistered, accountRegistered, accountVerified, change])
      .when(enrol)
      .then([{ ...enrolled, accountNumber: 'US99', accountVerified: false, accountName: 'Litware, Inc.' }])
  })

  it('enrols once per programme and debtor', () => {
    const known = given([litwareRegistered, enrolled])
    known.when(enrol).thenNothing()
    known.when({ ...enrol, termsReference: 'T-2027-1' }).thenRejected('AlreadyEnrolled')
    known.when({ ...enrol, debtorId: 'adatum' }).thenTypes(['SupplierEnrolled'])
    known.when({ ...enrol, programmeId: 'other' }).thenTypes(['SupplierEnrolled'])
  })

  it('refuses one without the role supplier, and an unknown party', () => {
    given([{ ...litwareRegistered, roles: ['buyer'] }])
      .when(enrol)
      .thenRejected('NotASupplier')
    given([]).when(enrol).thenRejected('PartyUnknown')
  })

  it.each([
    [{ debtorId: 'litware' }, 'DebtorIsSupplier'],
    [{ debtorId: 'Wide World' }, 'DebtorMalformed'],
    [{ programmeId: '' }, 'ProgrammeMissing'],
    [{ termsReference: '' }, 'TermsMissing'],
    [{ acceptedBy: '' }, 'AcceptanceMissing'],
    [{ acceptedOn: '2026-02-30' }, 'DateInvalid'],
  ] satisfies [Partial<EnrolSupplier>, string][])('refuses %o as %s', (wrong, code) =>
    given([litwareRegistered])
      .when({ ...enrol, ...wrong })
      .thenRejected(code),
  )

  it('refuses more enrolments than one change of account can tell', () => {
    const many = Array.from({ length: mostEnrolments }, (_, n) => ({ ...enrolled, debtorId: `debtor-${n}` }))
    given([litwareRegistered, ...many])
      .when(enrol)
      .thenRejected('TooManyEnrolments')
  })
})
