/** `triflow reliability`: writes docs/reliability.md anew from what runs have kept. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { documentOf } from './document.ts'
import { readShowing } from './record.ts'

export const documentFile = join(import.meta.dirname, '../../../../docs/reliability.md')

/** The document that the kept files make now. */
export const documentNow = (): string =>
  documentOf({
    simulation: readShowing('simulation'),
    defects: readShowing('defects'),
    faults: readShowing('faults'),
    recovery: readShowing('recovery'),
    load: readShowing('load'),
  })

export const register = (program: Command): void => {
  program
    .command('reliability')
    .description('write docs/reliability.md anew from what runs have kept with --record')
    .action(() => {
      writeFileSync(documentFile, documentNow())
      console.log(documentFile)
    })
}
