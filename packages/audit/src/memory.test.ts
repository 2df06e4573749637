/** The in-memory store of anchors keeps the same contract as the real one. */
import { anchorsContract } from './anchors-contract.ts'
import { createMemoryAnchors } from './memory.ts'

anchorsContract('memory', async () => ({ port: createMemoryAnchors(), close: async () => undefined }))
