// `./triflow test`: every check and every test of the checkout, on engines of its own, summed up in one last line.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { planFresh, prepareCode, prepareLocalEngines, startEngines } from './bring-up.js'
import { wipeDockerEngines } from './engines.js'
import { releaseBlock } from './port-blocks.js'
import { explain, lastLines } from './progress.js'
import { abandon, openSession, stillWanted, unlessInterrupted, withLock } from './session.js'
import { stopParts } from './stopping.js'
import { runTool } from './toolchain.js'
import { engineNames, jobEnv, paths, root, serviceNames } from './world.js'

const CHECKS = ['format:check', 'lint', 'typecheck']
const SHOWN_LINES = 60

/** Ends with `N passed, N failed` and exit code 1 if anything failed or nothing ran. */
export const test = async ({ verbose }) => {
  const state = join(root, '.triflow', 'test')
  const session = openSession({ verbose, state })
  const sum = { passed: 0, failed: 0, skipped: 0 }
  try {
    await withLock(session, () => runEverything(session, sum))
  } catch (error) {
    await unlessInterrupted()
    explain(error)
    sum.failed++
  }
  const skipped = sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''
  process.stdout.write(`\n${sum.passed} passed, ${sum.failed} failed${skipped}\n`)
  return sum.failed > 0 || sum.passed === 0 ? 1 : 0
}

const runEverything = async (session, sum) => {
  const at = paths(session.state)
  await stopParts(session.state, [...engineNames, ...serviceNames]) // left over from a run that was killed
  await stopWorldsWithin(session.state)
  for (const part of [at.data, at.logs, at.keys, at.world]) rmSync(part, { recursive: true, force: true })
  mkdirSync(at.logs, { recursive: true })
  let world
  // Everything in this world is the tests' own, also the services that a journey starts: all of it goes at the end.
  session.cleanUp = async () => {
    await stopParts(session.state, [...engineNames, ...serviceNames])
    await stopWorldsWithin(session.state)
    if (world) await wipeDockerEngines(world)
  }
  try {
    const { tools, beside } = await prepareCode(session, {
      alsoBeside: async ({ node }) => {
        world = await planFresh(session, node)
        await prepareLocalEngines(session, world)
      },
    })
    for (const one of await Promise.all(CHECKS.map((name) => check(session, tools, name)))) add(sum, one)
    add(sum, await vitest(session, tools, ['unit'], {}))
    await beside
    stillWanted(session)
    await startEngines(session, world)
    add(sum, await vitest(session, tools, ['int', 'journey'], jobEnv(world)))
  } catch (error) {
    await abandon(session)
    throw error
  } finally {
    await unlessInterrupted()
    await session.progress.step('stopping', session.cleanUp)
  }
}

/** Journeys open worlds of their own beside the tests' world; one that was interrupted has left its world running. */
const stopWorldsWithin = async (state) => {
  const folders = existsSync(state) ? readdirSync(state).map((name) => join(state, name)) : []
  for (const folder of folders.filter((one) => existsSync(join(one, 'run')))) {
    await stopParts(folder, [...engineNames, ...serviceNames])
    releaseBlock(folder)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A linter and its kin count as one test each. */
const check = async (session, tools, name) => {
  stillWanted(session)
  const log = paths(session.state).log(name.replace(':', '-'))
  try {
    await session.progress.step(name, () =>
      runTool(tools, [...tools.pnpm, 'run', name], { verbose: session.verbose, log, failure: `${name} found faults.` }),
    )
    return { passed: 1 }
  } catch {
    if (!session.verbose) process.stderr.write(`${lastLines(log, SHOWN_LINES).join('\n')}\n(all of it in ${log})\n`)
    return { failed: 1 }
  }
}

const vitest = async (session, tools, projects, env) => {
  stillWanted(session)
  const report = join(paths(session.state).logs, `vitest-${projects.join('-')}.json`)
  const args = [
    ...['exec', 'vitest', 'run', '--passWithNoTests', ...projects.map((name) => `--project=${name}`)],
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
  ]
  const code = await runAtTerminal(session, [...tools.pnpm, ...args], { ...tools.env, ...env, PATH: tools.env.PATH })
  return countReport(report, code)
}

/** Sums a vitest report; a file that would not load, or an error outside any test, counts as one failed test. */
export const countReport = (file, code) => {
  let report
  try {
    report = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return { failed: 1 } // vitest itself fell over and has said why
  }
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((one) => one.status === 'failed'),
  )
  const failed = report.numFailedTests + unloaded.length
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: report.numPendingTests + (report.numTodoTests ?? 0),
  }
}

const runAtTerminal = (session, [command, ...args], env) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] })
    session.children.add(child)
    child.once('error', reject)
    child.once('exit', (code) => {
      session.children.delete(child)
      resolve(code ?? 1)
    })
  })

const add = (sum, { passed = 0, failed = 0, skipped = 0 }) => {
  sum.passed += passed
  sum.failed += failed
  sum.skipped += skipped
}
