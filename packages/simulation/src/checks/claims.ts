/** I10: a claim goes from one state to the next along this graph, and along no other way. */
import type { WireOf } from '@triflow/contracts'
import type { Finder } from './findings.ts'
import type { Journals } from './journals.ts'

const judged = ['ClaimWaiting', 'ClaimReferred', 'ClaimRefused', 'ClaimFinanced'] as const

type Step = (typeof judged)[number] | 'AdvanceDisbursed' | 'AdvanceCancelled'

/** By what was said of a version of a claim last: what may be said of it next. */
const next: Readonly<Record<Step, readonly Step[]>> = {
  ClaimWaiting: judged,
  ClaimReferred: judged,
  ClaimRefused: [],
  ClaimFinanced: ['AdvanceDisbursed', 'AdvanceCancelled'],
  AdvanceDisbursed: [],
  AdvanceCancelled: [],
}

/** Once money is on its way, no newer version of the invoice is looked at. */
const bindsTheClaim = (step: Step): boolean => step === 'ClaimFinanced' || step === 'AdvanceDisbursed'

interface Standing {
  readonly step: Step
  readonly version: number
  /** Empty while none is taken. */
  readonly decisionId: string
}

const allowed = (before: Standing | undefined, now: Standing): boolean => {
  const begins = !before || (now.version > before.version && !bindsTheClaim(before.step))
  if (begins) return (judged as readonly Step[]).includes(now.step)
  const isSameDecision = before.step !== 'ClaimFinanced' || before.decisionId === now.decisionId
  return now.version === before.version && next[before.step].includes(now.step) && isSameDecision
}

export const checkClaims = ({ facts }: Journals, finder: Finder): void => {
  const standing = new Map<string, Standing>()
  for (const { desk, entry, message } of facts) {
    if (!(message.type in next)) continue
    const { invoiceId, invoiceVersion, decisionId = '' } = message as unknown as Partial<WireOf<'ClaimFinanced'>>
    const before = standing.get(invoiceId!)
    // What becomes of an advance is said of its decision, which has the version in its name.
    const now = { step: message.type as Step, version: invoiceVersion ?? before?.version ?? 0, decisionId }
    finder.must(
      'I10',
      allowed(before, now),
      () =>
        `${desk}@${entry}: ${invoiceId} version ${now.version} becomes ${now.step} after ${before ? `${before.step} of version ${before.version}` : 'nothing'}`,
    )
    standing.set(invoiceId!, now)
  }
}
