/** Every record of another desk has its place: next, a repeat, or the end of work until a person has looked. */
import { Halted, type DeskAtWork } from './desk-at-work.ts'
import { formatPosition, type Position } from './record.ts'

/** Marks a heard record by its number. Throws Halted when one is missing before it or when its source told two stories. */
export const mark = (d: DeskAtWork, position: Position, topic: string, sha256: string): 'next' | 'duplicate' => {
  const source = `${position.desk}>${topic}`
  const known = d.state.marks.get(source) ?? { number: 0, hash: '' }
  if (position.number < known.number) return 'duplicate'
  if (position.number === known.number) {
    if (sha256 !== known.hash) throw new Halted('fork', `${source} said number ${position.number} twice, differently`)
    return 'duplicate'
  }
  if (position.previous > known.number)
    throw new Halted(
      'missing-record',
      `${source}: number ${position.previous} came before ${position.number} and was never read (last is ${known.number})`,
    )
  if (position.previous < known.number)
    throw new Halted('fork', `${source}: ${formatPosition(position)} does not follow ${known.number}`)
  d.state.marks.set(source, { number: position.number, hash: sha256 })
  return 'next'
}
