/** Which desks there are, and which topics they read and write: what a recovery has to go through. */
import {
  commandsTopic,
  deadLettersTopic,
  deskEntry,
  headsTopic,
  isWriterOf,
  partitionsOf,
  topicNamed,
  topics,
} from '@triflow/contracts'
import type { AnyDesk } from '@triflow/kernel'
import { deskId } from '../record.ts'

export interface Place {
  readonly desk: AnyDesk
  readonly partition: number
  /** service.desk-NN. */
  readonly id: string
}

export const placesOf = (desks: readonly AnyDesk[], desksPerKind: number): readonly Place[] =>
  desks.flatMap((desk): Place[] =>
    Array.from({ length: partitionsOf(topicNamed(commandsTopic(desk.name)), desksPerKind) }, (_, partition) => ({
      desk,
      partition,
      id: deskId(desk.name, partition),
    })),
  )

/** Topics that desks of this kind read. */
export const inputsOf = (name: string): readonly string[] => [commandsTopic(name), ...deskEntry(name).hears]

/** Topics that desks of this kind write, heads aside. */
export const outputsOf = (name: string): readonly string[] =>
  topics.map((topic) => topic.name).filter((topic) => isWriterOf(name, topic) || topic === deadLettersTopic(name))

export const topicsOf = (desks: readonly Pick<AnyDesk, 'name'>[]): readonly string[] => [
  ...new Set(desks.flatMap(({ name }) => [...inputsOf(name), ...outputsOf(name), headsTopic(name)])),
]
