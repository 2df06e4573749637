/** Bytes that left the house are never read otherwise: every message against its golden bytes, and back. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  commands,
  decodeMessage,
  deskEntry,
  encodeMessage,
  fullNameOf,
  messageNames,
  messages,
  topics,
} from '../src/index.ts'
import { sampleOf } from './sample.ts'

const file = new URL('./golden.json', import.meta.url)
const golden: Record<string, string> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}

const shortOf = (fullName: string): string => fullName.slice(fullName.lastIndexOf('.') + 1)
const bytesOf = (fullName: string): string =>
  Buffer.from(encodeMessage({ ...sampleOf(fullName), type: shortOf(fullName) } as never)).toString('hex')

describe('messages on the wire', () => {
  // A new message gets its golden bytes with TRIFLOW_GOLDEN=write; an old one keeps them for ever.
  if (process.env.TRIFLOW_GOLDEN === 'write') {
    writeFileSync(
      file,
      JSON.stringify(
        { ...Object.fromEntries(messageNames().map((name) => [name, bytesOf(name)])), ...golden },
        null,
        1,
      ) + '\n',
    )
  }

  it('have golden bytes, every one of them', () => {
    expect(Object.keys(golden).sort()).toEqual(messageNames())
  })

  it.each(Object.entries(golden))('%s keeps its bytes', (name, hex) => {
    expect(messages().has(name)).toBe(true)
    const decoded = messages().get(name)!.decode(Buffer.from(hex, 'hex'))
    expect(Buffer.from(encodeMessage({ ...decoded, type: shortOf(name) })).toString('hex')).toBe(hex)
    expect(bytesOf(name).startsWith(hex.slice(0, 8))).toBe(true)
  })

  it('refuses an unknown name and bytes that are no message', () => {
    expect(() => decodeMessage('triflow.order.v1.Nothing', new Uint8Array())).toThrow(/unknown message/)
    expect(() => decodeMessage('triflow.order.v1.OrderAccepted', Buffer.from('ff', 'hex'))).toThrow()
    expect(() => fullNameOf('Nothing')).toThrow(/no message/)
  })
})

describe('keys and topics', () => {
  it('co-partitions everything that one desk reads', () => {
    for (const desk of new Set(Object.values(commands).map((command) => command.desk))) {
      const { hears, partitions } = deskEntry(desk)
      for (const heard of hears) expect(topics.find((topic) => topic.name === heard)?.partitions).toBe(partitions)
    }
  })
})
