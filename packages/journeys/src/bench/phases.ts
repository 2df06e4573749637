/** Where the time of a restart went, as the service's own log lines tell it. */
import { deskNameOf } from '@triflow/desk'

/** Milliseconds, each counted from the end of the phase before it; undefined when the log does not say. */
export interface Phases {
  /** From the kill. */
  readonly listeningMs: number | undefined
  readonly upMs: number | undefined
  /** The last group of desks has been joined: the group first waits for the dead member's session to end. */
  readonly joinedMs: number | undefined
  readonly takenOverMs: number | undefined
  readonly takeovers: readonly { kind: string; least: number; most: number; folded: number }[]
}

type Line = Readonly<Record<string, unknown>>

const atOf = (line: Line | undefined): number | undefined => {
  const at = typeof line?.['time'] === 'string' ? Date.parse(line['time']) : NaN
  return Number.isNaN(at) ? undefined : at
}

/** Lines at or after a time; milliseconds of the clock that the service has. */
export const linesSince = (lines: readonly Line[], atMs: number): Line[] =>
  lines.filter((line) => (atOf(line) ?? 0) >= Math.floor(atMs))

/** `after` are the lines since the kill. */
export const phasesOf = (after: readonly Line[], killedAtMs: number): Phases => {
  const first = (event: string) => atOf(after.find((line) => line['event'] === event))
  // Of the last group to be joined the first time: one that is lost while its desks are read is joined once more.
  const joins = [
    ...new Map(
      joinsIn(after)
        .reverse()
        .map((line) => [line['group'], line]),
    ).values(),
  ]
  const takeovers = after.filter((line) => line['event'] === 'desk-taken-over')
  const listening = first('listening')
  const up = first('up')
  const joined = joins.length > 0 ? Math.max(...joins.map((line) => atOf(line)!)) : undefined
  const takenOver = atOf(takeovers.at(-1))
  const between = (from: number | undefined, to: number | undefined) =>
    from === undefined || to === undefined ? undefined : to - from
  return {
    listeningMs: between(killedAtMs, listening),
    upMs: between(listening, up),
    joinedMs: between(up, joined),
    takenOverMs: between(joined, takenOver),
    takeovers: byKind(takeovers),
  }
}

/**
 * How often a life of the service that nobody disturbed left a group of desks and came back: whoever does not turn its
 * event loop for the session timeout is taken for dead. `lines` begin with that life.
 */
export const groupsLost = (lines: readonly Line[]): number => {
  const joins = joinsIn(lines).map((line) => String(line['group']))
  return joins.length - new Set(joins).size
}

const joinsIn = (lines: readonly Line[]): Line[] =>
  lines.filter((line) => line['event'] === 'joined group' && /^triflow\.financing\./.test(String(line['group'])))

const byKind = (takeovers: readonly Line[]): Phases['takeovers'] => {
  const kinds = new Map<string, { kind: string; least: number; most: number; folded: number }>()
  for (const line of takeovers) {
    const kind = deskNameOf(String(line['desk']))
    const ms = Number(line['ms'])
    const known = kinds.get(kind) ?? { kind, least: ms, most: ms, folded: 0 }
    kinds.set(kind, {
      kind,
      least: Math.min(known.least, ms),
      most: Math.max(known.most, ms),
      folded: known.folded + Number(line['folded']),
    })
  }
  return [...kinds.values()]
}
