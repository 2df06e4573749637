// Reserves a block of ports for a private world, its own until it is erased: also while its parts are down, killed or restarting.
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, rmdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Explained, writeWhole } from '../packages/engines/src/index.js'

/** Ports of one block: twice what a world needs, so that it can pass by a stranger without leaving its block. */
export const BLOCK_PORTS = 40

// Clear of a developer's usual world, and below the ports that the system lends to clients: a client of a killed store
// that dials it again can be lent that very port and keep it from coming back.
const FIRST_PORT = 10_000
const BLOCKS = 250

/** One for all checkouts of a user. The folder `7` in it is block 7; a link in that, to a state folder, is a claim on it. */
const usualRegistry = () => join(tmpdir(), `triflow-ports-${process.getuid?.() ?? 'here'}`)

/** In the state folder: which claim it stands by, as `7/name`. A claim that its state folder does not name is stale. */
const vouchFile = (state) => join(state, 'run', 'ports')

/**
 * The first port of this world's block, which is reserved now if it was not yet.
 * @param {string} state its folder, which nobody else plans at the moment
 * @param {{ registry?: string, usable?: (firstPort: number) => Promise<boolean> }} [how]
 */
export const reserveBlock = async (state, { registry = usualRegistry(), usable = async () => true } = {}) => {
  const vouched = vouchedClaim(state)
  if (vouched && targetOf(join(registry, vouched)) === state) return firstPortOf(vouched)
  // Whoever cleans the temp folder takes a claim away, not the ports from a running world: its old block comes first.
  const former = vouched === undefined ? undefined : Number.parseInt(vouched, 10)
  for (const block of [...(former === undefined ? [] : [former]), ...Array(BLOCKS).keys()]) {
    const claim = claimBlock(registry, block, state)
    if (!claim) continue
    if (block === former || (await usable(firstPortOf(claim)))) return firstPortOf(claim)
    releaseBlock(state, { registry })
  }
  throw new Explained(`All ${BLOCKS} blocks of ports are reserved for worlds or in use by other programs.`, {
    remedy: `\`ls -l ${registry}/*\` shows the worlds; \`./triflow reset\` or deleting its folder gives one's block back.`,
  })
}

/** Gives the block of this world back, if it has one. */
export const releaseBlock = (state, { registry = usualRegistry() } = {}) => {
  const vouched = vouchedClaim(state)
  if (vouched === undefined) return
  const [block] = vouched.split('/')
  // The folder may be a copy of a world's, which does not own what its original reserved.
  if (targetOf(join(registry, vouched)) === state) removeClaim(join(registry, block), vouched.slice(block.length + 1))
  rmSync(vouchFile(state), { force: true })
}

/**
 * Claims the block if nobody holds it; answers the claim, or undefined.
 * A folder can be moved onto another only if that is absent or empty, so of many planners one succeeds; and since a
 * claim's name is never used again, what one planner removes as stale cannot be what another has just put there.
 */
const claimBlock = (registry, block, state) => {
  const folder = join(registry, String(block))
  if (isHeld(folder, block)) return undefined
  const name = randomUUID()
  const draft = join(registry, `.${name}`)
  try {
    mkdirSync(draft, { recursive: true, mode: 0o700 })
    symlinkSync(state, join(draft, name))
    writeWhole(vouchFile(state), `${block}/${name}`) // first, so that the claim is never seen unvouched
    renameSync(draft, folder)
    return `${block}/${name}`
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    if (error.code === 'ENOTEMPTY' || error.code === 'EEXIST') return undefined
    throw new Explained(`No ports can be reserved in ${registry}: ${error.message}`, {
      remedy: 'Make that folder writable, or set TMPDIR to a folder of your own.',
      cause: error,
    })
  }
}

/** Whether a world stands by a claim on the block; stale claims are removed on the way. */
const isHeld = (folder, block) => {
  let held = false
  for (const name of unlessGone(() => readdirSync(folder)) ?? []) {
    const state = targetOf(join(folder, name))
    if (state === undefined) continue
    if (vouchedClaim(state) === `${block}/${name}`) held = true
    else removeClaim(folder, name)
  }
  return held
}

const removeClaim = (folder, name) => {
  rmSync(join(folder, name), { force: true })
  try {
    rmdirSync(folder)
  } catch {
    // Another planner was quicker, either to remove it or to claim the block.
  }
}

const vouchedClaim = (state) => unlessGone(() => readFileSync(vouchFile(state), 'utf8'))

const targetOf = (link) => unlessGone(() => readlinkSync(link))

const firstPortOf = (claim) => FIRST_PORT + Number.parseInt(claim, 10) * BLOCK_PORTS

/** Only what is not there is nothing: what cannot be read for another reason must not pass for stale. */
const unlessGone = (read) => {
  try {
    return read()
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  }
}
