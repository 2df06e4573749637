/** After the database came from an old backup: anchors that only topic and file still tell go back into the store. */
import { anchorOf, chainOf, Disagreement, noEntry } from './anchors.ts'
import { linesOf, readAnchorsTopic } from './copies.ts'
import { entriesAfter } from './journal-walk.ts'
import type { Sealer } from './sealing.ts'
import { tallyOf } from './tally.ts'

/**
 * Answers with how many came back. Only with journals that give their roots: those must have been rebuilt before, and an
 * anchor of what is lost for good, or of another platform, is never taken in.
 */
export const restoreAnchors = async (sealer: Sealer): Promise<number> => {
  const { service, desks, anchors, log, file } = sealer
  const onTopic = (await readAnchorsTopic(log)).get(service) ?? []
  const inFile = linesOf((await file?.read(service)) ?? '').lines
  const kept = await anchors.all(service)
  const lost = new Map<number, string>()
  for (const text of [...onTopic, ...inFile]) {
    const { number } = anchorOf(text)
    if (number <= kept.length) continue
    if ((lost.get(number) ?? text) !== text)
      throw new Disagreement(`topic and file tell anchor ${number} of ${service} in two ways`)
    lost.set(number, text)
  }
  if (lost.size === 0) return 0
  const back = [...lost].sort(([a], [b]) => a - b)
  const tally = tallyOf(chainOf(service, [...kept, ...back.map(([, text]) => text)]))
  for (const desk of desks) for await (const entry of entriesAfter(sealer, desk, noEntry)) tally.take(entry)
  const [difference] = tally.finish()
  if (difference) throw new Disagreement(difference)
  for (const [number, text] of back) await anchors.insert(service, number, text)
  return lost.size
}
