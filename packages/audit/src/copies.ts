/** Where anchors stand beside the store: the topic and the file. Each may lag behind it; neither may say anything else. */
import { anchorsTopic, header } from '@triflow/contracts'
import {
  headerText,
  isIntact,
  readTopics,
  sealRecord,
  type Log,
  type LogRecord,
  type OutgoingRecord,
} from '@triflow/desk'
import { anchorOf, Disagreement, type Chain } from './anchors.ts'

const TYPE = 'triflow.anchor.1'

/** Text by number. The same anchor may be told twice, by two sealers or after a crash; two that differ may not be. */
export type Told = Map<number, string>

/** Takes what a copy says of one anchor and compares it with the store's. */
const take = (told: Told, chain: Chain, where: string, number: number, text: string): void => {
  const kept = chain.texts[number - 1]
  if (kept === undefined)
    throw new Disagreement(
      `${where} has anchor ${number} of ${chain.service}, the store ends at ${chain.texts.length}: it was restored from an old backup, or the other is of another platform`,
    )
  if (kept !== text) throw new Disagreement(`${where} has another anchor ${number} of ${chain.service} than the store`)
  told.set(number, text)
}

const recordOf = (service: string, number: number, text: string): OutgoingRecord =>
  sealRecord({
    topic: anchorsTopic,
    partition: 0,
    key: Buffer.from(service),
    value: Buffer.from(text),
    headers: {
      [header.id]: Buffer.from(`${service}@${number}`),
      [header.type]: Buffer.from(TYPE),
      [header.contentType]: Buffer.from('application/json'),
    },
  })

/** Every anchor that the topic tells, by service; damaged and foreign records are passed over. */
export const readAnchorsTopic = async (log: Log): Promise<ReadonlyMap<string, readonly string[]>> => {
  const texts = new Map<string, string[]>()
  await readTopics(log, [anchorsTopic], (record: LogRecord) => {
    if (!isIntact(record) || headerText(record, header.type) !== TYPE) return
    const service = Buffer.from(record.key ?? []).toString()
    const told = texts.get(service) ?? []
    texts.set(service, told)
    told.push(Buffer.from(record.value ?? []).toString())
  })
  return texts
}

/** What a topic's or file's texts tell of this chain. Throws on anything that the store does not say. */
export const compare = (chain: Chain, where: string, texts: readonly string[]): Told => {
  const told: Told = new Map()
  for (const text of texts) {
    const { service, number } = anchorOf(text)
    if (service !== chain.service) throw new Disagreement(`${where} has an anchor of ${service} for ${chain.service}`)
    take(told, chain, where, number, text)
  }
  return told
}

const missingFrom = (chain: Chain, told: Told): number[] =>
  chain.anchors.map(({ number }) => number).filter((number) => !told.has(number))

/** Publishes, in order, what the topic does not tell yet; it then tells the whole chain. */
export const publishMissing = async (log: Log, chain: Chain, told: Told): Promise<void> => {
  for (const number of missingFrom(chain, told)) {
    const text = chain.texts[number - 1]!
    const written = await log.publish([recordOf(chain.service, number, text)])
    if (written.length === 0) throw new Error(`the log has not written anchor ${number} of ${chain.service}`)
    told.set(number, text)
  }
}

/** Lines of a file that may end in the beginning of one, where a writer died. */
export const linesOf = (text: string): { readonly lines: readonly string[]; readonly torn: string } => {
  const lines = text.split('\n')
  const torn = lines.pop()!
  return { lines, torn }
}

/** What is to be appended so that the file tells the whole chain. */
export const missingText = (chain: Chain, where: string, text: string): string => {
  const { lines, torn } = linesOf(text)
  const missing = missingFrom(chain, compare(chain, where, lines)).map((number) => `${chain.texts[number - 1]!}\n`)
  if (torn === '') return missing.join('')
  if (!missing[0]?.startsWith(torn))
    throw new Disagreement(`${where} ends in what is no anchor of ${chain.service}: ${torn.slice(0, 100)}`)
  return missing.join('').slice(torn.length)
}
