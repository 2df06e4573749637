/** A key that the first process to want it makes, and every later one finds: a file with mode 0600 in the keys folder. */
import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const isCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException).code === code

/** Two processes may start at once; the link decides whose key it is, and a file is there whole or not at all. */
const create = async (file: string, make: () => Promise<string> | string): Promise<string> => {
  const mine = `${file}.${randomUUID()}`
  await writeFile(mine, await make(), { mode: 0o600, flag: 'wx' })
  try {
    await link(mine, file)
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
  } finally {
    await unlink(mine)
  }
  return await readFile(file, 'utf8')
}

/** The text of the file, made when it is not there. Throws when it can neither be read nor made. */
export const keyFile = async (keysDir: string, name: string, make: () => Promise<string> | string): Promise<string> => {
  const file = join(keysDir, name)
  await mkdir(keysDir, { recursive: true })
  return await readFile(file, 'utf8').catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return create(file, make)
    throw error
  })
}
