/** Who may do what, asked at every public door by every kind of caller (quality brief, "Who may do what"). */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Operation } from '../doors/operation.ts'
import { operations } from '../doors/table.ts'
import {
  acme,
  auditor,
  blitz,
  globex,
  nordbank,
  nordwind,
  openWorld,
  operator,
  schnecke,
  suedbank,
  suedwind,
  tradeOfAcme,
  type World,
} from '../testing.ts'
import { actions, policy, type Action, type Actor } from './authorise.ts'

let world: World
beforeAll(async () => void (world = await openWorld()))
beforeEach(() => {
  world.fake.forget()
  tradeOfAcme(world)
})
afterAll(() => world.close())

const callers = { acme, globex, nordwind, suedwind, blitz, schnecke, nordbank, suedbank, operator, auditor }
type Caller = keyof typeof callers

/** What belongs to nordwind as a party, whatever its role: for it, and for whoever else may look. */
const ownOnly = (...more: Caller[]): { yes: Caller[]; hidden: Caller[] } => {
  const yes: Caller[] = ['nordwind', ...more]
  return { yes, hidden: (Object.keys(callers) as Caller[]).filter((caller) => !yes.includes(caller)) }
}

/**
 * The trade is between acme (buyer) and nordwind (supplier), carried by blitz, funded by nordbank. globex, suedwind,
 * schnecke and suedbank have the same roles elsewhere. `yes` may; `hidden` have the role but not the thing; all others
 * have the wrong role. Things that come into being are not hidden: naming another party is plainly forbidden.
 */
const table: Record<Action, { yes: Caller[]; hidden?: Caller[]; notYours?: Caller[] }> = {
  'party.register': { yes: ['operator'] },
  'party.read': {
    yes: ['nordwind', 'nordbank', 'suedbank', 'operator', 'auditor'],
    hidden: ['acme', 'globex', 'suedwind', 'blitz', 'schnecke'],
  },
  'bank-account.register': ownOnly(),
  'bank-account.verify': { yes: ['nordbank', 'suedbank'] },
  'programme.open': { yes: ['nordbank', 'operator'], notYours: ['suedbank'] },
  'programme.read': {
    yes: ['acme', 'nordwind', 'nordbank', 'operator', 'auditor'],
    hidden: ['globex', 'suedwind', 'suedbank'],
  },
  'programme.change-limit': { yes: ['nordbank'], hidden: ['suedbank'] },
  'programme.position': { yes: ['nordbank', 'auditor'], hidden: ['suedbank'] },
  'programme.ledger': { yes: ['nordbank', 'auditor'], hidden: ['suedbank'] },
  'programme.enrol': { yes: ['nordwind', 'suedwind'] },
  'business-day.open': { yes: ['operator'] },
  'business-day.close': { yes: ['nordbank', 'suedbank', 'operator'] },
  'business-day.read': { yes: Object.keys(callers) as Caller[] },
  'order.submit': { yes: ['acme'], notYours: ['globex'] },
  'order.amend': { yes: ['acme'], hidden: ['globex'] },
  'order.cancel': { yes: ['acme'], hidden: ['globex'] },
  'order.accept': { yes: ['nordwind'], hidden: ['suedwind'] },
  'order.read': { yes: ['acme', 'nordwind', 'nordbank', 'auditor'], hidden: ['globex', 'suedwind', 'suedbank'] },
  'shipment.book': { yes: ['blitz'], notYours: ['schnecke'] },
  'shipment.move': { yes: ['blitz'], hidden: ['schnecke'] },
  'shipment.read': {
    yes: ['acme', 'nordwind', 'blitz', 'nordbank', 'auditor'],
    hidden: ['globex', 'suedwind', 'schnecke', 'suedbank'],
  },
  'goods-receipt.record': { yes: ['acme'], notYours: ['globex'] },
  'return.record': { yes: ['acme'], notYours: ['globex'] },
  'invoice.issue': { yes: ['nordwind'], notYours: ['suedwind'] },
  'invoice.credit': { yes: ['nordwind'], hidden: ['suedwind'] },
  'invoice.confirm': { yes: ['acme'], hidden: ['globex'] },
  'invoice.dispute': { yes: ['acme'], hidden: ['globex'] },
  'invoice.read': { yes: ['acme', 'nordwind', 'nordbank', 'auditor'], hidden: ['globex', 'suedwind', 'suedbank'] },
  'statement-line.post': { yes: ['nordbank'], notYours: ['suedbank'] },
  // A list is never forbidden to those who may list: it only holds what is theirs.
  'claim.list': { yes: ['nordbank', 'suedbank', 'auditor'] },
  'claim.read': { yes: ['acme', 'nordwind', 'nordbank', 'auditor'], hidden: ['globex', 'suedwind', 'suedbank'] },
  'claim.approve': { yes: ['nordbank'], hidden: ['suedbank'] },
  'claim.refuse': { yes: ['nordbank'], hidden: ['suedbank'] },
  'receipt.allocate': { yes: ['nordbank'], hidden: ['suedbank'] },
  'trade.read': { yes: ['acme', 'nordwind', 'nordbank', 'auditor'], hidden: ['globex', 'suedwind', 'suedbank'] },
  'decision.read': { yes: ['nordwind', 'nordbank', 'auditor'], hidden: ['suedwind', 'suedbank'] },
  'webhook.register': ownOnly(),
  'webhook.read': ownOnly('auditor'),
  'webhook.change': ownOnly(),
  'webhook.secret': ownOnly(),
  'webhook.roll-secret': ownOnly(),
  'webhook.deliveries': { yes: Object.keys(callers) as Caller[] },
  'webhook.dead-letters': { yes: Object.keys(callers) as Caller[] },
  'webhook.delivery': ownOnly('auditor'),
  'webhook.resend': ownOnly(),
}

