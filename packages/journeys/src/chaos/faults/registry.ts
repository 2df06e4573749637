/** The fault catalogue, F01 to F44: every entry says how it is made, what must hold, and makes it or says why not. */
import { JourneyProblem } from '../../surroundings.ts'
import { broker } from './broker.ts'
import { callers } from './callers.ts'
import { crashes } from './crashes.ts'
import type { Fault } from './fault.ts'
import { machine } from './machine.ts'
import { network } from './network.ts'
import { records } from './records.ts'
import { signals } from './signals.ts'
import { store } from './store.ts'
import { versions } from './versions.ts'

export const catalogue: readonly Fault[] = [
  ...crashes,
  ...signals,
  ...broker,
  ...records,
  ...store,
  ...network,
  ...machine,
  ...callers,
  ...versions,
]

/** As in "F14,F19" or "all"; a name that is not in the catalogue is told with those that are. */
export const chosenFaults = (asked: string): Fault[] => {
  if (asked === 'all') return [...catalogue]
  return asked.split(',').map((name) => {
    const found = catalogue.find(({ id }) => id === name.trim().toUpperCase())
    if (!found)
      throw new JourneyProblem(
        `There is no fault ${name} in the catalogue.`,
        `Choose all, or of ${catalogue[0]!.id} to ${catalogue.at(-1)!.id}, separated by commas.`,
      )
    return found
  })
}
