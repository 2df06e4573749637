/** The financing service as shipped, as something that is measured. */
import { bornAt } from '../../../engines/src/index.js'
import { JourneyProblem } from '../surroundings.ts'
import type { BenchWorld } from './bench-world.ts'
import type { Running } from './child.ts'

export const startFinancing = async (world: BenchWorld): Promise<Running> => {
  const pid = await world.start()
  return {
    pid,
    check: () => {
      if (bornAt(pid) === undefined) throw new JourneyProblem('The financing service ended during its run.')
    },
    stop: () => world.stop(),
  }
}
