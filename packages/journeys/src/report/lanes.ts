/** One trade as three lanes on one time axis: what each flow said, and what was decided when they met. */
import type { Document } from '../client/caller.ts'
import { listIn, textIn } from './reading.ts'
import { bold, dim, green, money, red, table } from './tables.ts'

const laneNames = [
  ['information', 'information 信息流'],
  ['goods', 'goods 物流'],
  ['funds', 'funds 资金流'],
] as const

/** "OrderAccepted" as "order accepted". */
const inWords = (type: string): string => type.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`).toLowerCase()

const shortId = (id: string): string => id.split('/').slice(1).join('/') || id

const cellOf = (event: Document): string => {
  const on = textIn(event, 'on')
  const about = shortId(textIn(event, 'about'))
  return `${inWords(textIn(event, 'type'))}${about ? `\n${dim(about)}` : ''}${on ? `\n${dim(on)}` : ''}`
}

/** Earliest first; events of one moment keep the order in which the trade heard them. */
const byTime = (events: readonly Document[]): Document[] =>
  events
    .map((event, index) => ({ event, index }))
    .sort((a, b) => Number(a.event['atMs']) - Number(b.event['atMs']) || a.index - b.index)
    .map(({ event }) => event)

const clock = (atMs: unknown): string => new Date(Number(atMs)).toISOString().slice(11, 23)

export const lanesOf = (trade: Document): string => {
  const states = laneNames.map(([lane, name]) => `${name}\n${textIn(trade, lane)}`)
  const rows = byTime(listIn(trade, 'events')).map((event) => [
    clock(event['atMs']),
    ...laneNames.map(([lane]) => (event['lane'] === lane ? cellOf(event) : '')),
  ])
  return table(['heard (UTC)', ...states], rows)
}

const shareText = (share: Document, currency: string): string => {
  const reason = textIn(share, 'reason')
  const amount = money(BigInt(textIn(share, 'financeableNetMinor')), currency)
  const of = money(BigInt(textIn(share, 'billedNetMinor')), currency)
  return `${textIn(share, 'invoiceId')}: ${textIn(share, 'verdict')}${reason ? ` (${reason})` : ''}, ${amount} of ${of} ${currency} net stands on goods`
}

const ruleText = (rule: Document): string => {
  const outcome = textIn(rule, 'outcome')
  const mark = outcome === 'passed' ? green('✓') : outcome === 'refused' ? red('✗') : '•'
  const detail = typeof rule['detail'] === 'string' ? rule['detail'] : ''
  return `  ${mark} ${textIn(rule, 'rule').padEnd(13)} ${outcome.padEnd(9)} ${detail}`
}

const evidenceText = (one: Document): string =>
  dim(
    `  ${textIn(one, 'about').padEnd(12)} ${textIn(one, 'desk')}@${String(one['entry'])}/${String(one['index'])}  ${textIn(one, 'sha256').slice(0, 16)}…  ${textIn(one, 'type')}`,
  )

const decisionText = (decision: Document): string => {
  const currency = textIn(decision, 'currency')
  const advance = decision['advanceMinor']
  const head =
    typeof advance === 'string'
      ? `${textIn(decision, 'outcome')}: advance ${money(BigInt(advance), currency)}, discount ${money(BigInt(String(decision['discountMinor'])), currency)}, paid out ${money(BigInt(String(decision['payoutMinor'])), currency)} ${currency}`
      : `${textIn(decision, 'outcome')}: ${textIn(decision, 'reason')}`
  const tookMs = Number(decision['decidedAtMs']) - Number(decision['lastEventAtMs'])
  const officer = decision['officer']
    ? `\n  decided by ${String(decision['officer'])}: ${String(decision['officerReason'])}`
    : ''
  return [
    bold(`Decision ${textIn(decision, 'id')}`),
    `  ${head}${officer}`,
    `  ${tookMs} ms after the last matching event; policy version ${String(decision['policyVersion'])}`,
    ...listIn(decision, 'rules').map(ruleText),
    dim('  on the evidence of'),
    ...listIn(decision, 'evidence').map(evidenceText),
  ].join('\n')
}

/** The whole story of an order in the terminal. */
export const tellTradeDocuments = (trade: Document, currency: string, decisions: readonly Document[]): string => {
  const missing = (trade['missing'] ?? []) as string[]
  return [
    bold(`Trade ${textIn(trade, 'id')}: ${textIn(trade, 'supplierId')} sells to ${textIn(trade, 'buyerId')}`),
    lanesOf(trade),
    ...listIn(trade, 'shares').map((share) => shareText(share, currency)),
    ...(missing.length > 0 ? [`Still missing: ${missing.join(', ')}`] : []),
    ...decisions.map(decisionText),
  ].join('\n')
}
