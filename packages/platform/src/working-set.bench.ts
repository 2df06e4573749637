/**
 * What a working set costs for each of very many open items, in CPU of this process, garbage collection included:
 * node packages/platform/src/working-set.bench.ts
 */
import { piecesOf } from '../../desk/src/snapshot-pieces.ts'
import { openWorkingSet, type WorkingSet } from '../../desk/src/working-set.ts'

const ITEMS = 250_000
const CHANGES = 300_000
const AT_HAND = 2_000
const OFTEN = 1_000_000

interface Item {
  readonly orderId: string
  readonly lines: readonly { readonly sku: string; readonly quantity: bigint; readonly price: bigint }[]
  readonly lanes: { readonly information: boolean; goods: boolean; readonly funds: boolean }
  readonly at: number
}

const orderIdOf = (n: number): string => `north-machines/PO-2026-${n}`
const invoiceIdOf = (n: number): string => `supplier-${n % 100}/INV-${n}`

const itemOf = (n: number): Item => ({
  orderId: orderIdOf(n),
  lines: [{ sku: `sku-${n % 50}`, quantity: 10n, price: 1_200n }],
  lanes: { information: true, goods: false, funds: true },
  at: 1_760_000_000_000 + n,
})

const measured = <T>(what: string, times: number, work: () => T): T => {
  const from = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(from)
  console.log(`${what.padEnd(44)} ${((user + system) / times).toFixed(2)} µs`)
  return result
}

const set = openWorkingSet(AT_HAND)
measured('an item and its invoice kept and put to rest', ITEMS, () => {
  const items = set.map<Item>('items')
  const orders = set.map<string>('orders')
  for (let n = 0; n < ITEMS; n++) {
    items.set(orderIdOf(n), itemOf(n))
    orders.set(invoiceIdOf(n), orderIdOf(n))
    set.rest()
  }
})
const captured = measured('captured', ITEMS, () => set.capture(true))
const pieces = measured('written', ITEMS, () => [...piecesOf(captured.maps, new Uint8Array(0))].slice(0, -1))

const restored = (): WorkingSet => {
  const again = openWorkingSet(AT_HAND)
  // A set keeps the pieces that it is given.
  for (const piece of pieces) again.restore(Buffer.from(piece))
  again.learn(set.shapes())
  return again
}
measured('taken in from a snapshot', ITEMS, restored)
const again = measured('taken in from a snapshot, code compiled', ITEMS, restored)

const items = again.map<Item>('items')
measured('brought to hand, changed, put to rest', CHANGES, () => {
  for (let n = 0; n < CHANGES; n++) {
    // A stride that meets items far apart, and each about once.
    const key = orderIdOf((n * 99_991) % ITEMS)
    const item = items.get(key)!
    item.lanes.goods = true
    items.set(key, item)
    again.rest()
  }
})
measured('asked for while at hand', OFTEN, () => {
  for (let n = 0; n < OFTEN; n++) {
    const key = orderIdOf(n % 1_000)
    if (items.has(key)) items.set(key, items.get(key)!)
    again.rest()
  }
})
