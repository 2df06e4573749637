/** Says what the runtime does: structured log lines through pino, numbers through prom-client. Never throws. */
import { pino, type DestinationStream, type LevelWithSilent, type Logger } from 'pino'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Witness } from '@triflow/desk'

const PREFIX = 'triflow_'
const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const AMOUNTS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000]
/** Names that may hold a secret wherever they appear one or two levels down. */
const SECRETS = ['authorization', 'password', 'secret', 'token', 'mongoUrl', 'privateKey', 'assertion']

type Labels = Readonly<Record<string, string>>

interface Named<M> {
  readonly metric: M
  readonly labelNames: readonly string[]
}

export interface ServiceWitness extends Witness {
  readonly registry: Registry
  readonly logger: Logger
  /** Sets a value that goes up and down. */
  gauge(name: string, value: number, labels?: Labels): void
  /** For errors to be read by people: message and stack without the rest. */
  child(bindings: Readonly<Record<string, unknown>>): ServiceWitness
}

export const createWitness = (options: {
  readonly service: string
  readonly level: LevelWithSilent
  readonly destination?: DestinationStream
}): ServiceWitness => {
  const logger = pino(
    {
      level: options.level,
      base: { service: options.service },
      messageKey: 'event',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    },
    options.destination ?? pino.destination({ dest: 1, sync: false }),
  )
  const registry = new Registry()
  registry.setDefaultLabels({ service: options.service })
  collectDefaultMetrics({ register: registry })
  return witnessOf(logger, registry, new Map())
}

type Metric = Counter | Gauge | Histogram

const witnessOf = (logger: Logger, registry: Registry, metrics: Map<string, Named<Metric>>): ServiceWitness => {
  // A metric has the labels that it was first used with; a later stray label is left out, for nobody dies of a number.
  const named = <M extends Metric>(
    name: string,
    labels: Labels,
    make: (full: string, labelNames: string[]) => M,
  ): Named<M> => {
    const known = metrics.get(name)
    if (known) return known as Named<M>
    const labelNames = Object.keys(labels)
    const made = { metric: make(name.startsWith(PREFIX) ? name : PREFIX + name, labelNames), labelNames }
    metrics.set(name, made)
    return made
  }
  const fitting = (labelNames: readonly string[], labels: Labels): Record<string, string> => {
    const fit: Record<string, string> = {}
    for (const name of labelNames) fit[name] = labels[name] ?? ''
    return fit
  }
  return {
    logger,
    registry,
    say: (level, event, details) => {
      if (!logger.isLevelEnabled(level)) return
      logger[level](details ? plain(details) : {}, event)
    },
    count: (name, value, labels = {}) => {
      const { metric, labelNames } = named(
        name,
        labels,
        (full, names) => new Counter({ name: full, help: full, labelNames: names, registers: [registry] }),
      )
      if (metric instanceof Counter && value >= 0) metric.inc(fitting(labelNames, labels), value)
    },
    observe: (name, value, labels = {}) => {
      const { metric, labelNames } = named(
        name,
        labels,
        (full, names) =>
          new Histogram({
            name: full,
            help: full,
            labelNames: names,
            buckets: full.endsWith('_seconds') ? SECONDS : AMOUNTS,
            registers: [registry],
          }),
      )
      if (metric instanceof Histogram) metric.observe(fitting(labelNames, labels), value)
    },
    gauge: (name, value, labels = {}) => {
      const { metric, labelNames } = named(
        name,
        labels,
        (full, names) => new Gauge({ name: full, help: full, labelNames: names, registers: [registry] }),
      )
      if (metric instanceof Gauge) metric.set(fitting(labelNames, labels), value)
    },
    child: (bindings) => witnessOf(logger.child(bindings), registry, metrics),
  }
}

/** What JSON can hold: bigints as decimal strings, errors as message and stack, bytes as their length. */
const plain = (details: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const said: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(details)) said[name] = plainValue(value, 0)
  return said
}

const plainValue = (value: unknown, depth: number): unknown => {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Error) return { type: value.name, message: value.message, stack: value.stack }
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (depth > 3 || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((one) => plainValue(one, depth + 1))
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plainValue(inner, depth + 1)]))
}
