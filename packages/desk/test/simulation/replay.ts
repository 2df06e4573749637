/**
 * Runs a simulated day again and tells its story: every step, every remark, and what is wrong at the end.
 *   node packages/desk/test/simulation/replay.ts quiet SEED [STEP VERDICT]
 *   node packages/desk/test/simulation/replay.ts wild SEED
 * A range of seeds (wild 0-999) is searched instead, and only the findings are told.
 */
import { parseArgs } from 'node:util'
import type { Verdict } from '../../src/memory/world.ts'
import { quietDay, wildDay, type Day } from './days.ts'

const tell = (day: Day): void => {
  for (const line of day.town.world.trace) console.log(line)
  for (const remark of day.town.witness.said) console.log(JSON.stringify(remark))
  for (const fault of day.faults) console.log(`WRONG: ${fault}`)
  console.log(day.faults.length === 0 ? 'all is well' : `${day.faults.length} things are wrong`)
}

const search = async (from: number, to: number): Promise<number> => {
  let wrong = 0
  for (let seed = from; seed <= to; seed++) {
    const { faults } = await wildDay(seed)
    if (faults.length === 0) continue
    wrong++
    console.log(`wild ${seed}: ${faults.join(' | ')}`)
  }
  console.log(`${to - from + 1} days, ${wrong} of them wrong`)
  return wrong
}

const [kind, seeds, step, verdict] = parseArgs({ allowPositionals: true }).positionals
const [from, to] = (seeds ?? '1').split('-').map(Number)
if (kind === 'wild' && to !== undefined) process.exitCode = (await search(from!, to)) > 0 ? 1 : 0
else if (kind === 'wild') tell(await wildDay(from!, true))
else
  tell(await quietDay(from!, step === undefined ? undefined : { at: Number(step), verdict: verdict as Verdict }, true))
