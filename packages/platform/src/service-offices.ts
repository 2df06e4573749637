/** Keeps the offices of a service open while this host's clock can be trusted. */
import type { Office, Witness } from '@triflow/desk'

export interface Offices {
  ready(): boolean
  stop(): Promise<void>
}

/**
 * Opens all offices; closes them, which leaves their groups so that other hosts take the desks, whenever the clock is
 * not to be trusted, and opens them anew afterwards. One change at a time, always towards the latest word.
 */
export const keepOffices = (options: {
  readonly open: readonly (() => Promise<Office>)[]
  readonly onClock: (listener: (agrees: boolean) => void) => void
  readonly witness: Witness
}): Offices => {
  const { open, onClock, witness } = options
  let offices: Office[] = []
  let wanted = true
  let stopped = false
  let changing: Promise<void> = Promise.resolve()

  const settle = (): void => {
    changing = changing.then(async () => {
      const shouldBeOpen = wanted && !stopped
      if (shouldBeOpen === offices.length > 0) return
      if (shouldBeOpen) offices = await Promise.all(open.map((openOne) => openOne()))
      else {
        const closing = offices
        offices = []
        if (!stopped) witness.say('error', 'desks are given up until the clock agrees again')
        await Promise.all(closing.map((office) => office.stop()))
      }
    })
    changing = changing.catch((error: unknown) =>
      witness.say('error', 'offices could not be opened or closed', { error }),
    )
  }

  onClock((agrees) => {
    wanted = agrees
    settle()
  })
  settle()
  return {
    ready: () => open.length === 0 || (offices.length > 0 && offices.every((office) => office.ready())),
    stop: async () => {
      stopped = true
      settle()
      await changing
    },
  }
}
