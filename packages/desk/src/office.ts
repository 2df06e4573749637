/**
 * All desks of one kind in one process. Two halves: `assignment.ts` takes desks over and lets them go, `round.ts` does
 * their work; here they are put together, join the group, and are woken when time alone makes something due.
 */
import { commandsTopic, deskEntry, headsTopic } from '@triflow/contracts'
import { openAssignment } from './assignment.ts'
import type { Membership } from './ports.ts'
import { officeLimits, type OfficeOptions, type Premises } from './premises.ts'
import { openRound } from './round.ts'

export interface Office {
  /** Every assigned desk has been taken over and none has stopped. */
  readonly ready: () => boolean
  /** For health pages: phase by desk. */
  readonly phases: () => ReadonlyMap<string, string>
  stop(): Promise<void>
}

/** How long stopping waits for what is being written and published. */
const FINISH_MS = 5_000

export const openOffice = async (options: OfficeOptions): Promise<Office> => {
  const { desk: definition, log, clock } = options
  const admitted = Promise.withResolvers<void>()
  let membership: Membership | undefined = undefined
  let stopped = false
  const premises: Premises = {
    ...options,
    limits: { ...officeLimits, ...options.limits },
    inputs: [commandsTopic(definition.name), ...deskEntry(definition.name).hears],
    heads: headsTopic(definition.name),
    membership: () => membership,
    admitted: admitted.promise,
    stopped: () => stopped,
  }
  const assignment = openAssignment(premises, {
    fence: (desk) => round.fence(desk),
    publish: (desk, entry, answers) => round.publish(desk, entry, answers),
    wake: () => round.wake(),
  })
  const round = openRound(premises, assignment)

  const ticking = async (): Promise<void> => {
    while (!stopped) {
      await clock.sleep(premises.limits.tickEveryMs)
      const now = clock.now()
      for (const desk of assignment.held.values()) {
        if (desk.phase === 'running' && desk.core.due(now, 1).length > 0) {
          round.wake()
          break
        }
      }
    }
  }

  membership = await log.join({
    group: `triflow.${definition.name}`,
    gatherMs: premises.limits.gatherMs,
    topics: [...premises.inputs, premises.heads],
    onAssigned: assignment.onAssigned,
    onBatch: round.takeIn,
    onRevoked: assignment.onRevoked,
  })
  admitted.resolve()
  if (definition.wakeAt) void ticking()

  return {
    ready: assignment.ready,
    phases: () => new Map([...assignment.held.values()].map((desk) => [desk.id, desk.phase])),
    stop: async () => {
      await membership?.leave()
      for (let waited = 0; waited < FINISH_MS && !round.idle(); waited += 10) await clock.sleep(10)
      stopped = true
      round.stop()
      assignment.dropAll()
    },
  }
}
