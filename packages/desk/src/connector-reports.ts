/** Hands a connector's reports in at the service's own door, as commands like any other. */
import { createHash } from 'node:crypto'
import { commands, encodeMessage, fullNameOf, isCommandName } from '@triflow/contracts'
import type { Door } from './door.ts'
import type { ConnectorReport, Said } from './views.ts'

const REPORT_DEADLINE_MS = 10_000

/**
 * `submit` of a connector: done once every report is known to be logged, whatever the desk says to it. A report that
 * was handed in before with another body (the same attempt, acted on again after a crash, may have ended otherwise)
 * stands as it was; the next attempt tells what is true now. Throws when the door could not log it.
 */
export const reportAt =
  (door: Pick<Door, 'submit'>, connector: string) =>
  async (reports: readonly ConnectorReport[], said: Said): Promise<void> => {
    const answers = await door.submit(
      reports.map(({ id, command }) => {
        if (!isCommandName(command.type)) throw new Error(`${command.type} is not a command`)
        const bytes = encodeMessage(command)
        return {
          actor: `connector/${connector}`,
          route: `connector/${connector}`,
          idempotencyKey: id,
          bodyHash: createHash('sha256').update(bytes).digest(),
          desk: commands[command.type].desk,
          key: commands[command.type].keyOf(command as never),
          type: fullNameOf(command.type),
          command: bytes,
          traceparent: said.traceparent,
          deadlineMs: REPORT_DEADLINE_MS,
        }
      }),
    )
    const failed = answers.find(({ status, code }) => status === 'unavailable' || code === 'BadCommand')
    if (failed) throw new Error(`a report of ${connector} was not taken: ${failed.code} ${failed.detail}`)
  }
