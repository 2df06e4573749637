/**
 * Spans by hand and W3C trace context that goes on even when nobody collects spans, so that one trace leads from an HTTP
 * order to its payout. Loading the SDK takes about a quarter of a second, so it is loaded only where an endpoint is set.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Attributes, type Span } from '@opentelemetry/api'
import type { Environment } from './config.ts'

const current = new AsyncLocalStorage<string>()
const pattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/
const NO_TRACE = '0'.repeat(32)
const NO_SPAN = '0'.repeat(16)
const SAMPLED = 1

let collecting = false

export interface Telemetry {
  stop(): Promise<void>
}

/** Starts the SDK when OTEL_EXPORTER_OTLP_ENDPOINT says where spans go; everything else it reads from OTEL_ variables itself. */
export const startTelemetry = async (service: string, env: Environment): Promise<Telemetry> => {
  if (!env.OTEL_EXPORTER_OTLP_ENDPOINT || collecting) return { stop: async () => {} }
  // The SDK takes its exporter from these; metrics are scraped and logs are lines, so only traces go out.
  process.env.OTEL_METRICS_EXPORTER ??= 'none'
  process.env.OTEL_LOGS_EXPORTER ??= 'none'
  const { NodeSDK } = await import('@opentelemetry/sdk-node')
  const sdk = new NodeSDK({ serviceName: `triflow-${service}`, instrumentations: [] })
  sdk.start()
  collecting = true
  return {
    stop: async () => {
      collecting = false
      await sdk.shutdown().catch(() => {})
    },
  }
}

interface TraceParent {
  readonly traceId: string
  readonly spanId: string
  readonly flags: number
}

export const parseTraceparent = (written: string): TraceParent | undefined => {
  const match = pattern.exec(written)
  if (!match || match[1] === NO_TRACE || match[2] === NO_SPAN) return undefined
  return { traceId: match[1]!, spanId: match[2]!, flags: Number.parseInt(match[3]!, 16) }
}

const format = ({ traceId, spanId, flags }: TraceParent): string =>
  `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`

const newRoot = (): TraceParent => ({
  traceId: randomBytes(16).toString('hex'),
  spanId: randomBytes(8).toString('hex'),
  flags: 0,
})

/** The traceparent of the work under way; a new one when there is none. */
export const currentTraceparent = (): string => current.getStore() ?? format(newRoot())

/** The traceparent of the work under way, '' when there is none: what a call to another process takes along. */
export const traceparentUnderWay = (): string => current.getStore() ?? ''

/** True when someone upstream wants this trace; a span per record is only worth its cost then. */
export const isSampled = (traceparent: string): boolean =>
  ((parseTraceparent(traceparent)?.flags ?? 0) & SAMPLED) === SAMPLED

/**
 * Runs work as a span below `traceparent` (below the work under way when it is empty). Inside, `currentTraceparent` is the
 * span's own. A throw is recorded and goes on.
 */
export const withSpan = async <T>(
  name: string,
  attributes: Attributes,
  traceparent: string,
  fn: () => Promise<T>,
): Promise<T> => {
  const parent = parseTraceparent(traceparent) ?? parseTraceparent(current.getStore() ?? '')
  if (!collecting)
    return await current.run(format(parent ? { ...parent, spanId: randomBytes(8).toString('hex') } : newRoot()), fn)
  const within = parent
    ? trace.setSpanContext(ROOT_CONTEXT, {
        traceId: parent.traceId,
        spanId: parent.spanId,
        traceFlags: parent.flags,
        isRemote: true,
      })
    : ROOT_CONTEXT
  const span = trace.getTracer('triflow').startSpan(name, { attributes, kind: SpanKind.INTERNAL }, within)
  const { traceId, spanId, traceFlags } = span.spanContext()
  return await context.with(trace.setSpan(within, span), () =>
    current.run(format({ traceId, spanId, flags: traceFlags }), () => ended(span, fn)),
  )
}

const ended = async <T>(span: Span, fn: () => Promise<T>): Promise<T> => {
  try {
    return await fn()
  } catch (error) {
    span.recordException(error as Error)
    span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).message })
    throw error
  } finally {
    span.end()
  }
}
