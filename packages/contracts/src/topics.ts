/** The one table of topics: who writes them, what keys them, which desk reads them. */

/** How a topic's partitions relate to the number of desks. */
type Partitions = 'desks' | 'one'

export interface Topic {
  readonly name: string
  readonly partitions: Partitions
  /** What the key is, for people; the reading desk's key. */
  readonly keyedBy: string
  /** Same record to every partition: business days, programmes. */
  readonly broadcast?: true
  /** Commands have many writers and no numbers. */
  readonly commands?: true
}

/** Desks of the platform: service.desk, what keys them, and which topics they read besides their own commands. */
export interface DeskEntry {
  readonly name: string
  readonly key: string
  readonly partitions: Partitions
  readonly hears: readonly string[]
}

const BROADCAST = 'triflow.party.broadcast'

export const desks = [
  { name: 'party.party', key: 'party id', partitions: 'desks', hears: [] },
  { name: 'party.calendar', key: '"calendar"', partitions: 'one', hears: [] },
  { name: 'order.order', key: 'order id', partitions: 'desks', hears: [] },
  { name: 'order.invoice', key: 'invoice id', partitions: 'desks', hears: [] },
  { name: 'logistics.shipment', key: 'shipment id', partitions: 'desks', hears: [] },
  {
    name: 'financing.trade',
    key: 'order id',
    partitions: 'desks',
    hears: [
      'triflow.order.order',
      'triflow.order.invoice.by-order',
      'triflow.logistics.shipment.by-order',
      'triflow.payment.account.by-order',
      'triflow.financing.obligor.by-order',
      BROADCAST,
    ],
  },
  {
    name: 'financing.obligor',
    key: 'debtor id',
    partitions: 'desks',
    hears: [
      'triflow.party.party.by-debtor',
      'triflow.order.invoice.by-debtor',
      'triflow.financing.trade.by-debtor',
      'triflow.payment.account.by-debtor',
      BROADCAST,
    ],
  },
  {
    name: 'payment.account',
    key: 'collection account (supplier|debtor)',
    partitions: 'desks',
    hears: [
      'triflow.party.party.by-pair',
      'triflow.order.invoice.by-pair',
      'triflow.financing.obligor.by-pair',
      BROADCAST,
    ],
  },
  {
    name: 'payment.ledger',
    key: 'programme id',
    partitions: 'desks',
    hears: ['triflow.payment.account.by-programme', 'triflow.financing.obligor.by-programme'],
  },
  { name: 'webhook.endpoint', key: 'webhook id', partitions: 'desks', hears: [] },
] as const satisfies readonly DeskEntry[]

export type DeskName = (typeof desks)[number]['name']

export const deskEntry = (name: string): DeskEntry => {
  const entry = desks.find((desk) => desk.name === name)
  if (!entry) throw new Error(`no desk is called ${name}`)
  return entry
}

/** Own topics of a desk. */
export const commandsTopic = (desk: string): string => `triflow.${desk}.commands`
export const factsTopic = (desk: string): string => `triflow.${desk}`
export const headsTopic = (desk: string): string => `triflow.${desk}.heads`
export const isHeadsTopic = (topic: string): boolean => topic.endsWith('.heads')
export const deadLettersTopic = (desk: string): string => `triflow.${desk.slice(0, desk.indexOf('.'))}.dead-letters`
/** The same facts told again under another desk's key. */
export const toldBy = (desk: string, key: 'order' | 'debtor' | 'pair' | 'programme'): string =>
  `triflow.${desk}.by-${key}`

export const broadcastTopic = BROADCAST

/** Where every service tells the Merkle roots over its journals, for people outside to keep. */
export const anchorsTopic = 'triflow.anchors'

const toldAgain: Record<string, string> = {
  'by-order': 'order id',
  'by-debtor': 'debtor id',
  'by-pair': 'collection account (supplier|debtor)',
  'by-programme': 'programme id',
}

/** Every topic the platform has. */
export const topics: readonly Topic[] = (() => {
  const table = new Map<string, Topic>()
  const add = (topic: Topic) => table.set(topic.name, topic)
  add({ name: BROADCAST, partitions: 'desks', keyedBy: 'none', broadcast: true })
  add({ name: anchorsTopic, partitions: 'one', keyedBy: 'service' })
  for (const desk of desks as readonly DeskEntry[]) {
    add({ name: commandsTopic(desk.name), partitions: desk.partitions, keyedBy: desk.key, commands: true })
    add({ name: factsTopic(desk.name), partitions: desk.partitions, keyedBy: desk.key })
    add({ name: headsTopic(desk.name), partitions: desk.partitions, keyedBy: 'desk' })
    add({ name: deadLettersTopic(desk.name), partitions: 'desks', keyedBy: 'the dead record’s key' })
    for (const heard of desk.hears) {
      const suffix = Object.keys(toldAgain).find((known) => heard.endsWith(`.${known}`))
      if (suffix) add({ name: heard, partitions: 'desks', keyedBy: toldAgain[suffix]! })
    }
  }
  return [...table.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
})()

export const topicNamed = (name: string): Topic => {
  const topic = topics.find((candidate) => candidate.name === name)
  if (!topic) throw new Error(`no topic is called ${name}`)
  return topic
}

/** Whether a desk ("order.order") may say anything on a topic: its own, the same told again, or the one broadcast. */
export const isWriterOf = (desk: string, topic: string): boolean =>
  topic === BROADCAST
    ? desk === 'party.calendar'
    : topic === factsTopic(desk) || topic.startsWith(`${factsTopic(desk)}.by-`)

/** Settings every topic is made with: history is never deleted by age, and time is the log's own (business time is in the payload). */
export const topicSettings = {
  'retention.ms': '-1',
  'message.timestamp.type': 'LogAppendTime',
  'max.message.bytes': String(2 * 1024 * 1024),
} as const

/** Of a topic, or of a kind of desk, given how many desks of a kind the cluster was created with. */
export const partitionsOf = ({ partitions }: Pick<Topic, 'partitions'>, desksPerKind: number): number =>
  partitions === 'one' ? 1 : desksPerKind
