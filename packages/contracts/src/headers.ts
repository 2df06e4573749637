/** Headers of our records: CloudEvents 1.0 in Kafka binary mode, plain W3C trace context, and our own position and checksum. */

export const header = {
  specVersion: 'ce_specversion',
  id: 'ce_id',
  source: 'ce_source',
  type: 'ce_type',
  time: 'ce_time',
  contentType: 'content-type',
  traceparent: 'traceparent',
  /** desk@entry/index#number<previous of a published fact. */
  position: 'triflow-position',
  /** CRC-32 over key, value and the headers that are believed, lower-case hex. */
  checksum: 'triflow-checksum',
  /** Of a command: who asked, and where the waiting door listens. */
  actor: 'triflow-actor',
  reply: 'triflow-reply',
} as const

export const contentType = 'application/protobuf'
