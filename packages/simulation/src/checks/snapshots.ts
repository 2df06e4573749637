/** I13: what is kept as a snapshot is whole, and is the state that the journal gives up to its entry. */
import { canonical, createCore, sameBytes, type Loading, type Snapshot } from '@triflow/desk'
import { memoryPorts } from '@triflow/desk/memory'
import { pump } from '../town/pump.ts'
import type { Town } from '../town/town.ts'
import type { Finder } from './findings.ts'
import type { Journals } from './journals.ts'

export const checkSnapshots = async (town: Town, { all }: Journals, finder: Finder): Promise<void> => {
  const { desks, limits } = town.options
  const { store } = memoryPorts(town.engines, town.world.process('snapshot reader'))
  for (const { desk, partition, id, entries } of all) {
    if (!town.engines.database.snapshotHeaders.has(id)) continue
    const kept = await pump(town, store.snapshot(id))
    if (!kept) continue
    const live = createCore(desk, partition, desks, limits.core)
    const loading = live.loading()
    const taken = await pump(town, takeAll(loading, kept))
    if (!taken) {
      finder.wrong('I13', `the snapshot of ${id} lacks pieces that its header names`)
      continue
    }
    const folded = createCore(desk, partition, desks, limits.core)
    for (const entry of entries.slice(0, kept.sequence)) folded.fold(entry)
    const isSame =
      sameBytes(live.state().archived.bits, folded.state().archived.bits) &&
      canonical({ ...live.account(), archived: 0 }) === canonical({ ...folded.account(), archived: 0 })
    finder.must('I13', isSame, () => `the snapshot of ${id} at ${kept.sequence} is not what the journal gives there`)
  }
}

/** False when a piece is missing. */
const takeAll = async (loading: Loading, snapshot: Snapshot): Promise<boolean> => {
  for await (const piece of snapshot.pieces()) {
    if (!piece) return false
    loading.take(piece)
  }
  loading.done()
  return true
}
