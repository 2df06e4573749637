/** The money of a trade: what the debtor pays, as its bank reports it. */
import type { Play } from './play.ts'
import type { CommandOf } from './request.ts'

/** What the debtor's bank reports: all or in two parts, named or not, too much, too little, early, late or never. */
export const pay = async (
  { stage, chance, deal, paceMs }: Play,
  { invoiceId, number, debtorId }: CommandOf<'IssueInvoice'>,
  dueMinor: bigint,
): Promise<void> => {
  if (chance.of(15) || debtorId !== deal.debtor.partyId || dueMinor <= 1n) return
  if (!chance.of(8)) await stage.voice.process.clock.sleep(paceMs * 3 + chance.between(0, paceMs * 8))
  const off = chance.of(6) ? (chance.of(50) ? 1n : -1n) : 0n
  const parts = chance.of(10) ? [dueMinor / 3n, dueMinor - dueMinor / 3n] : [dueMinor + off]
  const isNamed = chance.of(70)
  for (const [part, amountMinor] of parts.entries()) {
    const lineId = `CR-${deal.name}-${part}`
    const line: CommandOf<'PostStatementLine'> = {
      type: 'PostStatementLine',
      accountId: deal.accountId,
      lineId,
      direction: 'credit',
      amountMinor,
      currency: deal.debtor.programme.currency,
      valueOn: stage.today,
      reference: isNamed ? `Payment for ${number}` : '',
      counterparty: debtorId,
    }
    stage.remittances.set(`${deal.accountId}/${lineId}`, { debtorId, invoiceIds: [invoiceId] })
    // The account of a pair opens when its supplier joins; until then the bank keeps its line and posts it again.
    for (let attempt = 1; ; attempt++) {
      const answer = await stage.voice.say('debtors-bank', `line ${lineId} ${attempt}`, line)
      if (answer.status === 'accepted' || attempt === 8) break
      await chance.pause(8_000)
    }
    // A bank that sends its statement once more says the same lines, in a file of another name.
    if (chance.of(5)) void stage.voice.say('debtors-bank', `line ${lineId} once more`, line)
    await chance.pause(paceMs)
  }
}
