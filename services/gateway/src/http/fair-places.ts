/** A bounded number of places, shared fairly between tenants: who asks for more than its share cannot make others wait. */

export interface PlaceBounds {
  /** Requests in hand at once. */
  readonly places: number
  /** How long one that is within its tenant's share may wait for a place. */
  readonly waitMs: number
}

/** Why there is no place: the tenant has its share already; nobody is above its share and still nothing came free; the caller went away. */
export type NoPlace = 'above-share' | 'full' | 'gone'

export type Entry =
  { readonly leave: () => void } | { readonly refused: NoPlace; readonly held: number; readonly share: number }

export interface FairPlaces {
  /** To be left exactly once; a second time does nothing. */
  enter(tenant: string, gone?: AbortSignal): Promise<Entry>
  taken(): number
  waiting(): number
}

interface Waiter {
  readonly since: number
  readonly settle: (entry: Entry) => void
}

interface Tenant {
  taken: number
  readonly waiters: Waiter[]
}

const heldBy = ({ taken, waiters }: Tenant): number => taken + waiters.length

/** For tests with a clock of their own. */
export type After = (ms: number, task: () => void) => () => void

const after: After = (ms, task) => {
  const timer = setTimeout(task, ms)
  return () => clearTimeout(timer)
}

/**
 * A tenant's share is the places divided by the tenants that have something in hand; alone, it may take all. Above its
 * share it gets a place only while a quarter stays free, so that the others usually need not wait. One that is within its
 * share waits when all places are taken, and the next free one goes to the tenant that holds fewest. At most as many wait
 * as there are places; when there are more, the one that holds most gives up its newest.
 */
export const fairPlaces = ({ places, waitMs }: PlaceBounds, later: After = after): FairPlaces => {
  const tenants = new Map<string, Tenant>()
  const open = places - Math.floor(places / 4)
  let taken = 0
  let waiting = 0
  let arrivals = 0

  const share = (): number => Math.max(1, Math.floor(places / tenants.size))

  const refusal = (refused: NoPlace, tenant: Tenant): Entry => ({ refused, held: heldBy(tenant), share: share() })

  const forget = (name: string, tenant: Tenant): void => {
    if (heldBy(tenant) === 0) tenants.delete(name)
  }

  const take = (name: string, tenant: Tenant): Entry => {
    tenant.taken++
    taken++
    let left = false
    return {
      leave: () => {
        if (left) return
        left = true
        tenant.taken--
        taken--
        forget(name, tenant)
        giveAway()
      },
    }
  }

  /** To the tenant that holds fewest; among equals, to who has waited longest. */
  const giveAway = (): void => {
    if (waiting === 0 || taken >= places) return
    const [name, tenant] = [...tenants]
      .filter(([, { waiters }]) => waiters.length > 0)
      .reduce((a, b) => {
        const fewer = b[1].taken - a[1].taken
        return fewer < 0 || (fewer === 0 && b[1].waiters[0]!.since < a[1].waiters[0]!.since) ? b : a
      })
    tenant.waiters[0]!.settle(take(name, tenant))
  }

  /** Makes room among those who wait, at the cost of the one that holds most; false when nobody is above its share. */
  const makeRoom = (): boolean => {
    const above = [...tenants.values()].filter((tenant) => tenant.waiters.length > 0 && heldBy(tenant) > share())
    if (above.length === 0) return false
    const most = above.reduce((a, b) => (heldBy(b) > heldBy(a) ? b : a))
    most.waiters.at(-1)!.settle(refusal('above-share', most))
    return true
  }

  const wait = (name: string, tenant: Tenant, gone?: AbortSignal): Promise<Entry> =>
    new Promise((resolve) => {
      const waiter: Waiter = {
        since: arrivals++,
        settle: (entry) => {
          tenant.waiters.splice(tenant.waiters.indexOf(waiter), 1)
          waiting--
          cancel()
          gone?.removeEventListener('abort', leaves)
          forget(name, tenant)
          resolve(entry)
        },
      }
      const leaves = (): void => waiter.settle(refusal('gone', tenant))
      const cancel = later(waitMs, () => waiter.settle(refusal('full', tenant)))
      tenant.waiters.push(waiter)
      waiting++
      gone?.addEventListener('abort', leaves)
    })

  return {
    enter: async (name, gone) => {
      const tenant = tenants.get(name) ?? { taken: 0, waiters: [] }
      tenants.set(name, tenant)
      const isWithin = heldBy(tenant) < share()
      if (taken < (isWithin ? places : open)) return take(name, tenant)
      const refused = gone?.aborted
        ? 'gone'
        : !isWithin
          ? 'above-share'
          : waiting >= places && !makeRoom()
            ? 'full'
            : undefined
      if (!refused) return await wait(name, tenant, gone)
      const entry = refusal(refused, tenant)
      forget(name, tenant)
      return entry
    },
    taken: () => taken,
    waiting: () => waiting,
  }
}
