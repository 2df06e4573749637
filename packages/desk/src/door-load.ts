/** What a door has in hand, so that it can say no while a no still costs nothing. */
import type { Clock, Witness } from './ports.ts'

export interface DoorBounds {
  /** Commands that callers wait for at once. */
  readonly commandsMax: number
  /** Bytes of these commands. */
  readonly bytesMax: number
  /** Commands that went to the log and are not known to be judged, waited for or not: the desks' lag as seen from here. */
  readonly undecidedMax: number
}

/** The last is some twenty seconds of what two cores judged under `./triflow bench load`: by then callers have long had their 202. */
export const doorBounds: DoorBounds = { commandsMax: 5_000, bytesMax: 64 * 1024 * 1024, undecidedMax: 20_000 }

/** A command on the log, by what its outcome is found under. */
export interface SentCommand {
  readonly commandId: string
  readonly desk: string
}

export interface DoorLoad {
  /** Why a call with so many commands is too much now; undefined when there is room. It is taken whole or not at all, so that its order stays. */
  tooMuch(commands: number, bytes: number): string | undefined
  took(bytes: number): void
  answered(bytes: number): void
  sent(command: SentCommand): void
  decided(commandId: string): void
}

/** How many undecided commands are asked about at once, and how often at most. */
const REVIEW_COMMANDS = 500
const REVIEW_EVERY_MS = 500

/** `lookUp` says `decided` of those whose outcome is on record: a reply may have been lost, and must not be waited for for ever. */
export const openLoad = (
  bounds: DoorBounds,
  lookUp: (asked: readonly SentCommand[]) => Promise<unknown>,
  clock: Clock,
  witness: Witness,
): DoorLoad => {
  const undecided = new Map<string, SentCommand>()
  let commands = 0
  let bytes = 0
  let reviewedAt = -REVIEW_EVERY_MS

  const review = async (): Promise<void> => {
    const now = clock.now()
    if (now - reviewedAt < REVIEW_EVERY_MS) return
    reviewedAt = now
    const oldest = [...undecided.values()].slice(0, REVIEW_COMMANDS)
    // To the end of the line, so that the next look is at others.
    for (const command of oldest) {
      undecided.delete(command.commandId)
      undecided.set(command.commandId, command)
    }
    try {
      await lookUp(oldest)
    } catch (error) {
      witness.say('warn', 'outcomes-not-read', { error: String(error) })
    }
  }

  return {
    tooMuch: (more, moreBytes) => {
      if (undecided.size > bounds.undecidedMax / 2) void review()
      // A call larger than the bound is taken when nothing else is in hand, else it could never be.
      if (commands > 0 && commands + more > bounds.commandsMax) return `${commands} commands are on their way`
      if (commands > 0 && bytes + moreBytes > bounds.bytesMax) return `${bytes} bytes of commands are on their way`
      if (undecided.size > 0 && undecided.size + more > bounds.undecidedMax)
        return `${undecided.size} commands are not judged yet`
      return undefined
    },
    took: (more) => {
      commands++
      bytes += more
    },
    answered: (less) => {
      commands--
      bytes -= less
    },
    sent: (command) => void undecided.set(command.commandId, command),
    decided: (commandId) => void undecided.delete(commandId),
  }
}
