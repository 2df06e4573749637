/** Which desks there are, and which topics they read and write: what verify and a recovery have to go through. */
import { commandsTopic, deadLettersTopic, deskEntry, headsTopic, isWriterOf, topics } from '@triflow/contracts'
import type { AnyDesk } from '@triflow/kernel'
import { deskIds } from '../record.ts'

export interface Place {
  readonly desk: AnyDesk
  readonly partition: number
  /** service.desk-NN. */
  readonly id: string
}

export const placesOf = (desks: readonly AnyDesk[], desksPerKind: number): readonly Place[] =>
  desks.flatMap((desk) => deskIds(desk.name, desksPerKind).map((id, partition): Place => ({ desk, partition, id })))

/** Topics that desks of this kind read. */
export const inputsOf = (name: string): readonly string[] => [commandsTopic(name), ...deskEntry(name).hears]

/** Topics that desks of this kind write, heads aside. */
export const outputsOf = (name: string): readonly string[] =>
  topics.map((topic) => topic.name).filter((topic) => isWriterOf(name, topic) || topic === deadLettersTopic(name))

export const topicsOf = (desks: readonly Pick<AnyDesk, 'name'>[]): readonly string[] => [
  ...new Set(desks.flatMap(({ name }) => [...inputsOf(name), ...outputsOf(name), headsTopic(name)])),
]
