// Names the code that decides, by its content: verify re-decides entries of the very same code and no others.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './world.js'

const shared = ['packages/kernel/src', 'packages/contracts/src', 'packages/desk/src', 'proto']

const deciding = () => [...shared, ...readdirSync(join(root, 'services')).map((name) => `services/${name}/src`)]

const sources = (folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .map((file) => `${folder}/${file}`.replaceAll('\\', '/'))
    .filter((file) => /\.(ts|proto)$/.test(file) && !/\.test\.ts$|node_modules|\/(memory|testing)\//.test(file))
    .filter((file) => !file.startsWith('services/') || /\/src\/(desks\/|wire\.ts$)/.test(file))
    .sort()

/** Twelve hex digits over everything that can change a decision; read once, as it reads some hundred files. */
export const codeVersion = () => (known ??= hashed())

let known

const hashed = () => {
  const hash = createHash('sha256')
  // A file that an editor is just replacing is gone for a moment.
  const files = deciding().flatMap(sources)
  for (const file of files.filter((file) => existsSync(join(root, file)))) {
    hash.update(file).update(readFileSync(join(root, file)))
  }
  return hash.digest('hex').slice(0, 12)
}
