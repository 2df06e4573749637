/** A financing service that knows the terms of all trades before the first of them is told. */
import { inputsOf, preload } from './backlog.ts'
import type { BenchWorld } from './bench-world.ts'
import { terms, type Limits, type Say, type TradeShape } from './legs.ts'
import { untilQuiet } from './service-figures.ts'

/**
 * Starts the service; resolves with its pid once the terms are folded. A programme that opened among the trades would
 * make the desks sweep all that are open, and such steps are counted like records: neither is what a bench is about.
 */
export const openForTrade = async (
  world: BenchWorld,
  say: Say,
  shape: TradeShape,
  limits?: Limits,
): Promise<number> => {
  const pid = await world.start()
  // Topics that were created a moment ago may not have a leader yet; a service that is ready has used them.
  await world.untilReady()
  let inputs = 0
  await preload(world.log, terms(say, shape, limits), (records) => {
    inputs += inputsOf(records)
  })
  await untilQuiet(world.adminUrl, inputs, { quietMs: 1_000 })
  return pid
}
