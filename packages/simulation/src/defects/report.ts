/** Which planted defects the simulation caught, by which invariant, and after how many trades: the test of the test. */
import Table from 'cli-table3'
import { copySources, defectNames, meaningOf, plant } from './plant.ts'

/** A defect that so many trades do not show is not caught. */
const TRADES_MOST = 3_000

/** True when every one of them was caught. */
export const huntDefects = async (
  names: readonly string[] = defectNames(),
  say: (text: string) => void,
): Promise<boolean> => {
  const table = new Table({
    head: ['defect', 'caught by', 'after trades', 'first sign'],
    colWidths: [34, 16, 8, 60],
    wordWrap: true,
    style: { head: [], border: [] },
  })
  const copy = copySources()
  let all = true
  try {
    for (const name of names) {
      try {
        const { caught, invariants, trades, sentence } = await plant(copy, name, TRADES_MOST)
        all &&= caught
        say(`${name}: ${caught ? `${invariants.join(' ')} after ${trades} trades` : `not caught in ${trades} trades`}`)
        table.push([
          name,
          caught ? invariants.join(' ') : 'nobody',
          trades,
          caught ? sentence.slice(0, 200) : meaningOf(name),
        ])
      } catch (error) {
        all = false
        say(`${name}: ${String(error)}`)
        table.push([name, 'not run', 0, String(error).slice(0, 200)])
      }
    }
  } finally {
    copy.remove()
  }
  say(table.toString())
  return all
}
