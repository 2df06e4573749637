/** Walks every journal and every topic, and says in numbers what was checked. */
import { checkAnchors, type AnchorFile, type AnchorsReport, type AnchorStore } from '@triflow/audit'
import { commandsTopic, decodeMessage, header, topics as allTopics } from '@triflow/contracts'
import {
  headerText,
  isIntact,
  placesOf,
  readTopics,
  walkJournal,
  type Clock,
  type CoreLimits,
  type JournalReport,
  type Log,
  type Store,
} from '@triflow/desk'
import { allDesks } from './desks.ts'
import { moneyAudit, type MoneyReport } from './money.ts'
import { publishedAudit, type PublishedReport } from './published.ts'

export interface VerifyReport {
  readonly journals: readonly JournalReport[]
  readonly published: PublishedReport
  readonly money: MoneyReport
  /** Undefined where anchors were not asked about. */
  readonly anchors: AnchorsReport | undefined
  readonly commands: { readonly logged: number; readonly judged: number; readonly open: number }
  /** First things that are not as they must be; empty when all is well. */
  readonly differences: readonly string[]
}

export interface VerifyOptions {
  readonly log: Log
  readonly store: Store
  readonly clock: Clock
  readonly desks: number
  readonly codeVersion: string
  readonly anchors?: { readonly store: AnchorStore; readonly file: AnchorFile | undefined }
  /** As the offices were opened with; the usual ones when left out. */
  readonly limits?: CoreLimits
  readonly onProgress?: (done: number, of: number, what: string) => void
}

/** One pass. On a running system what is under way is counted apart and is no difference. */
export const verify = async ({
  log,
  store,
  clock,
  desks,
  codeVersion,
  anchors,
  limits,
  onProgress,
}: VerifyOptions): Promise<VerifyReport> => {
  const journals: JournalReport[] = []
  const published = publishedAudit()
  const money = moneyAudit()
  const services = [...new Set(allDesks.map(({ name }) => name.slice(0, name.indexOf('.'))))]
  const anchored = anchors && (await checkAnchors({ services, anchors: anchors.store, file: anchors.file, log }))
  const through = new Map<string, number>()
  const nextCommand = new Map<string, number>()
  const judged = new Map<string, number>()
  const work = placesOf(allDesks, desks)
  for (const [index, { desk, partition }] of work.entries()) {
    onProgress?.(index, work.length + 1, desk.name)
    const report = await walkJournal({
      desk,
      partition,
      desks,
      store,
      clock,
      codeVersion,
      ...(limits ? { limits } : {}),
      onEntry: (entry, body, records) => {
        anchored?.take(entry)
        published.expect(entry.desk, entry.sequence, records)
        through.set(entry.desk, entry.publishedThrough)
        for (const input of body.inputs)
          if (input.topic === commandsTopic(desk.name))
            nextCommand.set(`${input.topic}/${input.partition}`, Number(input.to) + 1)
        for (const fact of body.facts) {
          if (fact.copy) continue
          const message = decodeMessage(fact.type, fact.value)
          if (message.type === 'CommandJudged') {
            const { commandId } = message as { type: string } & { commandId: string }
            judged.set(commandId, (judged.get(commandId) ?? 0) + 1)
          } else money.take({ desk: entry.desk, entry: entry.sequence, fact: message })
        }
      },
    })
    journals.push(report)
  }
  onProgress?.(work.length, work.length + 1, 'topics')
  const commandTopics = new Set(allTopics.filter((topic) => topic.commands).map((topic) => topic.name))
  const logged = new Set<string>()
  let open = 0
  const unanswered: string[] = []
  await readTopics(log, [...published.topics(), ...commandTopics], (record) => {
    // Not ours, or damaged: a true record that is damaged in its place will be missed.
    if (!isIntact(record)) return
    if (!commandTopics.has(record.topic)) return published.see(record)
    const commandId = headerText(record, header.id)
    if (commandId === '' || logged.has(commandId)) return
    logged.add(commandId)
    if (judged.has(commandId)) return
    if (record.offset >= (nextCommand.get(`${record.topic}/${record.partition}`) ?? 0)) open += 1
    else unanswered.push(`command ${commandId} on ${record.topic}/${record.partition}@${record.offset} has no outcome`)
  })
  const starts = new Map<string, number>()
  for (const topic of published.topics())
    for (const [partition, { low }] of await log.bounds(topic)) starts.set(`${topic}/${partition}`, low)
  const publishedReport = published.finish(
    (topic, partition) => starts.get(`${topic}/${partition}`) ?? 0,
    (desk) => through.get(desk) ?? 0,
  )
  const moneyReport = money.finish()
  const anchorsReport = anchored?.finish()
  const twice = [...judged]
    .filter(([, times]) => times > 1)
    .map(([commandId]) => `command ${commandId} has more than one outcome`)
  return {
    journals,
    published: publishedReport,
    money: moneyReport,
    anchors: anchorsReport,
    commands: { logged: logged.size, judged: judged.size, open },
    differences: [
      ...journals.flatMap((report) => report.difference ?? []),
      ...publishedReport.differences,
      ...unanswered,
      ...twice,
      ...moneyReport.violations,
      ...(anchorsReport?.differences ?? []),
    ],
  }
}
