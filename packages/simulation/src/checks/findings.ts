/** Where checks put what they find, and how much they have looked at. */

export interface Finding {
  /** I1 to I18 of the quality brief. */
  readonly invariant: string
  readonly sentence: string
}

export interface Findings {
  readonly wrong: readonly Finding[]
  /** How many things were looked at, by invariant. */
  readonly checked: ReadonlyMap<string, number>
}

export interface Finder {
  /** So many things were looked at for an invariant. */
  looked(invariant: string, count?: number): void
  wrong(invariant: string, sentence: string): void
  /** Says so when it is not as it must be; counts as one thing looked at. */
  must(invariant: string, holds: boolean, sentence: () => string): void
  findings(): Findings
}

export const openFinder = (): Finder => {
  const wrong: Finding[] = []
  const checked = new Map<string, number>()
  const looked: Finder['looked'] = (invariant, count = 1) =>
    void checked.set(invariant, (checked.get(invariant) ?? 0) + count)
  return {
    looked,
    wrong: (invariant, sentence) => void wrong.push({ invariant, sentence }),
    must: (invariant, holds, sentence) => {
      looked(invariant)
      if (!holds) wrong.push({ invariant, sentence: sentence() })
    },
    findings: () => ({ wrong, checked }),
  }
}
