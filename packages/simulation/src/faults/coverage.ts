/** Which fault has struck at which kind of step: what no run has ever met, no run has proven. */
import type { Step } from '@triflow/desk/memory'

/** What can befall a request that is on its way to a server. */
export const callFaults = ['error', 'unknown-done', 'unknown-late', 'disk-full'] as const
/** What can befall a process right after a step of its own. */
export const processFaults = ['kill', 'freeze', 'clockStep'] as const
export type StruckBy = (typeof callFaults)[number] | (typeof processFaults)[number]

const ends = ['reply', '(late)', 'served', 'answered', 'expires', 'again']

/** A step without what is particular to it: "store.insert order.order-00@17 reply" is a "store.insert reply". */
export const kindOf = (label: string): string => {
  const words = label.split(' ')
  const last = words.at(-1)!
  return words.length > 1 && ends.includes(last) ? `${words[0]} ${last}` : words[0]!
}

export interface Coverage {
  /** By kind of step: how many were taken, and how often each fault struck there. */
  readonly steps: Map<string, { taken: number; request: boolean; readonly struck: Map<StruckBy, number> }>
}

export const noCoverage = (): Coverage => ({ steps: new Map() })

const at = ({ steps }: Coverage, kind: string) => {
  const found = steps.get(kind) ?? { taken: 0, request: false, struck: new Map<StruckBy, number>() }
  steps.set(kind, found)
  return found
}

export const noteStep = (coverage: Coverage, { label, kind }: Step): void => {
  const step = at(coverage, kindOf(label))
  step.taken++
  step.request ||= kind === 'request'
}

export const noteFault = (coverage: Coverage, label: string, fault: StruckBy): void => {
  const { struck } = at(coverage, kindOf(label))
  struck.set(fault, (struck.get(fault) ?? 0) + 1)
}

export const addCoverage = (into: Coverage, { steps }: Coverage): void => {
  for (const [kind, { taken, request, struck }] of steps) {
    const step = at(into, kind)
    step.taken += taken
    step.request ||= request
    for (const [fault, count] of struck) step.struck.set(fault, (step.struck.get(fault) ?? 0) + count)
  }
}

/** Whether a write goes to a disk that can be full. */
export const writesTo = (label: string): 'database' | 'log' | undefined => {
  const kind = kindOf(label)
  if (kind === 'log.publish') return 'log'
  const isWrite =
    /^(store\.(insert|archive|snapshotChunk|snapshotHeader)|views\.save(Position)?|keys\.claim|bank\.(insert|date|settle))$/
  return isWrite.test(kind) ? 'database' : undefined
}

/** The faults that a kind of step can meet. */
export const faultsFor = (kind: string, isRequest: boolean): readonly StruckBy[] => [
  ...(isRequest ? callFaults.filter((fault) => fault !== 'disk-full' || writesTo(kind)) : []),
  ...processFaults,
]

export interface Pairs {
  readonly possible: number
  readonly met: number
  readonly missing: readonly string[]
}

/** Pairs of (kind of step × fault) that are possible among the steps that were ever taken, and those that were met. */
export const pairsOf = ({ steps }: Coverage): Pairs => {
  const missing: string[] = []
  let possible = 0
  for (const [kind, { request, struck }] of [...steps].sort(([a], [b]) => (a < b ? -1 : 1)))
    for (const fault of faultsFor(kind, request)) {
      possible++
      if (!struck.has(fault)) missing.push(`${kind} × ${fault}`)
    }
  return { possible, met: possible - missing.length, missing }
}
