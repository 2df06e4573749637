/** F44: the code of an earlier commit beside the code of today, on one journal and one log. */
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { NotPossibleHere, type Arena, type Fault } from './fault.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../../../../..')

/** Without a release to name, this many commits back. */
const COMMITS_BACK = 30

interface Older {
  readonly commit: string
  readonly code: string
}

const git = async (...args: string[]): Promise<string> => (await run('git', args, { cwd: root })).stdout.trim()

/** The commit that TRIFLOW_OLDER_COMMIT names, else the newest tag, else one some way back. */
const olderCommit = async (): Promise<string> => {
  const named = process.env.TRIFLOW_OLDER_COMMIT
  if (named) return git('rev-parse', '--short', `${named}^{commit}`)
  const tag = await git('describe', '--tags', '--abbrev=0').catch(() => '')
  if (tag) return git('rev-parse', '--short', `${tag}^{commit}`)
  return git('rev-list', '--first-parent', '--abbrev-commit', '-n1', `--skip=${COMMITS_BACK}`, 'HEAD')
}

/** A copy of an earlier tree with the packages of this one: what is installed has to be what that commit asked for. */
const checkOut = async (arena: Arena): Promise<Older> => {
  const commit = await olderCommit().catch(() => '')
  if (!commit) throw new NotPossibleHere('this checkout has no earlier commit')
  const changed = await git('diff', '--name-only', commit, 'HEAD', '--', 'pnpm-lock.yaml')
  const code = join(arena.world.state, 'older')
  arena.afterwards(() => rmSync(code, { recursive: true, force: true }))
  rmSync(code, { recursive: true, force: true })
  mkdirSync(code, { recursive: true })
  const archive = join(code, '.tar')
  await git('archive', '--format=tar', '-o', archive, commit)
  await run('tar', ['-xf', archive], { cwd: code })
  symlinkSync(join(root, 'node_modules'), join(code, 'node_modules'))
  for (const group of ['packages', 'services'])
    for (const name of readdirSync(join(code, group))) {
      const installed = join(root, group, name, 'node_modules')
      // Links to neighbours are relative: copied as links, they lead to the earlier neighbours.
      if (existsSync(installed))
        cpSync(installed, join(code, group, name, 'node_modules'), { recursive: true, verbatimSymlinks: true })
    }
  await run(join(root, 'node_modules/.bin/buf'), ['generate'], {
    cwd: code,
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}` },
  })
  if (changed) arena.say(`packages have changed since ${commit}; it runs on those of today`)
  return { commit, code }
}

export const versions: readonly Fault[] = [
  {
    id: 'F44',
    fault: 'Upgrade: an earlier version beside this one, alone, and replaced again',
    how: 'An earlier commit runs as further order, financing and payment processes: beside ours for 10 s of load, alone for 10 s, then ours take over what it wrote.',
    mustHold: 'I7 I13: both read what the other wrote; unknown fields stay.',
    make: async (arena) => {
      const { commit, code } = await checkOut(arena)
      const upgraded = ['order', 'financing', 'payment'] as const
      // Entries of another version are walked but not decided again, so that version has to say its own name.
      const more = { TRIFLOW_CODE_VERSION: `older-${commit}` }
      const older = upgraded.map((service) => arena.second({ service, code, more }))
      const groups = {
        order: 'triflow.order.order',
        financing: 'triflow.financing.trade',
        payment: 'triflow.payment.account',
      }
      await arena.until(
        'that the earlier version has desks',
        () => upgraded.every((service, index) => older[index]!.joinedAfter(groups[service], 0) < Infinity),
        60_000,
      )
      const load = arena.load()
      await arena.sleep(10_000)
      // The doors of order and payment are ours, so those go on; the desks of financing are the earlier version's alone.
      await arena.world.stop('financing')
      await arena.sleep(10_000)
      await arena.world.start('financing')
      await arena.world.allReady()
      for (const second of older) second.child.kill('SIGTERM')
      const trades = await load.end()
      for (const [index, second] of older.entries()) {
        const failed = second.lines().filter(({ level }) => level === 'error')
        arena.demand(failed.length === 0, `the earlier ${upgraded[index]} had an error: ${JSON.stringify(failed[0])}`)
      }
      return `commit ${commit}, ${trades} trades meanwhile`
    },
  },
]
