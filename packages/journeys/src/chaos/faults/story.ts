/** Honest trades that are played while something is broken, and where each of them stands afterwards. */
import { invoicePath } from '../../actors/buyer.ts'
import { honestTrade, sayTrade, type HonestTrade, type Stage } from '../honest-trade.ts'
import { inParallel } from '../../watching.ts'

/** Trades whose parties are still speaking, or have said all. */
export interface Story {
  readonly trades: readonly HonestTrade[]
  /** Resolves when every wish was acknowledged. */
  readonly said: Promise<void>
}

export interface Load {
  /** No further trade begins; resolves with how many were said. */
  end(): Promise<number>
}

/** So many trades are told at the same time. */
const WIDTH = 3

export interface Stories {
  play(trades: number): Story
  load(): Load
  readonly trades: readonly HonestTrade[]
  /** Every wish of every story. */
  said(): Promise<void>
}

/** Stories on one stage; `name` keeps their documents apart from all others. */
export const storiesOn = (stage: Stage, name: string): Stories => {
  const trades: HonestTrade[] = []
  const saying: Promise<void>[] = []
  const next = (): HonestTrade => {
    const trade = honestTrade(stage, `${name}-${trades.length + 1}`, trades.length)
    trades.push(trade)
    return trade
  }
  const keep = (work: Promise<void>): Promise<void> => {
    work.catch(() => {})
    saying.push(work)
    return work
  }
  return {
    trades,
    play: (count) => {
      const own = Array.from({ length: count }, next)
      const said = keep(inParallel(own, WIDTH, (trade) => sayTrade(stage, trade)).then(() => undefined))
      return { trades: own, said }
    },
    load: () => {
      let ended = false
      let told = 0
      const tell = async (): Promise<void> => {
        while (!ended) {
          await sayTrade(stage, next())
          told += 1
        }
      }
      const telling = keep(Promise.all([tell(), tell()]).then(() => undefined))
      return {
        end: async () => {
          ended = true
          await telling
          return told
        },
      }
    },
    said: async () => {
      await Promise.all(saying)
    },
  }
}

/** Statuses at which a claim waits for somebody who can be named, or is over. */
const waitsFor: Readonly<Record<string, string>> = {
  waiting: 'the party that its reason names',
  referred: 'an officer of the funder',
  refused: 'nobody: it is over',
  disbursed: 'the debtor, until the due date',
  'payout-failed': 'the funder',
  settled: 'nobody: it is over',
  paid: 'nobody: it is over',
}

export interface ClaimStatus {
  readonly path: string
  /** As the bank sees it; "not there" when it sees none. */
  readonly status: string
  readonly reason: string
}

export const claimsIn = (stage: Stage, trades: readonly HonestTrade[]): Promise<ClaimStatus[]> => {
  const bank = stage.players.of(stage.people.bank.partyId)
  return inParallel(trades, 8, async ({ invoiceName }) => {
    const path = invoicePath(invoiceName)
    const claim = await bank.read(`/v1/claims/${path}`)
    return { path, status: String(claim?.['status'] ?? 'not there'), reason: String(claim?.['reason'] ?? '') }
  })
}

/** Claims that are still under way, as sentences; empty when every trade is terminal or waits on a named party. */
export const underWay = async (stage: Stage, trades: readonly HonestTrade[]): Promise<string[]> =>
  (await claimsIn(stage, trades))
    .filter(({ status }) => waitsFor[status] === undefined)
    .map(({ path, status }) => `the claim ${path} is ${status}`)

/** Claims that were not paid out, although nothing but faults stood in their way. */
export const unpaid = async (stage: Stage, trades: readonly HonestTrade[]): Promise<string[]> =>
  (await claimsIn(stage, trades))
    .filter(({ status }) => status !== 'disbursed')
    .map(({ path, status, reason }) => `the claim ${path} is ${status} ${reason}, not paid out`)
