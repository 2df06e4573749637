/** Doors to programmes: the terms between a debtor and its funder, the limit, the suppliers that joined, the books. */
import { z } from 'zod'
import { read, write } from './operation.ts'
import { views } from './views.ts'
import {
  amountMinor,
  amountOrZeroMinor,
  basisPoints,
  breach,
  currency,
  days,
  localDate,
  minor,
  partyId,
  person,
  personOf,
  programmeId,
  text,
} from './words.ts'

const area = 'Programmes'
const params = z.strictObject({ id: programmeId })

const terms = z
  .strictObject({
    programmeId,
    debtorId: partyId,
    funderId: partyId,
    currency,
    limitMinor: amountMinor,
    advanceRateBps: z.int().min(1).max(10_000),
    annualRateBps: basisPoints,
    dayCountBasis: z.union([z.literal(360), z.literal(365)]),
    penaltyRateBps: basisPoints,
    goodsEvidence: z
      .enum(['receipt', 'delivery'])
      .describe('What shows that goods arrived: the debtor’s receipt or the carrier’s delivery.'),
    acceptance: z
      .enum(['deemed', 'confirmed'])
      .describe('Whether an invoice counts as accepted, or the debtor must confirm it.'),
    advanceBase: z.enum(['net', 'gross']).describe('Amount that the advance rate applies to: before tax or with it.'),
    priceToleranceBps: basisPoints,
    priceToleranceMinor: amountOrZeroMinor,
    minTenorDays: days,
    maxTenorDays: days.describe('365 is the most that any programme may grant.'),
    suspenseAfterDays: z
      .int()
      .min(0)
      .max(60)
      .describe('Closes of day that unexplained cash waits before it goes to suspense.'),
  })
  .refine(
    (it) => it.minTenorDays <= it.maxTenorDays,
    breach('TenorRangeEmpty', 'minTenorDays is above maxTenorDays', ['minTenorDays']),
  )
  .refine(
    (it) => it.debtorId !== it.funderId,
    breach('PartiesEqual', 'a debtor cannot be its own funder', ['funderId']),
  )

/** Suppliers see the terms they are offered, not how much the funder would lend in all. */
const withoutLimit = ({ limitMinor: _limit, ...rest }: Record<string, unknown>) => rest

export const programmeDoors = [
  write({
    method: 'post',
    path: '/v1/programmes',
    area,
    action: 'programme.open',
    summary: 'Open a programme for a debtor and a funder',
    creates: true,
    settles: 'programme',
    params: z.strictObject({}),
    body: terms,
    example: {
      params: {},
      body: {
        programmeId: 'acme-nordbank',
        debtorId: 'acme-motors',
        funderId: 'nordbank',
        currency: 'EUR',
        limitMinor: '1200000000',
        advanceRateBps: 8000,
        annualRateBps: 435,
        dayCountBasis: 360,
        penaltyRateBps: 653,
        goodsEvidence: 'receipt',
        acceptance: 'deemed',
        advanceBase: 'net',
        priceToleranceBps: 200,
        priceToleranceMinor: '10000',
        minTenorDays: 0,
        maxTenorDays: 180,
        suspenseAfterDays: 5,
      },
    },
    resource: ({ body }) => ({ programmeId: body.programmeId, debtorId: body.debtorId, funderIds: [body.funderId] }),
    command: ({ body }) => ({
      type: 'OpenProgramme',
      programme: { ...body, limitMinor: minor(body.limitMinor), priceToleranceMinor: minor(body.priceToleranceMinor) },
    }),
    made: (_command, { body }) => ({ id: body.programmeId, location: `/v1/programmes/${body.programmeId}` }),
  }),
  read({
    path: '/v1/programmes/{id}',
    area,
    action: 'programme.read',
    summary: 'Read a programme',
    params,
    example: { params: { id: 'acme-nordbank' } },
    ...views.programmes,
    id: ({ id }) => id,
    resource: async (_document, ownership, { id }, actor) => ({
      ...(await ownership.programme(id)),
      enrolledIds: (await ownership.enrolledIn(id, actor)) ? [actor.partyId] : [],
    }),
    shown: { supplier: withoutLimit },
  }),
  write({
    method: 'put',
    path: '/v1/programmes/{id}/limit',
    area,
    action: 'programme.change-limit',
    summary: 'Change how much the funder lends under the programme',
    creates: false,
    params,
    body: z.strictObject({ limitMinor: amountMinor }),
    example: { params: { id: 'acme-nordbank' }, body: { limitMinor: '500000000' } },
    resource: (values, _actor, ownership) => ownership.programme(values.params.id),
    command: (values, actor) => ({
      type: 'ChangeProgrammeLimit',
      programmeId: values.params.id,
      limitMinor: minor(values.body.limitMinor),
      changedBy: actor.partyId,
    }),
    made: (command) => ({ id: command.programmeId, location: `/v1/programmes/${command.programmeId}` }),
  }),
  read({
    path: '/v1/programmes/{id}/position',
    area,
    action: 'programme.position',
    summary: 'What is reserved, lent and free under the programme',
    params,
    example: { params: { id: 'acme-nordbank' } },
    ...views.positions,
    id: ({ id }) => id,
    resource: async (_document, ownership, { id }) => (await ownership.programme(id)) ?? {},
  }),
  read({
    path: '/v1/programmes/{id}/ledger',
    area,
    action: 'programme.ledger',
    summary: 'The programme’s accounts and their trial balance',
    params,
    example: { params: { id: 'acme-nordbank' } },
    ...views.ledgers,
    id: ({ id }) => id,
    resource: async (_document, ownership, { id }) => (await ownership.programme(id)) ?? {},
  }),
  write({
    method: 'post',
    path: '/v1/programmes/{id}/enrolments',
    area,
    action: 'programme.enrol',
    summary: 'Join a programme as a supplier and accept, standing, that matched claims are sold under its terms',
    creates: true,
    params,
    body: z.strictObject({ termsReference: text(100), signatory: person, acceptedOn: localDate }),
    example: {
      params: { id: 'acme-nordbank' },
      body: { termsReference: 'acme-nordbank/terms/2026-01', signatory: 'Ingrid Holm', acceptedOn: '2026-03-02' },
    },
    resource: async (values, actor, ownership) => {
      const programme = await ownership.programme(values.params.id)
      return programme && { ...programme, supplierId: actor.partyId }
    },
    command: (values, actor, programme) => ({
      type: 'EnrolSupplier',
      partyId: actor.partyId,
      programmeId: values.params.id,
      debtorId: programme.debtorId ?? '',
      termsReference: values.body.termsReference,
      acceptedBy: personOf(actor.partyId, values.body.signatory),
      acceptedOn: values.body.acceptedOn,
    }),
    made: (command) => ({
      id: `${command.programmeId}/${command.partyId}`,
      location: `/v1/programmes/${command.programmeId}`,
    }),
  }),
]
