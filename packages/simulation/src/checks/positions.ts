/** What a reader has saved of its progress only ever grows: others wait for it, and whoever takes over begins there. */
import type { Database } from '@triflow/desk/memory'

/** Watches from now on; the answer tells, in sentences, which positions were moved back until it is asked. */
export const watchPositions = ({ positions }: Database): (() => readonly string[]) => {
  const moved: string[] = []
  const keep = positions.set.bind(positions)
  positions.set = (reader, position) => {
    for (const [input, next] of Object.entries(positions.get(reader)?.next ?? {}))
      if ((position.next[input] ?? 0) < next)
        moved.push(`the position of ${reader} in ${input} was moved back from ${next} to ${position.next[input] ?? 0}`)
    return keep(reader, position)
  }
  return () => moved
}
