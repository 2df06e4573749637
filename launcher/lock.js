// Keeps two runs of the command from changing one world at once, also when the one before was killed.
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { bornAt, Explained, isAlive } from '../packages/engines/src/index.js'

/**
 * Takes the lock, a folder with one file that says who holds it; answers that file, for `releaseLock`.
 * A folder can be moved onto another only if that is absent or empty, so of many takers one succeeds, and who holds it is
 * said from the first moment. As a file's name is never used again, what one removes as stale is not what another put there.
 * @param {string} lock
 */
export const takeLock = (lock) => {
  const name = randomUUID()
  const draft = join(dirname(lock), `.${basename(lock)}-${name}`)
  mkdirSync(draft, { recursive: true })
  writeFileSync(join(draft, name), JSON.stringify({ pid: process.pid, born: bornAt(process.pid) }))
  try {
    while (!movedOnto(draft, lock)) removeStale(lock)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  return join(lock, name)
}

/** Gives the lock back. */
export const releaseLock = (claim) => {
  rmSync(claim, { force: true })
  unlessGone(() => rmdirSync(dirname(claim)))
}

const movedOnto = (draft, lock) => {
  try {
    renameSync(draft, lock)
    return true
  } catch (error) {
    if (error.code === 'ENOTEMPTY' || error.code === 'EEXIST') return false
    throw error
  }
}

/** Removes what dead processes left in the lock; throws if one of them lives. */
const removeStale = (lock) => {
  for (const name of unlessGone(() => readdirSync(lock)) ?? []) {
    const said = unlessGone(() => readFileSync(join(lock, name), 'utf8'))
    if (said === undefined) continue
    const holder = JSON.parse(said)
    if (isAlive(holder)) {
      throw new Explained(`Another triflow command (process ${holder.pid}) is changing this world.`, {
        remedy: 'Wait for it, or end it with Ctrl-C.',
      })
    }
    rmSync(join(lock, name), { force: true })
  }
}

/** Others may remove, or take, what was just seen. */
const unlessGone = (act) => {
  try {
    return act()
  } catch (error) {
    if (['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(error.code)) return undefined
    throw error
  }
}
