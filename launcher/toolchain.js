// Gets the checkout ready to run: the right Node and pnpm, the packages, the code made from proto; each only when needed.
import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, openSync, readFileSync, readdirSync } from 'node:fs'
import { delimiter, dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { Explained, writeWhole } from '../packages/engines/src/index.js'
import { paths, root } from './world.js'

/** The versions fetched when the machine has none that fits; any of the same major (Node: or newer) fits. */
export const pins = { node: '24.21.0', pnpm: '10.34.9' }

const major = (version) => Number.parseInt(version, 10)
const run = promisify(execFile)
const busy = new Set()

/**
 * Finds or fetches Node and pnpm.
 * @returns {Promise<{ node: string, pnpm: string[], env: NodeJS.ProcessEnv }>} `pnpm` is the command with its first arguments
 */
export const prepareToolchain = async ({ verbose = false } = {}) => {
  const { toolchain } = paths()
  const own = {
    node: join(toolchain, 'node_modules', nodePackage(), 'bin', 'node'),
    pnpm: join(toolchain, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs'),
  }
  const find = async () => {
    const node =
      major(process.versions.node) >= major(pins.node) ? process.execPath : await fitting(own.node, major(pins.node))
    const machinePnpm = await fitting('pnpm', major(pins.pnpm), major(pins.pnpm))
    const ownPnpm = node && major(versionOf(own.pnpm)) === major(pins.pnpm)
    return { node, pnpm: machinePnpm ? ['pnpm'] : ownPnpm ? [node, own.pnpm] : undefined }
  }
  let found = await find()
  if (!found.node || !found.pnpm) {
    await fetchTools(toolchain, verbose)
    found = await find()
    if (!found.node || !found.pnpm) {
      throw new Explained(`The fetched Node ${pins.node} or pnpm ${pins.pnpm} does not run on this machine.`, {
        remedy: `Install Node ${major(pins.node)} and pnpm ${major(pins.pnpm)} yourself, then start again.`,
      })
    }
  }
  const env = {
    ...process.env,
    PATH: [dirname(found.node), process.env.PATH].join(delimiter),
    // pnpm would otherwise fetch another pnpm if package.json names one.
    npm_config_manage_package_manager_versions: 'false',
  }
  return { ...found, env }
}

/** Installs packages when a manifest, the lockfile or a patch changed since the last time. */
export const installPackages = async (tools, { verbose = false } = {}) => {
  const stamp = hashOf(['pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc', ...manifests(), ...filesUnder('patches')])
  if (existsSync(join(root, 'node_modules', '.modules.yaml')) && stamped('install', stamp))
    return 'packages are as last time'
  if (!existsSync(join(root, 'pnpm-lock.yaml'))) {
    throw new Explained('pnpm-lock.yaml is missing from the checkout.', {
      remedy: 'Restore it with `git checkout pnpm-lock.yaml`.',
    })
  }
  await runTool(tools, [...tools.pnpm, 'install', '--frozen-lockfile', '--prefer-offline'], {
    verbose,
    failure: 'pnpm could not install the packages.',
    remedy:
      'If the lockfile is out of date run `pnpm install` and commit it; otherwise check the network and try again.',
  })
  writeWhole(join(paths().stamps, 'install'), stamp)
  return 'packages installed'
}

/** Makes code from proto when a proto file or the way of making it changed. */
export const generateCode = async (tools, { verbose = false, force = false } = {}) => {
  const stamp = hashOf(['buf.gen.yaml', 'buf.yaml', ...filesUnder('proto')])
  if (!force && existsSync(join(root, 'packages', 'contracts', 'gen')) && stamped('generate', stamp))
    return 'contracts are as last time'
  await runTool(tools, [...tools.pnpm, 'run', 'generate'], {
    verbose,
    failure: 'The contracts could not be made from proto/.',
    remedy: 'Correct the proto file that the last lines name.',
  })
  writeWhole(join(paths().stamps, 'generate'), stamp)
  return 'contracts made from proto'
}

/** Runs a tool in the checkout; its output goes to the set-up log, or with `verbose` to the terminal. */
export const runTool = (
  tools,
  [command, ...args],
  { verbose = false, failure, remedy, log = paths().setupLog, env = {} },
) =>
  new Promise((resolve, reject) => {
    mkdirSync(dirname(log), { recursive: true })
    const sink = verbose ? 2 : openSync(log, 'a')
    const child = spawn(command, args, { cwd: root, env: { ...tools.env, ...env }, stdio: ['ignore', sink, sink] })
    busy.add(child)
    child.once('error', (cause) => reject(new Explained(`${command} cannot be run.`, { remedy, cause })))
    child.once('exit', (code) => {
      busy.delete(child)
      if (code === 0) resolve()
      else reject(new Explained(failure, { remedy, log: verbose ? undefined : log }))
    })
  })

/** Ends the tools under way; for Ctrl-C. */
export const abortTools = () => {
  for (const child of busy) child.kill('SIGTERM')
}

const fetchTools = async (toolchain, verbose) => {
  const tools = { env: { ...process.env } }
  const wanted = [`${nodePackage()}@${pins.node}`, `pnpm@${pins.pnpm}`]
  for (let attempt = 1; ; attempt++) {
    try {
      await runTool(
        tools,
        ['npm', 'install', '--prefix', toolchain, '--no-save', '--no-audit', '--no-fund', ...wanted],
        {
          verbose,
          failure: `Node ${pins.node} and pnpm ${pins.pnpm} could not be fetched.`,
          remedy: `Only the first start needs the network: check it, or install Node ${major(pins.node)} and pnpm ${major(pins.pnpm)} yourself.`,
        },
      )
      return
    } catch (error) {
      if (attempt === 3) throw error
    }
  }
}

const nodePackage = () => `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`

/** The command if it runs and its version lies between the majors. */
const fitting = async (command, atLeast, atMost = Infinity, args = ['--version']) => {
  try {
    const { stdout } = await run(command, args, { timeout: 20_000, cwd: '/' })
    const version = major(stdout.trim().replace(/^v/, ''))
    return version >= atLeast && version <= atMost ? command : undefined
  } catch {
    return undefined
  }
}

/** Asked of its manifest, because starting pnpm to ask it takes half a second. */
const versionOf = (pnpmScript) => {
  try {
    if (!existsSync(pnpmScript)) return ''
    return JSON.parse(readFileSync(join(dirname(pnpmScript), '..', 'package.json'), 'utf8')).version
  } catch {
    return ''
  }
}

const stamped = (name, stamp) => {
  const file = join(paths().stamps, name)
  return existsSync(file) && readFileSync(file, 'utf8') === stamp
}

const manifests = () => {
  const folders = ['packages', 'services'].flatMap((parent) =>
    existsSync(join(root, parent)) ? readdirSync(join(root, parent)).map((name) => join(parent, name)) : [],
  )
  return ['.', 'launcher', ...folders].map((folder) => join(folder, 'package.json')).sort()
}

const filesUnder = (folder) =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
        .sort()
    : []

const hashOf = (files) => {
  const hash = createHash('sha256')
  for (const file of files) {
    const path = join(root, file)
    if (existsSync(path)) hash.update(`${file}\0`).update(readFileSync(path)).update('\0')
  }
  return hash.digest('hex')
}
