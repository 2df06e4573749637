/**
 * What must be decided of each order, from the plan alone: no rule of the desk is asked, so that a mistake of the desk
 * cannot excuse itself. One text for a share and one for the lanes, which is what the gate compares.
 */
import { invoiceIdOf, linesOf, type TradeShape } from '../legs.ts'
import type { MatchLeg, Oddity } from './workload.ts'

export interface Expected {
  /** Undefined when no share may be told. */
  readonly share: string | undefined
  /** The lanes as last told. */
  readonly lanes: string
}

export interface ShareWords {
  readonly invoiceId: string
  readonly invoiceVersion: number
  readonly revision: number
  readonly verdict: string
  readonly reason: string
  readonly financeableNetMinor: bigint
  readonly lines: readonly {
    readonly orderLine: number
    readonly financeableQuantity: bigint
    readonly financeableNetMinor: bigint
    readonly verdict: string
  }[]
}

/** What a share decides, as one comparable text. */
export const tellShare = (share: ShareWords): string =>
  [
    `${share.invoiceId} v${share.invoiceVersion} r${share.revision}`,
    `${share.verdict}${share.reason ? ` (${share.reason})` : ''} ${share.financeableNetMinor}`,
    ...share.lines.map(
      (line) => `${line.orderLine}: ${line.financeableQuantity} for ${line.financeableNetMinor} ${line.verdict}`,
    ),
  ].join('; ')

export interface LaneWords {
  readonly information: string
  readonly goods: string
  readonly funds: string
  readonly missing: readonly string[]
}

export const tellLanes = ({ information, goods, funds, missing }: LaneWords): string =>
  `information ${information}, goods ${goods}, funds ${funds}; missing: ${missing.join(', ') || 'nothing'}`

const complete = { information: 'complete', goods: 'complete', funds: 'complete', missing: [] }

const lanesWithout: Readonly<Record<MatchLeg, LaneWords>> = {
  // Neither acceptance nor the lines that goods could be counted against are known.
  order: {
    information: 'partial',
    goods: 'partial',
    funds: 'complete',
    missing: ['order', 'order-acceptance', 'goods-receipt'],
  },
  acceptance: { ...complete, information: 'partial', missing: ['order-acceptance'] },
  // No invoice, so nothing that money could stand for.
  billing: { ...complete, information: 'partial', funds: 'waiting', missing: ['invoice'] },
  funds: { ...complete, funds: 'waiting', missing: ['funds-check'] },
  goods: { ...complete, goods: 'waiting', missing: ['goods-receipt'] },
}

const words = {
  price: { line: 'price-over', verdict: 'referred', reason: 'PriceOverTolerance' },
  billed: { line: 'over-billed', verdict: 'reduced', reason: 'OverBilled' },
  received: { line: 'short-received', verdict: 'reduced', reason: 'ShortReceived' },
} as const

/** A price above the order's is financed at the order's; units beyond what was ordered or received are not financed. */
export const expectedOf = (shape: TradeShape, order: number, oddity: Oddity | undefined): Expected => {
  if (oddity?.kind === 'missing') return { share: undefined, lanes: tellLanes(lanesWithout[oddity.leg]) }
  const conflict = oddity?.kind === 'conflict' ? oddity.conflict : undefined
  const lines = linesOf(shape, order).map(({ line, quantity, unitPriceMinor }) => {
    const off = conflict?.line === line ? conflict : undefined
    const units = off?.about === 'received' ? quantity - off.by : quantity
    return {
      orderLine: line,
      financeableQuantity: units,
      financeableNetMinor: units * unitPriceMinor,
      verdict: off ? words[off.about].line : 'matched',
    }
  })
  const said = conflict ? words[conflict.about] : { verdict: 'matched', reason: '' }
  return {
    share: tellShare({
      invoiceId: invoiceIdOf(shape, order),
      invoiceVersion: 1,
      revision: 1,
      verdict: said.verdict,
      reason: said.reason,
      financeableNetMinor: lines.reduce((sum, line) => sum + line.financeableNetMinor, 0n),
      lines,
    }),
    lanes: tellLanes(conflict?.about === 'received' ? { ...complete, goods: 'partial' } : complete),
  }
}
