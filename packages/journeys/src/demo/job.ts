/** The job behind `demo`: plays the story, sums it up, tells one trade, verifies, and says where to look further. */
import type { Door } from '../client/door.ts'
import { CURRENCY } from '../generator/vocabulary.ts'
import { consoleProgress, type Progress } from '../report/progress.ts'
import { bold } from '../report/tables.ts'
import { JourneyProblem } from '../surroundings.ts'
import { tradeStory } from '../trade.ts'
import { playDemo, type DemoOptions, type DemoPlayed } from './play.ts'
import { readResult, tellSummary, type DemoResult } from './summary.ts'

/** The story from beginning to end, without a word to anybody; what tests and chaos runs call. */
export const runDemo = async (
  door: Door,
  options: DemoOptions,
  progress: Progress,
): Promise<DemoPlayed & { readonly result: DemoResult }> => {
  if (options.trades < 1 || options.trades > 20_000) throw new JourneyProblem('A story has 1 to 20,000 trades.')
  const played = await playDemo(door, options, progress)
  const result = await readResult(played.players.of(played.story.people.bank.partyId), played.story)
  return { ...played, result }
}

const addresses = (url: string, { told, claim }: DemoResult): string =>
  [
    bold('What keeps running (unless this was --once)'),
    `  API        ${url}/v1`,
    `  reference  ${url}/reference`,
    `  OpenAPI    ${url}/openapi.json`,
    '',
    `  TOKEN=$(./triflow token haiqing-bank) && curl -s -H "authorization: Bearer $TOKEN" ${url}/v1/trades/${told}`,
    `  ./triflow trade ${told}`,
    ...(claim ? [`  ./triflow seal --now && ./triflow prove ${claim}`] : []),
  ].join('\n')

export const demoJob = async (door: Door, options: DemoOptions, print: (text: string) => void): Promise<boolean> => {
  const progress = consoleProgress()
  const { story, players, result, seconds } = await runDemo(door, options, progress).finally(() => progress.end())
  print(`\n${tellSummary(story, result, seconds, CURRENCY)}`)
  const [buyerId = '', number = ''] = result.told.split('/')
  print(`\n${(await tradeStory(players.of(story.people.bank.partyId), buyerId, number)) ?? ''}`)
  print('')
  const { runVerify } = await import('../verify/command.ts')
  const verified = await runVerify({ say: print })
  print(`\n${addresses(door.url, result)}`)
  return verified && result.totals.trialBalanceMinor === 0n
}
