/** How many callers it takes until more of them bring nothing. */

const CALLERS_LEAST = 4
/** A step that brings no more than this, against the best before it, is in vain … */
const GAIN_WORTH_IT = 1.05
/** … and after so many in a row there is no more to be had. */
const VAIN_MOST = 2

interface Step {
  readonly acceptedPerSecond: number
}

/** Whether the last steps were in vain; else they ended at a bound. */
export const isSaturated = (steps: readonly Step[]): boolean =>
  steps.length > VAIN_MOST &&
  steps.slice(-VAIN_MOST).every(({ acceptedPerSecond }, at) => {
    const before = steps.slice(0, steps.length - VAIN_MOST + at)
    return acceptedPerSecond <= Math.max(...before.map((step) => step.acceptedPerSecond)) * GAIN_WORTH_IT
  })

/** Doubles the callers until that is in vain, or there would be more of them than `callersMost`. */
export const untilSaturated = async <T extends Step>(
  callersMost: number,
  measure: (callers: number) => Promise<T>,
): Promise<T[]> => {
  const steps: T[] = []
  for (let callers = CALLERS_LEAST; callers <= callersMost && !isSaturated(steps); callers *= 2)
    steps.push(await measure(callers))
  return steps
}
