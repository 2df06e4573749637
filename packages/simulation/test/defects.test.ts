/** Planted defects stay plantable, and the hunt for them works: a few that show soon are really planted, hunted and caught. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { copySources, defectNames, meaningOf, plant } from '../src/defects/plant.ts'
import { huntDefects } from '../src/defects/report.ts'

const root = join(import.meta.dirname, '..', '..', '..')

/** A busy machine takes many times as long as a quiet one. */
const long = { timeout: 600_000 }

describe('planted defects', () => {
  it.each(defectNames())('%s still applies and says what is wrong', (name) => {
    const patch = join(root, 'packages', 'simulation', 'defects', `${name}.patch`)
    const checked = spawnSync('git', ['apply', '--check', patch], { cwd: root, encoding: 'utf8' })
    expect(checked.stderr).toBe('')
    expect(meaningOf(name)).toMatch(/^[A-Z].*\.$/)
  })
})

describe('the hunt', () => {
  it('catches defects that show soon, each by what it breaks', long, async () => {
    const said: string[] = []
    const names = ['discount-rounded-up', 'evidence-at-wrong-place', 'two-publishes-in-flight']
    const hunted = await huntDefects({ names, say: (line) => void said.push(line) })
    const found = new Map(hunted.map(({ defect, invariants }) => [defect, invariants]))
    expect(found.get('discount-rounded-up')).toEqual(['I1'])
    expect(found.get('evidence-at-wrong-place')).toEqual(['I11'])
    expect(found.get('two-publishes-in-flight')).toContain('I17')
    expect(hunted.every(({ caught, firstSign, meaning }) => caught && firstSign !== '' && meaning !== '')).toBe(true)
    expect(said.map((line) => line.split(':')[0])).toEqual(names)
  })

  it('ends with whoever it has started when it is told to end, and leaves no copy', long, async () => {
    const copy = copySources()
    const ending = new AbortController()
    const hunting = { tradesMost: 10_000, withinMs: 600_000, signal: ending.signal, onSeed: () => ending.abort() }
    // One that small runs do not show at once.
    await expect(plant(copy, 'bounds-before-positions', hunting)).rejects.toThrow(/SIGKILL/)
    copy.remove()
    expect(existsSync(copy.path)).toBe(false)
  })

  it('says why it did not come to an end by itself', long, async () => {
    const copy = copySources()
    const hunting = { tradesMost: 10_000, withinMs: 1, signal: new AbortController().signal, onSeed: () => undefined }
    await expect(plant(copy, 'bounds-before-positions', hunting)).rejects.toThrow('0 s were over after 0 trades')
    copy.remove()
  })
})
