/** Runs the town's steps while something that needs them is awaited. */
import type { Town } from './town.ts'

const STEPS_MOST = 3_000_000

export const pump = async <T>(town: Pick<Town, 'world'>, work: Promise<T>): Promise<T> => {
  let over = false
  work.then(
    () => (over = true),
    () => (over = true),
  )
  const ended = await town.world.run(() => over, STEPS_MOST)
  if (!over) throw new Error(`nothing more happens, and it has not ended (${ended})`)
  return work
}
