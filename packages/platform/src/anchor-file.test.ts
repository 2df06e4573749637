import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openAnchorFile } from './anchor-file.ts'

describe('the file of anchors', () => {
  const folder = mkdtempSync(join(tmpdir(), 'triflow-anchors-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('is empty before the first anchor, makes its folder, and only grows', async () => {
    const file = openAnchorFile(join(folder, 'made', 'later'))
    expect(await file.read('financing')).toBe('')
    await file.append('financing', 'one\n')
    await file.append('financing', 'two\n')
    await file.append('order', 'other\n')
    expect(await file.read('financing')).toBe('one\ntwo\n')
    expect(readFileSync(join(folder, 'made', 'later', 'order.jsonl'), 'utf8')).toBe('other\n')
  })
})
