/** As which member of its groups a process last read the log, for the process that is started in its place. */
import type { Witness } from '@triflow/desk'
import type { Members } from '../kafka/membership.ts'
import type { Mongo } from './connection.ts'

interface MemberDocument {
  readonly _id: string
  readonly memberId: string
}

/** `name` is what the two processes have in common. Nothing depends on what is kept here but how long a restart waits. */
export const openMembers = ({ connection }: Pick<Mongo, 'connection'>, name: string, witness: Witness): Members => {
  const members = connection.db!.collection<MemberDocument>('members')
  const idIn = (group: string): string => `${group}/${name}`
  const unknown = (error: unknown): undefined => void witness.say('warn', 'member not known', { name, error })
  return {
    before: async (group) => (await members.findOne({ _id: idIn(group) }).catch(unknown))?.memberId,
    joined: (group, memberId) =>
      void members.updateOne({ _id: idIn(group) }, { $set: { memberId } }, { upsert: true }).catch(unknown),
  }
}
