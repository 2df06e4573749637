// The verbs that do one piece of work: journeys on a running world, and the tools of the workshop.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Explained } from '../packages/engines/src/index.js'
import { bringUp, prepareCode } from './bring-up.js'
import { openSession, undoStarted } from './session.js'
import { generateCode, prepareToolchain } from './toolchain.js'
import { jobEnv, paths, readWorld, root } from './world.js'

/** A verb that runs a journey once everything is up; `--once` also takes down what it started. */
export const journey =
  (verb) =>
  async ({ verbose, once = false }, _positionals, rest) => {
    const session = openSession({ verbose })
    checkJourneysExist()
    const { world, already } = await bringUp(session)
    const code = await runJob(session, world.node, [verb, ...rest], jobEnv(world))
    if (once) await session.progress.step('stopping', () => undoStarted(session))
    else if (!already) session.progress.say('The system keeps running; `./triflow down` stops it.')
    return code
  }

/** A verb that needs the code but nothing running. */
export const tool =
  (verb) =>
  async ({ verbose }, _positionals, rest) => {
    const session = openSession({ verbose })
    checkJourneysExist()
    const { tools } = await quietly(session, () => prepareCode(session))
    const world = readWorld()
    const env = world ? jobEnv(world) : { ...process.env, TRIFLOW_KEYS_DIR: paths().keys }
    return runJob(session, tools.node, [verb, ...rest], env)
  }

/** Recovery works on engines alone: they are brought up if need be, services are not, and running ones are refused. */
export const recover = async (values, positionals, rest) => {
  const isAlone = rest.length === 0 || ['drill', 'help', '--help', '-h'].some((word) => rest.includes(word))
  if (isAlone) return tool('recover')(values, positionals, rest)
  const session = openSession(values)
  checkJourneysExist()
  const { world } = await bringUp(session, { services: [] })
  return runJob(session, world.node, ['recover', ...rest], jobEnv(world))
}

/** Runs a script of the root package.json once tools, packages and contracts are there. */
export const script =
  (name) =>
  async ({ verbose }) => {
    const session = openSession({ verbose })
    const { tools } = await prepareCode(session)
    return runForeground(session, [...tools.pnpm, 'run', name], tools.env)
  }

/** Makes the contracts from proto, also when no proto file changed. */
export const generate = async ({ verbose }) => {
  const session = openSession({ verbose })
  await prepareCode(session)
  const tools = await prepareToolchain({ verbose })
  await session.progress.step('contracts', () => generateCode(tools, { verbose, force: true }))
  return 0
}

const cli = () => join(root, 'packages', 'journeys', 'src', 'cli.ts')

const checkJourneysExist = () => {
  if (existsSync(cli())) return
  throw new Explained('This checkout has no packages/journeys/src/cli.ts.', {
    remedy: 'Check out the whole repository.',
  })
}

const runJob = (session, node, args, env) =>
  runForeground(session, [node, '--disable-warning=ExperimentalWarning', cli(), ...args], env)

const runForeground = (session, [command, ...args], env) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env, stdio: 'inherit' })
    session.children.add(child)
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      session.children.delete(child)
      if (session.abandoned) return // the interruption ends this process
      resolve(code ?? (signal ? 1 : 0))
    })
  })

/** Steps are shown only if one of them takes long or fails: a token is asked for by scripts. */
const quietly = async (session, work) => {
  const { step } = session.progress
  if (session.verbose) return work()
  session.progress.step = (_label, inner) => inner()
  try {
    return await work()
  } finally {
    session.progress.step = step
  }
}
