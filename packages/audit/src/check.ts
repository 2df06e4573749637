/** What `verify` asks of anchors: that store, topic and file tell one chain, and that journals still give its roots. */
import type { JournalEntry, Log } from '@triflow/desk'
import { chainOf, Disagreement, type Chain } from './anchors.ts'
import { compare, linesOf, readAnchorsTopic } from './copies.ts'
import type { AnchorFile, AnchorStore } from './ports.ts'
import { tallyOf, type Tally } from './tally.ts'

export interface AnchorsReport {
  readonly anchors: number
  /** Entries that anchors cover. */
  readonly entries: number
  /** Anchors that the topic, or the file where there is one, does not tell yet: a sealer died, the next one tells. */
  readonly untold: number
  readonly differences: readonly string[]
}

export interface AnchorsCheck {
  /** Every entry of every desk, each desk's in order. */
  take(entry: JournalEntry): void
  finish(): AnchorsReport
}

export const checkAnchors = async (options: {
  readonly services: readonly string[]
  readonly anchors: AnchorStore
  readonly file: AnchorFile | undefined
  readonly log: Log
}): Promise<AnchorsCheck> => {
  const { services, anchors, file, log } = options
  const differences: string[] = []
  const tallies = new Map<string, Tally>()
  let [total, entries, untold] = [0, 0, 0]
  // Copies are read before the store: whatever they tell must be there.
  const topic = await readAnchorsTopic(log)
  for (const service of services) {
    const inFile = file && linesOf(await file.read(service)).lines
    try {
      const chain: Chain = chainOf(service, await anchors.all(service))
      tallies.set(service, tallyOf(chain))
      total += chain.anchors.length
      entries += chain.anchors.reduce((sum, { size }) => sum + size, 0)
      untold += chain.anchors.length - compare(chain, 'the topic', topic.get(service) ?? []).size
      if (inFile) untold += chain.anchors.length - compare(chain, 'the file', inFile).size
    } catch (error) {
      if (!(error instanceof Disagreement)) throw error
      differences.push(error.message)
    }
  }
  return {
    take: (entry) => void tallies.get(entry.desk.slice(0, entry.desk.indexOf('.')))?.take(entry),
    finish: () => ({
      anchors: total,
      entries,
      untold,
      differences: [...differences, ...[...tallies.values()].flatMap((tally) => tally.finish())],
    }),
  }
}
