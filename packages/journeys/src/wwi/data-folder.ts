/** Where the export lies: named by the caller, by the environment, or beside the checkout. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..')

/** The folder if it holds the export, else undefined: tests are skipped there. */
export const wwiFolder = (env: NodeJS.ProcessEnv = process.env): string | undefined => {
  const shared = env['TRIFLOW_SHARED_DATA'] ?? join(repository, '..', 'shared', 'data')
  const folder = join(shared, 'wwi-purchasing')
  return existsSync(join(folder, 'Purchasing.PurchaseOrders.csv')) ? folder : undefined
}
