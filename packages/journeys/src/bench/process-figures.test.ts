import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cpuSecondsOf, logBytesUnder, rssMegabytesOf } from './process-figures.ts'

describe('what a broker has on its log', () => {
  it('is what its segments hold, not its indexes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'segments-'))
    try {
      mkdirSync(join(folder, 'topic-0'))
      writeFileSync(join(folder, 'topic-0', '00000000000000000000.log'), 'x'.repeat(300))
      writeFileSync(join(folder, 'topic-0', '00000000000000000000.index'), 'x'.repeat(1_000))
      expect(logBytesUnder(folder)).toBe(300)
      expect(logBytesUnder(join(folder, 'elsewhere'))).toBe(0)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe.skipIf(process.platform !== 'linux')('what the operating system counts', () => {
  it('is known of this process, and is nothing for a process that is gone', () => {
    expect(rssMegabytesOf(process.pid)).toBeGreaterThan(10)
    expect(cpuSecondsOf(process.pid)).toBeGreaterThan(0)
    expect(rssMegabytesOf(2 ** 30)).toBe(0)
  })
})