const expected = (action: Action, caller: Caller): 'yes' | 403 | 404 => {
  const { yes, hidden = [], notYours = [] } = table[action]
  if (yes.includes(caller)) return 'yes'
  expect(notYours.includes(caller) && hidden.includes(caller)).toBe(false)
  return hidden.includes(caller) ? 404 : 403
}

const codeOf = (action: Action, caller: Caller) =>
  table[action].notYours?.includes(caller)
    ? 'NotYourParty'
    : expected(action, caller) === 404
      ? 'NotFound'
      : 'RoleMissing'

const ask = async (operation: Operation, actor: Actor) => {
  const params: Record<string, string> = operation.kind === 'list' ? {} : operation.example.params
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name]!))
  if (operation.kind === 'write')
    return await world.post(actor, path, operation.example.body, {}, operation.method.toUpperCase())
  return await world.get(
    actor,
    operation.kind === 'list' ? `${path}?${new URLSearchParams(operation.example.query)}` : path,
  )
}

describe('the policy', () => {
  it('has an action for every operation and an operation for every action', () => {
    expect(new Set(operations.map((operation) => operation.action))).toEqual(new Set(actions))
  })

  it('gives nobody a right to a thing whose parties are not known', () => {
    const everyone: Actor = { partyId: 'all-in-one', roles: ['buyer', 'supplier', 'carrier'] }
    for (const action of actions.filter((one) => one !== 'business-day.read'))
      expect(policy(everyone, action, {}).may).toBe(false)
  })

  it('gives a caller without roles only what is its own', () => {
    const nobody: Actor = { partyId: 'nobody', roles: [] }
    const owned = {
      partyId: 'nobody',
      buyerId: 'nobody',
      supplierId: 'nobody',
      carrierId: 'nobody',
      debtorId: 'nobody',
      funderIds: ['nobody'],
    }
    expect(actions.filter((action) => policy(nobody, action, owned).may)).toEqual([
      'party.read',
      'bank-account.register',
      'business-day.read',
      ...actions.filter((action) => action.startsWith('webhook.')),
    ])
  })
})

describe.each(operations.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
  '%s',
  (_name, operation) => {
    it.each(Object.keys(callers) as Caller[])('answers %s as the table says', async (caller) => {
      const response = await ask(operation, callers[caller])
      const should = expected(operation.action, caller)
      if (should === 'yes') {
        expect(response.status).toBeLessThan(300)
        return
      }
      expect(response.status).toBe(should)
      expect(await response.json()).toMatchObject({ status: should, code: codeOf(operation.action, caller) })
      expect(world.fake.submitted).toHaveLength(0)
    })

    it('answers nobody in particular with 401 and how to do better', async () => {
      const response = await ask(operation, undefined as unknown as Actor)
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toBe('Bearer realm="triflow"')
    })
  },
)
