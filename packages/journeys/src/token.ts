/** The verb `token`: a bearer token for one actor, for a first curl. */
import type { Door } from './client/door.ts'
import { heldKey, OPERATOR } from './client/keys.ts'
import { JourneyProblem, type Surroundings } from './surroundings.ts'

/** Only the operator's key is made here: another actor's would belong to no registered party. */
export const tokenFor = async (door: Door, { keysDir }: Surroundings, actor: string): Promise<string> => {
  if (actor !== OPERATOR && !(await heldKey(keysDir, actor)))
    throw new JourneyProblem(
      `There is no key of ${actor} in ${keysDir}.`,
      'Keys are made with the parties: run ./triflow demo first, or ask for `operator`.',
    )
  return (await door.as(actor)).token()
}
