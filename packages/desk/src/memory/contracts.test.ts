/** The in-memory adapters keep the same contracts as the real ones. */
import { keysContract, logContract, storeContract, viewsContract } from '../testing/index.ts'
import { createMemoryEngines, memoryPorts, type MemoryPorts } from './engines.ts'
import { createFreeWorld } from './free.ts'

const fresh = (): MemoryPorts => {
  const world = createFreeWorld()
  return memoryPorts(createMemoryEngines(world), world.process('test'))
}

logContract('the memory log', async () => {
  const { log } = fresh()
  return { port: log, close: () => log.close() }
})

storeContract('the memory store', async () => ({ port: fresh().store, close: async () => undefined }))

viewsContract('the memory views', async () => ({ port: fresh().views, close: async () => undefined }))

keysContract('the memory keys', async () => ({ port: fresh().keys, close: async () => undefined }))
