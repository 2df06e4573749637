/** Plays one trade: orders and their acceptance, then goods, invoice and money, each at its own pace and in any order. */
import { drawDeal } from './deal.ts'
import { deliver } from './goods-flow.ts'
import { agree, bill } from './information-flow.ts'
import type { Play } from './play.ts'
import { chanceOf, type Stage } from './stage.ts'

export const playTrade = async (stage: Stage, index: number): Promise<void> => {
  const chance = chanceOf(stage, index)
  const play: Play = { stage, chance, deal: drawDeal(stage, chance, index), paceMs: chance.between(50, 6_000) }
  const lanes = (): Promise<unknown> => Promise.all([deliver(play), bill(play)])
  // Paper is sometimes faster than the order it belongs to.
  if (chance.of(15)) await Promise.all([agree(play), lanes()])
  else if (await agree(play)) await lanes()
  else if (chance.of(30)) await bill(play)
  stage.finished++
}
