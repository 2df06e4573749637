/** Drives a connector: hears facts, lets it act on the outside world, and hands in what it reports. */
import type { Clock, Log, Views, Witness } from './ports.ts'
import { backoffMs } from './reader-backoff.ts'
import { type Halt, type Heard, openReader, type Tenure } from './reader.ts'
import type { ConnectorDefinition, ConnectorReport, Said } from './views.ts'

export interface ConnectorOptions {
  /** Name of the reader: its group on the log, and of its saved positions. */
  readonly reader: string
  readonly connector: ConnectorDefinition
  readonly log: Log
  readonly store: Views
  readonly clock: Clock
  readonly witness: Witness
  /** Resolves when the reports are on the commands log; throws when that is not known, and is then asked again. */
  readonly submit: (reports: readonly ConnectorReport[], said: Said) => Promise<void>
  /** Facts acted on at once. */
  readonly concurrency?: number
  readonly saveEveryMs?: number
  readonly random?: () => number
}

export interface RunningConnector {
  ready(): boolean
  halted(): Halt | undefined
  stop(): Promise<void>
}

/** Lets tasks run at most so many at once, and one at a time per key in the order they came. */
export const keyedPool = (concurrency: number): (<T>(key: string, task: () => Promise<T>) => Promise<T>) => {
  const lastOf = new Map<string, Promise<unknown>>()
  const queue: (() => void)[] = []
  let running = 0
  const enter = async (): Promise<void> => {
    if (running < concurrency) running++
    // Whoever leaves hands its place on, so the count stays.
    else await new Promise<void>((resolve) => queue.push(resolve))
  }
  const leave = (): void => {
    const next = queue.shift()
    if (next) next()
    else running--
  }
  return (key, task) => {
    const before = lastOf.get(key) ?? Promise.resolve()
    const turn = before.then(async () => {
      await enter()
      try {
        return await task()
      } finally {
        leave()
      }
    })
    const settled = turn.then(
      () => undefined,
      () => undefined,
    )
    lastOf.set(key, settled)
    void settled.then(() => {
      if (lastOf.get(key) === settled) lastOf.delete(key)
    })
    return turn
  }
}

/**
 * Many batches are in hand at once, so that one slow answer of the outside world holds up only its own key; the saved
 * position follows the unbroken run of finished batches. After a crash some facts are acted on again, with the same ids.
 */
export const openConnector = (options: ConnectorOptions): RunningConnector => {
  const { connector, clock, witness, submit, random } = options
  const inTurn = keyedPool(options.concurrency ?? 16)
  const labels = { connector: connector.name }

  const settle = async ({ fact, said }: Heard, tenure: Tenure): Promise<void> => {
    let reports: readonly ConnectorReport[] | undefined
    for (let attempt = 1; tenure.stillOurs(); attempt++) {
      try {
        const from = clock.now()
        // What has been acted on is not acted on again only because handing it in failed.
        reports ??= await connector.act(fact, said, options.store)
        witness.observe('triflow_connector_act_ms', clock.now() - from, labels)
        if (reports.length > 0) await submit(reports, said)
        witness.count('triflow_connector_facts', 1, labels)
        return
      } catch (error) {
        witness.say('warn', 'connector-failed', {
          ...labels,
          fact: fact.type,
          desk: said.desk,
          number: said.number,
          attempt,
          error: String(error),
        })
        witness.count('triflow_connector_failures', 1, labels)
        await clock.sleep(backoffMs(attempt, random))
      }
    }
  }

  const hear = async (batch: readonly Heard[], tenure: Tenure): Promise<void> => {
    const wanted = batch.filter(({ fact }) => connector.wants(fact))
    await Promise.all(
      wanted.map((heard) => inTurn(`${heard.said.topic} ${heard.said.key}`, () => settle(heard, tenure))),
    )
  }

  const reader = openReader({
    reader: options.reader,
    topics: connector.hears,
    log: options.log,
    store: options.store,
    clock,
    witness,
    hear,
    ahead: 64,
    batchRecords: 200,
    ...(options.saveEveryMs === undefined ? {} : { saveEveryMs: options.saveEveryMs }),
    ...(random ? { random } : {}),
  })

  return { ready: reader.ready, halted: reader.halted, stop: reader.stop }
}
