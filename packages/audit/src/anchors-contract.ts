/** What every `AnchorStore` must do, in memory or in a real database. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contractTimeoutMs, unique, type MakeSubject, type Subject } from '@triflow/desk/testing'
import type { AnchorStore } from './ports.ts'

export const anchorsContract = (name: string, make: MakeSubject<AnchorStore>): void => {
  describe(`${name} as a store of anchors`, { timeout: contractTimeoutMs }, () => {
    let subject: Subject<AnchorStore>
    let anchors: AnchorStore
    beforeAll(async () => {
      subject = await make()
      anchors = subject.port
    }, contractTimeoutMs)
    afterAll(() => subject.close(), contractTimeoutMs)

    it('gives back the texts of a service from the first on, character for character', async () => {
      const service = unique('service')
      const texts = Array.from({ length: 230 }, (_, index) => `{"number":${index + 1},"of":"应收账款"}`)
      expect(await anchors.all(service)).toEqual([])
      for (const [index, text] of texts.entries()) await anchors.insert(service, index + 1, text)
      await anchors.insert(unique('another'), 1, 'another')
      expect(await anchors.all(service)).toEqual(texts)
    })

    it('lets only one of many writers have a number, and keeps what it wrote', async () => {
      const service = unique('service')
      const fates = await Promise.all(
        Array.from({ length: 20 }, (_, writer) => anchors.insert(service, 1, `writer ${writer}`)),
      )
      expect(fates.filter((fate) => fate === 'inserted')).toHaveLength(1)
      expect(await anchors.all(service)).toEqual([`writer ${fates.indexOf('inserted')}`])
    })

    it('reads no further than the first number that is not there', async () => {
      const service = unique('service')
      for (const number of [1, 2, 4]) await anchors.insert(service, number, `${number}`)
      expect(await anchors.all(service)).toEqual(['1', '2'])
    })
  })
}
