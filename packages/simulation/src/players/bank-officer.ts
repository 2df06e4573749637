/** The funder's people: the officer who decides what was referred and settles what nothing explains, and the close of day. */
import type { ViewDocument } from '@triflow/desk'
import { memoryPorts } from '@triflow/desk/memory'
import { addDays } from '@triflow/kernel'
import { serviceViews } from '../town/service-views.ts'
import type { Town } from '../town/town.ts'
import { chanceOf, type Stage } from './stage.ts'

export interface Officer {
  /** Closes the business day, and answers what lies on the desk. */
  closeDay(): Promise<void>
  /** Decides everything that is referred or in suspense now; says how much that was. */
  clearDesk(): Promise<number>
}

const OFFICER = 1_000_002

const text = (document: ViewDocument, field: string): string => String(document.body[field] ?? '')

export const openOfficer = (town: Town, stage: Stage): Officer => {
  const { voice, cast } = stage
  const views = serviceViews('financing', memoryPorts(town.engines, voice.process).views)
  const chance = chanceOf(stage, OFFICER)
  const asked = new Map<string, number>()

  /** Read until it answers: an officer looks again. */
  const listed = async (view: string, value: string): Promise<readonly ViewDocument[]> => {
    for (;;) {
      try {
        return await views.list(view, { field: 'status', value, after: '', limit: 500 })
      } catch {
        await voice.process.clock.sleep(200)
      }
    }
  }

  /** The same wish about the same thing a second time is a new wish. */
  const keyFor = (what: string): string => {
    const times = (asked.get(what) ?? 0) + 1
    asked.set(what, times)
    return `${what} ${times}`
  }

  const decide = async (claim: ViewDocument): Promise<boolean> => {
    const isApproved = text(claim, 'reason') === 'PriceOverTolerance' ? chance.of(70) : chance.of(30)
    const answer = await voice.say(cast.funderId, keyFor(`decide ${claim.id}`), {
      type: isApproved ? 'ApproveClaim' : 'RefuseClaim',
      debtorId: text(claim, 'debtorId'),
      invoiceId: claim.id,
      officer: 'Lin Yue',
      reason: 'Looked at',
    })
    return answer.status === 'accepted'
  }

  const settle = async (receipt: ViewDocument): Promise<boolean> => {
    const meant = stage.remittances.get(receipt.id)
    if (!meant || (asked.get(`allocate ${receipt.id}`) ?? 0) >= 3) return false
    const answer = await voice.say(cast.funderId, keyFor(`allocate ${receipt.id}`), {
      type: 'AllocateReceipt',
      debtorId: meant.debtorId,
      receiptId: receipt.id,
      invoiceIds: [...meant.invoiceIds],
      officer: 'Lin Yue',
    })
    return answer.status === 'accepted'
  }

  const clearDesk = async (): Promise<number> => {
    const claims = await listed('claims', 'referred')
    const receipts = await listed('receipts', 'suspended')
    const done = [...(await Promise.all(claims.map(decide))), ...(await Promise.all(receipts.map(settle)))]
    return done.filter(Boolean).length
  }

  /** Doubles a limit or takes most of it away: what is out already may then lie above it. */
  const changeLimit = async (): Promise<void> => {
    const { programmeId, limitMinor } = chance.pick(cast.debtors).programme
    await voice.say(cast.funderId, keyFor(`limit of ${programmeId}`), {
      type: 'ChangeProgrammeLimit',
      programmeId,
      limitMinor: chance.of(50) ? limitMinor * 2n : limitMinor / 4n,
      changedBy: 'Lin Yue',
    })
  }

  return {
    clearDesk,
    closeDay: async () => {
      await clearDesk()
      const date = stage.today
      const next = addDays(date, chance.of(80) ? 1 : chance.between(2, 12))
      const close = (key: string): Promise<unknown> =>
        voice.say('operator', `${key} ${date}`, { type: 'CloseBusinessDay', date, next })
      // Two operators may both have been told to.
      await Promise.all([close('close'), ...(chance.of(15) ? [close('close too')] : [])])
      stage.today = next
      if (chance.of(15)) await changeLimit()
    },
  }
}
