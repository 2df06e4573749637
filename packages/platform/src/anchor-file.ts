/** The file of anchors that others may copy: one per service, only ever appended to, on the disk before it counts. */
import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AnchorFile } from '@triflow/audit'

export const openAnchorFile = (folder: string): AnchorFile => {
  const pathOf = (service: string): string => join(folder, `${service}.jsonl`)
  return {
    read: async (service) => {
      try {
        return await readFile(pathOf(service), 'utf8')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
        throw error
      }
    },
    append: async (service, text) => {
      await mkdir(folder, { recursive: true })
      const file = await open(pathOf(service), 'a')
      try {
        await file.write(text)
        await file.datasync()
      } finally {
        await file.close()
      }
    },
  }
}
