/** Whom money goes to (I5): the account that the party service last named, while it stands; and no other when asked again. */
import type { WireOf } from '@triflow/contracts'
import { walkMessages } from './entries.ts'
import type { Finder } from './findings.ts'
import type { Journals } from './journals.ts'

interface Payee {
  readonly accountNumber: string
  readonly verified: boolean
  readonly onHold: boolean
}

type Named<N extends 'SupplierEnrolled' | 'PayeeChanged' | 'DisbursementRequested' | 'DisbursementChased'> = {
  readonly type: string
} & WireOf<N>

const pairOf = ({ supplierId, debtorId }: { readonly supplierId: string; readonly debtorId: string }): string =>
  `${supplierId}|${debtorId}`

/** An enrolment names the account as it was then; that one is on hold is for a word of its own to say, and to take back. */
const hear = (payees: Map<string, Payee>, message: { readonly type: string }): void => {
  if (message.type === 'PayeeChanged') {
    const { accountNumber, verified, onHold, ...of } = message as Named<'PayeeChanged'>
    payees.set(pairOf(of), { accountNumber, verified, onHold })
  }
  if (message.type === 'SupplierEnrolled') {
    const { accountNumber, accountVerified: verified, ...of } = message as Named<'SupplierEnrolled'>
    const known = payees.get(pairOf(of))
    if (accountNumber)
      payees.set(pairOf(of), {
        accountNumber,
        verified,
        onHold: known?.accountNumber === accountNumber && known.onHold,
      })
  }
}

export const checkPayees = ({ all }: Journals, finder: Finder): void => {
  for (const journal of all) {
    if (journal.desk.name !== 'payment.account') continue
    const payees = new Map<string, Payee>()
    const asked = new Map<string, string>()
    walkMessages(
      journal,
      (message) => hear(payees, message),
      (message) => {
        if (message.type === 'DisbursementRequested') {
          const { disbursementId, payeeAccount, ...of } = message as Named<'DisbursementRequested'>
          const payee = payees.get(pairOf(of))
          finder.must(
            'I5',
            payee?.accountNumber === payeeAccount && payee.verified && !payee.onHold,
            () => `${disbursementId} goes to ${payeeAccount}; the party service says ${JSON.stringify(payee)}`,
          )
          asked.set(disbursementId, payeeAccount)
        }
        if (message.type === 'DisbursementChased') {
          const { disbursementId, payeeAccount } = message as Named<'DisbursementChased'>
          finder.must(
            'I5',
            asked.get(disbursementId) === payeeAccount,
            () => `${disbursementId} is asked for again to ${payeeAccount}, at first to ${asked.get(disbursementId)}`,
          )
        }
      },
    )
  }
}
