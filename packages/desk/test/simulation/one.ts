import { quietDay } from './days.ts'
import { createCore } from '../../src/core.ts'
import { openEntry } from '../../src/journal.ts'
import { journalOf } from '../../src/memory/database.ts'
import { simulatedDesks } from './desks.ts'
import { coreLimits, desksPerKind } from './town.ts'
const [seed, at, verdict, deskId, seq] = process.argv.slice(2)
const day = await quietDay(Number(seed), { at: Number(at), verdict: verdict as never }, true)
console.log(day.faults)
if (deskId) {
  const [name, p] = [deskId.slice(0, -3), Number(deskId.slice(-2))]
  const core = createCore(simulatedDesks.find((d) => d.name === name)!, p, desksPerKind, coreLimits)
  core.load(undefined)
  const show = (x: unknown) => JSON.stringify(x, (_k, v) => typeof v === 'bigint' ? String(v) : v instanceof Uint8Array ? Buffer.from(v).toString('latin1') : v, 1)
  for (const e of journalOf(day.town.engines.database, deskId)) {
    if (e.sequence === Number(seq)) {
      console.log(show(openEntry(e)))
    }
    const steps = core.decideAgain(e)
    console.log(e.sequence, steps)
  }
} else {
console.log(day.town.world.trace.join('\n'))
console.log(day.town.witness.said.map((r) => JSON.stringify(r)).join('\n'))
}
