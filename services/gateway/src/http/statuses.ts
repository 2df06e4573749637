/** What HTTP status a service's no is answered with. A code that is not named here depends on the state of things: 409. */

/** The content itself is wrong, whatever the state: sending it again cannot help. */
const unacceptable = [
  ...[
    'AcceptanceMissing',
    'AcceptanceUnknown',
    'AccepterMissing',
    'AccountIncomplete',
    'AdvanceBaseUnknown',
    'AdvanceRateInvalid',
  ],
  ...[
    'AmountNotPositive',
    'AmountTooLarge',
    'AnnualRateInvalid',
    'BuyerIsSupplier',
    'BuyerMalformed',
    'CarrierIsSeller',
  ],
  ...[
    'CarrierMalformed',
    'ChangerMissing',
    'ClientKeyInvalid',
    'ClientKeyPrivate',
    'ConfirmerMissing',
    'CountryMalformed',
  ],
  ...[
    'CreditAmountNotPositive',
    'CreditNoteNumberEmpty',
    'CurrencyDiffers',
    'CurrencyUnknown',
    'DateInvalid',
    'DayCountInvalid',
  ],
  ...[
    'DebtorIsFunder',
    'DebtorIsSupplier',
    'DebtorMalformed',
    'DueBeforeIssue',
    'EventKindUnknown',
    'EvidenceTierUnknown',
  ],
  ...[
    'FunderMalformed',
    'GoodsEvidenceUnknown',
    'InvalidDate',
    'InvoiceAmountNotPositive',
    'InvoiceDoesNotAdd',
    'InvoiceIdMismatch',
  ],
  ...[
    'InvoiceNumberEmpty',
    'InvoicesRequired',
    'LimitInvalid',
    'LineIdMissing',
    'LineNamesNoOrder',
    'LineNumberInvalid',
  ],
  ...[
    'LineRepeated',
    'LinesMissing',
    'NextDayNotLater',
    'NumberEmpty',
    'OfficerRequired',
    'OrderIdMismatch',
    'OrderNumberEmpty',
  ],
  ...[
    'PartyIdMalformed',
    'PartyNameMissing',
    'PaymentTermInvalid',
    'PenaltyRateInvalid',
    'PlaceMissing',
    'PriceNegative',
  ],
  ...[
    'ProgrammeIdMalformed',
    'ProgrammeMissing',
    'ProofMalformed',
    'ProofMissing',
    'QuantityNegative',
    'QuantityNotPositive',
  ],
  ...[
    'ReasonMissing',
    'ReasonRequired',
    'ReceiptIdMismatch',
    'ReturnIdMismatch',
    'RoleMissing',
    'RoleUnknown',
    'ShipmentIdMismatch',
  ],
  ...[
    'SupplierIsDebtor',
    'SupplierMalformed',
    'SuspenseDaysInvalid',
    'TenorInvalid',
    'TermsMissing',
    'ToleranceInvalid',
  ],
  ...['KindMalformed', 'KindsMissing', 'TooManyLines', 'TooManyOrders', 'UnknownDirection', 'UrlMalformed'],
  ...['VerifierMissing', 'WebhookIdMismatch'],
]

const forbidden = ['NotASupplier', 'NotTheCarrier', 'VerifierIsParty']

/** What the wish is about does not exist. */
const notFound = [
  ...['AccountUnknown', 'InvoiceUnknown', 'OrderUnknown', 'PartyUnknown', 'ProgrammeUnknown', 'ShipmentUnknown'],
  ...['DeliveryUnknown', 'UnknownClaim', 'UnknownCollectionAccount', 'UnknownReceipt', 'WebhookUnknown'],
]

const groups: readonly (readonly [status: number, codes: readonly string[]])[] = [
  [403, forbidden],
  [404, notFound],
  [422, unacceptable],
]

const table = new Map(groups.flatMap(([status, codes]) => codes.map((code) => [code, status] as const)))

export const listedCodes = (): readonly string[] => [...table.keys()]

export const statusOfRejection = (code: string): number => table.get(code) ?? 409
