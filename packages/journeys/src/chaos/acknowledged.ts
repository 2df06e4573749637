/** Keeps what the platform acknowledged, and says all of it once more at the end: nothing may have been lost or changed. */
import { parseResults, type BulkLine, type LineResult } from '../client/bulk.ts'
import type { Caller, Outcome, Wish } from '../client/caller.ts'
import type { Door } from '../client/door.ts'

/** What an answer promised: the outcome, and the fact that stands for it. */
interface Promised {
  readonly status: string
  readonly code: string
  readonly id: string
  readonly position: string
}

interface AcknowledgedWish {
  readonly actor: string
  readonly wish: Wish
  readonly promised: Promised
}

interface AcknowledgedLine {
  readonly actor: string
  readonly upload: string
  readonly line: string
  readonly promised: Promised
}

export interface Keeping {
  /** The door as the journey uses it; every answer that settles a wish is kept. */
  readonly door: Door
  count(): number
  /**
   * Says every wish again with its own key. Each difference is a sentence; none means that nothing was lost. Answers come
   * from the record, unless that was lost with a database and they are the desks' own.
   */
  repeatAll(options?: { readonly fromRecord?: boolean }): Promise<string[]>
}

/** Only these settle a line; anything else says that the outcome is not known or that the line was no command. */
const settled = new Set(['accepted', 'rejected'])

const LINES_PER_UPLOAD = 500

const promisedBy = ({ status, code = '', id = '', position = '' }: LineResult | Outcome): Promised => ({
  status,
  code,
  id,
  position,
})

const tell = ({ status, code, id, position }: Promised): string =>
  [status, code, id, position].filter(Boolean).join(' ')

export const keepAcknowledged = (door: Door): Keeping => {
  const wishes = new Map<string, AcknowledgedWish>()
  const lines = new Map<string, AcknowledgedLine>()
  const callers = new Map<string, Caller>()

  const keepLines = (actor: string, upload: string, sent: string, answered: string): void => {
    const texts = sent.split('\n')
    for (const answer of parseResults(answered)) {
      const line = texts[answer.line - 1]
      if (!line || !settled.has(answer.status)) continue
      const { idempotencyKey } = JSON.parse(line) as BulkLine
      const key = `${actor} ${upload} ${idempotencyKey}`
      if (!lines.has(key)) lines.set(key, { actor, upload, line, promised: promisedBy(answer) })
    }
  }

  const keeping = (caller: Caller): Caller => ({
    ...caller,
    write: async (wish) => {
      const outcome = await caller.write(wish)
      const key = `${caller.actor} ${wish.path} ${wish.idempotencyKey}`
      if (!wishes.has(key)) wishes.set(key, { actor: caller.actor, wish, promised: promisedBy(outcome) })
      return outcome
    },
    upload: async (name, text, idempotencyKey, seen) => {
      const answer = await caller.upload(name, text, idempotencyKey, seen)
      if (answer.status === 200) keepLines(caller.actor, name, text, answer.text)
      return answer
    },
  })

  /** The original outcome, told from the record: nothing was judged again. */
  const compare = (what: string, promised: Promised, again: Promised, onRecord: boolean): string[] => {
    if (tell(again) !== tell(promised)) return [`${what} was answered "${tell(promised)}" and now "${tell(again)}"`]
    return onRecord ? [] : [`${what} was answered "${tell(promised)}", and its outcome is not on record`]
  }

  const repeatLines = async (fromRecord: boolean): Promise<string[]> => {
    const groups = new Map<string, AcknowledgedLine[]>()
    for (const line of lines.values()) {
      const group = `${line.actor} ${line.upload}`
      groups.set(group, [...(groups.get(group) ?? []), line])
    }
    const differences: string[] = []
    for (const all of groups.values()) {
      for (let from = 0; from < all.length; from += LINES_PER_UPLOAD) {
        const part = all.slice(from, from + LINES_PER_UPLOAD)
        const { actor, upload } = part[0]!
        const answer = await callers
          .get(actor)!
          .upload(upload, `${part.map(({ line }) => line).join('\n')}\n`, `again:${upload}:${from}`)
        const given = new Map(parseResults(answer.text).map((one) => [one.line, one]))
        part.forEach(({ line, promised }, index) => {
          const again = given.get(index + 1)
          const what = `${upload} of ${actor} ${(JSON.parse(line) as BulkLine).idempotencyKey}`
          if (!again) differences.push(`${what} has no answer any more (${answer.status} ${answer.text.slice(0, 200)})`)
          else differences.push(...compare(what, promised, promisedBy(again), again.replayed === true || !fromRecord))
        })
      }
    }
    return differences
  }

  return {
    door: {
      ...door,
      as: async (actor) => {
        const caller = await door.as(actor)
        callers.set(actor, caller)
        return keeping(caller)
      },
    },
    count: () => wishes.size + lines.size,
    repeatAll: async ({ fromRecord = true } = {}) => {
      const differences = await repeatLines(fromRecord)
      for (const { actor, wish, promised } of wishes.values()) {
        const again = await callers.get(actor)!.write(wish)
        differences.push(
          ...compare(
            `${wish.path} of ${actor} ${wish.idempotencyKey}`,
            promised,
            promisedBy(again),
            again.replayed || !fromRecord,
          ),
        )
      }
      return differences
    },
  }
}
