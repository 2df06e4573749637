/** Doors of the party service: registration, bank accounts and business days. */
import { createPublicKey } from 'node:crypto'
import { z } from 'zod'
import { roles } from '../http/authorise.ts'
import { read, write } from './operation.ts'
import { breach, localDate, partyId, text } from './words.ts'
import { calendarId, views } from './views.ts'

const area = 'Parties'

/** A client that exists before any party does may not be registered as one. */
const reserved = new Set(['operator'])

const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'base64url of 32 bytes')

const onCurve = (key: { kty: string; crv: string; x: string; y: string }): boolean => {
  try {
    createPublicKey({ key: { kty: key.kty, crv: key.crv, x: key.x, y: key.y }, format: 'jwk' })
    return true
  } catch {
    return false
  }
}

/** Strict, so that a private key (`d`) sent by mistake is refused and never stored. */
const publicKey = z
  .strictObject({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    x: coordinate,
    y: coordinate,
    kid: z.string().max(100).optional(),
    alg: z.literal('ES256').optional(),
    use: z.literal('sig').optional(),
  })
  .refine(onCurve, breach('KeyInvalid', 'not a point of P-256', []))
  .describe('Public JWK (ES256) with which a client of the party signs its assertions.')

const unique = (values: readonly string[]) => new Set(values).size === values.length

const params = z.strictObject({ partyId })
const accountNumber = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{3,33}$/, '4 to 34 letters, digits and dashes')

export const partyDoors = [
  write({
    method: 'post',
    path: '/v1/parties',
    area,
    action: 'party.register',
    summary: 'Register a party with its roles and the public keys of its clients',
    creates: true,
    params: z.strictObject({}),
    body: z.strictObject({
      partyId: partyId.refine((id) => !reserved.has(id), breach('PartyIdReserved', 'this id is reserved', [])),
      name: text(200),
      roles: z.array(z.enum(roles)).min(1).max(roles.length).refine(unique, 'a role is named twice'),
      country: z.string().regex(/^[A-Z]{2}$/, 'ISO 3166-1 alpha-2'),
      clientKeys: z.array(publicKey).max(10).default([]),
    }),
    example: {
      params: {},
      body: {
        partyId: 'nordwind-components',
        name: 'Nordwind Components GmbH',
        roles: ['supplier'],
        country: 'DE',
        clientKeys: [
          {
            kty: 'EC',
            crv: 'P-256',
            x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
            y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
            kid: 'nordwind-1',
          },
        ],
      },
    },
    resource: ({ body }) => ({ partyId: body.partyId }),
    command: ({ body }) => ({
      type: 'RegisterParty',
      partyId: body.partyId,
      name: body.name,
      roles: body.roles,
      country: body.country,
      clientKeys: body.clientKeys.map((key) => JSON.stringify(key)),
    }),
    made: ({ partyId: id }) => ({ id, location: `/v1/parties/${id}` }),
  }),
  read({
    path: '/v1/parties/{partyId}',
    area,
    action: 'party.read',
    summary: 'Read a party',
    params,
    example: { params: { partyId: 'nordwind-components' } },
    ...views.parties,
    id: ({ partyId: id }) => id,
    resource: (_document, _ownership, { partyId: id }) => ({ partyId: id }),
  }),
  write({
    method: 'post',
    path: '/v1/parties/{partyId}/bank-accounts',
    area,
    action: 'bank-account.register',
    summary: 'Name the bank account that a party is paid to; a change is on hold until verified',
    creates: false,
    params,
    body: z.strictObject({ accountNumber, accountName: text(140), bankName: text(140) }),
    example: {
      params: { partyId: 'nordwind-components' },
      body: {
        accountNumber: 'DE02120300000000202051',
        accountName: 'Nordwind Components GmbH',
        bankName: 'Hausbank Kiel',
      },
    },
    resource: (values) => ({ partyId: values.params.partyId }),
    command: (values) => ({ type: 'RegisterBankAccount', partyId: values.params.partyId, ...values.body }),
    made: (command) => ({ id: command.accountNumber, location: `/v1/parties/${command.partyId}` }),
  }),
  write({
    method: 'post',
    path: '/v1/parties/{partyId}/bank-accounts/{accountNumber}/verification',
    area,
    action: 'bank-account.verify',
    summary: 'Say that the account is the party’s own',
    creates: false,
    params: z.strictObject({ partyId, accountNumber }),
    body: z.strictObject({}),
    example: { params: { partyId: 'nordwind-components', accountNumber: 'DE02120300000000202051' }, body: {} },
    resource: (values) => ({ partyId: values.params.partyId }),
    command: (values, actor) => ({
      type: 'VerifyBankAccount',
      partyId: values.params.partyId,
      accountNumber: values.params.accountNumber,
      verifiedBy: actor.partyId,
    }),
    made: (command) => ({ id: command.accountNumber, location: `/v1/parties/${command.partyId}` }),
  }),
]

export const businessDayDoors = [
  write({
    method: 'post',
    path: '/v1/business-days',
    area: 'Business days',
    action: 'business-day.open',
    summary: 'Open the platform’s first business day',
    creates: true,
    params: z.strictObject({}),
    body: z.strictObject({ date: localDate }),
    example: { params: {}, body: { date: '2026-03-02' } },
    resource: () => ({}),
    command: ({ body }) => ({ type: 'OpenFirstBusinessDay', date: body.date }),
    made: ({ date }) => ({ id: date, location: '/v1/business-days/current' }),
  }),
  write({
    method: 'post',
    path: '/v1/business-days/{date}/close',
    area: 'Business days',
    action: 'business-day.close',
    summary: 'Close a business day and name the next',
    creates: false,
    params: z.strictObject({ date: localDate }),
    body: z.strictObject({ next: localDate }),
    example: { params: { date: '2026-03-02' }, body: { next: '2026-03-03' } },
    resource: () => ({}),
    command: (values) => ({ type: 'CloseBusinessDay', date: values.params.date, next: values.body.next }),
    made: ({ date }) => ({ id: date, location: '/v1/business-days/current' }),
  }),
  read({
    path: '/v1/business-days/current',
    area: 'Business days',
    action: 'business-day.read',
    summary: 'The current business day',
    params: z.strictObject({}),
    example: { params: {} },
    ...views.calendar,
    id: () => calendarId,
    resource: () => ({}),
  }),
]
