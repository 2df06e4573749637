/** Planted defects stay plantable: a patch that no longer applies is a defect that nobody looks for any more. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defectNames, meaningOf } from '../src/defects/plant.ts'

const root = join(import.meta.dirname, '..', '..', '..')

describe('planted defects', () => {
  it.each(defectNames())('%s still applies and says what is wrong', (name) => {
    const patch = join(root, 'packages', 'simulation', 'defects', `${name}.patch`)
    const checked = spawnSync('git', ['apply', '--check', patch], { cwd: root, encoding: 'utf8' })
    expect(checked.stderr).toBe('')
    expect(meaningOf(name)).toMatch(/^[A-Z].*\.$/)
  })
})
