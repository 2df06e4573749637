/** The story that a corpus entry keeps: a simulated run with faults, and strangers who leave parked keys behind. */
import { commandsTopic, encodeMessage, fullNameOf, header, partitionOfKey, toldBy } from '@triflow/contracts'
import { commandRecord, formatPosition, sealRecord } from '@triflow/desk'
import { runSeed } from '../run.ts'
import type { Town } from '../town/town.ts'
import type { Stored } from './stored.ts'

const text = (value: string): Uint8Array => Buffer.from(value, 'utf8')

/** A desk that the platform does not have, so that no desk of the story waits for more of its records. */
const strangersDesk = 'order.invoice-77'

/**
 * Facts that a newer version might say: of a type nobody here knows, which parks its key, and then one that waits behind
 * it. An operator redrives the first key and throws away what is dead of the second; a third stays parked.
 */
const strangersSpeak = ({ engines, world, options }: Town): void => {
  const topic = toldBy('order.invoice', 'order')
  const previous = new Map<number, number>()
  let number = 0
  const say = (key: string, type: string, value: Uint8Array): void => {
    const partition = partitionOfKey(text(key), options.desks)
    const position = { desk: strangersDesk, entry: ++number, index: 0, number, previous: previous.get(partition) ?? 0 }
    previous.set(partition, number)
    engines.broker.topics.append(
      sealRecord({
        topic,
        partition,
        key: text(key),
        value,
        headers: {
          [header.id]: text(`${strangersDesk}#${number}`),
          [header.type]: text(type),
          [header.time]: text(new Date(world.now()).toISOString()),
          [header.position]: text(formatPosition(position)),
        },
      }),
    )
  }
  const known = fullNameOf('OrderBilled')
  const billed = Buffer.alloc(0)
  for (const key of ['nobody/retried', 'nobody/discarded', 'nobody/parked']) {
    say(key, 'triflow.order.v1.InvoicePraised', text('of a newer version'))
    say(key, known, billed)
  }
  const redrive = (key: string, treatment: string): void =>
    engines.broker.topics.append(
      commandRecord(commandsTopic('financing.trade'), partitionOfKey(text(key), options.desks), {
        commandId: `operator-${key}`,
        type: fullNameOf('RedriveKey'),
        key,
        bytes: encodeMessage({ type: 'RedriveKey', key, treatment } as never),
        actor: 'operator',
        reply: '',
        traceparent: '',
      }),
    )
  world.cluster.turn('an operator redrives', () => redrive('nobody/discarded', 'discard'), 20_000)
}

export interface Told {
  readonly stored: Stored
  readonly desks: number
  /** What is not as it must be; nothing may be, or the story is not worth keeping. */
  readonly wrong: readonly string[]
}

export const tellStory = async (seed: number, trades: number): Promise<Told> => {
  const spoil = (town: Town): void => town.world.cluster.turn('strangers speak', () => strangersSpeak(town), 5_000)
  const { town, findings } = await runSeed({ seed, trades, spoil })
  const { journal, keys } = town.engines.database
  return {
    stored: { entries: [...journal.values()], keys: [...keys.values()] },
    desks: town.options.desks,
    wrong: findings.wrong
      // What strangers say of nobody's orders goes nowhere.
      .filter(({ sentence }) => !sentence.startsWith('nobody/'))
      .map(({ invariant, sentence }) => `${invariant}: ${sentence}`),
  }
}
