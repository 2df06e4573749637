/** Who may do what: one table, deny by default. A caller acts only in its own roles and for its own party. */

export const roles = ['buyer', 'supplier', 'carrier', 'funder', 'operator', 'auditor'] as const
export type Role = (typeof roles)[number]

/** The caller, as its access token says. */
export interface Actor {
  readonly partyId: string
  readonly roles: readonly Role[]
}

/** Parties to the thing that is acted on. What is not known is absent, and gives nobody a right. */
export interface Resource {
  readonly partyId?: string
  readonly buyerId?: string
  readonly supplierId?: string
  readonly debtorId?: string
  readonly carrierId?: string
  /** Funders of the programmes that the thing falls under. */
  readonly funderIds?: readonly string[]
  /** Suppliers that joined the programme. */
  readonly enrolledIds?: readonly string[]
  readonly programmeId?: string
}

type Ownership = Exclude<keyof Resource, 'programmeId'>

/** A role that may act; with `as`, only where the caller is that party to the thing. */
interface Grant {
  readonly role: Role | 'anyone'
  readonly as?: Ownership
}

const owner: Grant = { role: 'anyone', as: 'partyId' }
const buyer: Grant = { role: 'buyer', as: 'buyerId' }
const supplier: Grant = { role: 'supplier', as: 'supplierId' }
const debtor: Grant = { role: 'buyer', as: 'debtorId' }
const carrier: Grant = { role: 'carrier', as: 'carrierId' }
const funder: Grant = { role: 'funder', as: 'funderIds' }
const anyFunder: Grant = { role: 'funder' }
const operator: Grant = { role: 'operator' }
const auditor: Grant = { role: 'auditor' }

/**
 * The first grant that fits decides in whose eyes a document is shown, so the fullest sight comes first
 * (quality brief, "Who may do what").
 */
const grants = {
  'party.register': [operator],
  'party.read': [auditor, operator, anyFunder, owner],
  'bank-account.register': [owner],
  'bank-account.verify': [anyFunder],
  'programme.open': [funder, operator],
  'programme.read': [auditor, operator, funder, debtor, { role: 'supplier', as: 'enrolledIds' }],
  'programme.change-limit': [funder],
  'programme.position': [auditor, funder],
  'programme.ledger': [auditor, funder],
  'programme.enrol': [supplier],
  'business-day.open': [operator],
  'business-day.close': [anyFunder, operator],
  'business-day.read': [{ role: 'anyone' }],
  'order.submit': [buyer],
  'order.amend': [buyer],
  'order.cancel': [buyer],
  'order.accept': [supplier],
  'order.read': [auditor, funder, buyer, supplier],
  'shipment.book': [carrier],
  'shipment.move': [carrier],
  'shipment.read': [auditor, funder, carrier, buyer, supplier],
  'goods-receipt.record': [buyer],
  'return.record': [buyer],
  'invoice.issue': [supplier],
  'invoice.credit': [supplier],
  'invoice.confirm': [debtor],
  'invoice.dispute': [debtor],
  'invoice.read': [auditor, funder, supplier, debtor],
  'statement-line.post': [funder],
  'claim.read': [auditor, funder, supplier, debtor],
  'claim.list': [auditor, funder],
  'claim.approve': [funder],
  'claim.refuse': [funder],
  'receipt.allocate': [funder],
  'trade.read': [auditor, funder, supplier, buyer],
  'decision.read': [auditor, funder, supplier],
  'webhook.register': [owner],
  'webhook.read': [auditor, owner],
  'webhook.change': [owner],
  'webhook.secret': [owner],
  'webhook.roll-secret': [owner],
  'webhook.deliveries': [auditor, owner],
  'webhook.dead-letters': [auditor, owner],
  'webhook.delivery': [auditor, owner],
  'webhook.resend': [owner],
} as const satisfies Record<string, readonly Grant[]>

export type Action = keyof typeof grants

export const actions = Object.keys(grants) as Action[]

export type Verdict =
  | { readonly may: true; readonly as: Role | 'anyone' }
  | { readonly may: false; readonly why: 'wrong-role' | 'not-yours' }

const holds = (actor: Actor, grant: Grant): boolean => grant.role === 'anyone' || actor.roles.includes(grant.role)

const isParty = (actor: Actor, resource: Resource, as: Ownership): boolean => {
  const named = resource[as]
  return typeof named === 'string' ? named === actor.partyId : (named ?? []).includes(actor.partyId)
}

/** True when some role of the caller may do this to something: the question that needs no look at the thing. */
export const mayEver = (actor: Actor, action: Action): boolean =>
  (grants[action] as readonly Grant[]).some((grant) => holds(actor, grant))

/** The whole question. */
export const policy = (actor: Actor, action: Action, resource: Resource): Verdict => {
  const held = (grants[action] as readonly Grant[]).filter((grant) => holds(actor, grant))
  if (held.length === 0) return { may: false, why: 'wrong-role' }
  const grant = held.find(({ as }) => as === undefined || isParty(actor, resource, as))
  return grant ? { may: true, as: grant.role } : { may: false, why: 'not-yours' }
}
