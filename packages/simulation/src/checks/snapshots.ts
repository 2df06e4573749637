/** I13: what is kept as a snapshot is whole, and is the state that the journal gives up to its entry. */
import { canonical, createCore, sameBytes } from '@triflow/desk'
import { memoryPorts } from '@triflow/desk/memory'
import { codeVersion } from '../town/house.ts'
import { pump } from '../town/pump.ts'
import type { Town } from '../town/town.ts'
import type { Finder } from './findings.ts'
import type { Journals } from './journals.ts'

export const checkSnapshots = async (town: Town, { all }: Journals, finder: Finder): Promise<void> => {
  const { desks, limits } = town.options
  const { store } = memoryPorts(town.engines, town.world.process('snapshot reader'))
  for (const { desk, partition, id, entries } of all) {
    if (!town.engines.database.snapshotHeaders.has(id)) continue
    const kept = await pump(
      town,
      store.snapshot(id).catch((error: unknown) => String(error)),
    )
    if (typeof kept === 'string') finder.wrong('I13', kept)
    if (typeof kept === 'string' || !kept) continue
    const live = createCore(desk, partition, desks, limits.core)
    live.load(kept, codeVersion)
    const folded = createCore(desk, partition, desks, limits.core)
    for (const entry of entries.slice(0, kept.sequence)) folded.fold(entry)
    const [is, becomes] = [live.state(), folded.state()]
    const isSame =
      sameBytes(is.archived.bits, becomes.archived.bits) &&
      canonical({ ...is, archived: 0 }) === canonical({ ...becomes, archived: 0 })
    finder.must('I13', isSame, () => `the snapshot of ${id} at ${kept.sequence} is not what the journal gives there`)
  }
}
