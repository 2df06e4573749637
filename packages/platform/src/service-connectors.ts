/** Hands in what connectors report, as commands through the service's own door: with an identity, so that a repeat is none. */
import { createHash } from 'node:crypto'
import { commands, encodeMessage, fullNameOf, isCommandName, type doorWire } from '@triflow/contracts'
import type { ConnectorReport, Door, Said, Witness } from '@triflow/desk'

const REPORT_MS = 5_000

/** Resolves when every report is on the log; throws when one may not be, to be asked again with the same ids. */
export const submitReports =
  (door: Pick<Door, 'submit'>, connector: string, witness: Witness) =>
  async (reports: readonly ConnectorReport[], said?: Said): Promise<void> => {
    if (reports.length === 0) return
    const answers = await door.submit(
      reports.map((report) => requestOf(connector, report, said?.traceparent ?? '')),
      true,
    )
    answers.forEach(({ status, code, detail }, index) => {
      const { id, command } = reports[index]!
      if (status === 'unavailable') throw new Error(`${command.type} ${id} could not be logged: ${detail}`)
      // Never logged, and wrong until the code is mended: asked again for ever, so that it shows and is not lost.
      if (code === 'BadCommand') throw new Error(`${command.type} ${id} is no command: ${detail}`)
      // Its words are part of a report's identity.
      if (status === 'conflict')
        witness.say('error', 'two reports share a key', { connector, id, command: command.type })
      if (status === 'rejected')
        witness.say('warn', 'a desk refused a report', { connector, id, command: command.type, code })
    })
  }

const requestOf = (
  connector: string,
  { id, command }: ConnectorReport,
  traceparent: string,
): doorWire.SubmitRequest => {
  const name = command.type
  if (!isCommandName(name)) throw new Error(`${name} is not a command`)
  const { desk, keyOf } = commands[name]
  const bytes = Buffer.from(encodeMessage(command))
  const bodyHash = createHash('sha256').update(bytes).digest()
  return {
    actor: `connector.${connector}`,
    route: `connectors/${connector}`,
    // Who is asked again after a crash may answer otherwise, and the first answer may have died before it was logged: said
    // in other words it is another report, and the desk judges.
    idempotencyKey: `${id}#${bodyHash.toString('hex', 0, 8)}`,
    bodyHash,
    desk,
    key: keyOf(command as never),
    type: fullNameOf(name),
    command: bytes,
    traceparent,
    deadlineMs: REPORT_MS,
  }
}
