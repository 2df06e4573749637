/** Takes readers back to where a rebuilt log is surely as they read it; their marks tell them what they have heard before. */
import { isDeepStrictEqual } from 'node:util'
import type { Views } from '../ports.ts'
import { RecoveryRefused } from './refused.ts'

/** `lanes`: names under which positions are saved. Returns how many were taken back. */
export const takeReadersBack = async (
  views: Pick<Views, 'position' | 'savePosition'>,
  lanes: readonly string[],
  exact: ReadonlyMap<string, number>,
): Promise<number> => {
  let back = 0
  for (const lane of lanes) {
    const position = await views.position(lane)
    if (!position) continue
    const next = Object.fromEntries(
      Object.entries(position.next).map(([input, offset]) => [input, Math.min(offset, exact.get(input) ?? 0)]),
    )
    if (Object.entries(next).every(([input, offset]) => position.next[input] === offset)) continue
    const taken = { ...position, version: position.version + 1, next }
    // A save whose answer was lost has been done, and its repetition is refused.
    if (!(await views.savePosition(lane, taken)) && !isDeepStrictEqual(await views.position(lane), taken))
      throw new RecoveryRefused('somebody-writes', `the position of ${lane} was saved by somebody else meanwhile`)
    back += 1
  }
  return back
}
