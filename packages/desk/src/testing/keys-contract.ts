/** What every `Keys` must do, in memory or in a real database. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KeyRecord, Keys } from '../ports.ts'
import { bytes, contractTimeoutMs, text, unique, type MakeSubject, type Subject } from './subject.ts'

const keyRecord = (id: string, command = 'submit'): KeyRecord => ({
  id,
  bodyHash: bytes(`hash of ${command}`),
  desk: 'order.order',
  key: 'acme/PO-1',
  type: 'triflow.order.v1.SubmitOrder',
  command: bytes(command),
  actor: 'acme',
})

const plain = (record: KeyRecord | undefined): unknown =>
  record && { ...record, bodyHash: [...record.bodyHash], command: [...record.command] }

export const keysContract = (name: string, make: MakeSubject<Keys>): void => {
  describe(`${name} as keys`, { timeout: contractTimeoutMs }, () => {
    let subject: Subject<Keys>
    let keys: Keys
    beforeAll(async () => {
      subject = await make()
      keys = subject.port
    }, contractTimeoutMs)
    afterAll(() => subject.close(), contractTimeoutMs)

    it('says nothing to the first claim, and shows its record to every later one', async () => {
      const first = keyRecord(unique('key'), 'first')
      expect(await keys.claim([first])).toEqual([undefined])
      const [seen] = await keys.claim([{ ...first, command: bytes('second'), actor: 'mallory' }])
      expect(plain(seen)).toEqual(plain(first))
      expect(plain((await keys.claim([first]))[0])).toEqual(plain(first))
    })

    it('answers a batch in its order, new and known mixed', async () => {
      const [a, b, c] = [keyRecord(unique('a')), keyRecord(unique('b')), keyRecord(unique('c'))]
      await keys.claim([b])
      const [one, two, three] = await keys.claim([a, b, c])
      expect([one, three]).toEqual([undefined, undefined])
      expect(plain(two)).toEqual(plain(b))
      expect(await keys.claim([])).toEqual([])
    })

    it('gives a key that one batch claims twice to the first of the two', async () => {
      const id = unique('key')
      const [first, second] = await keys.claim([keyRecord(id, 'one'), keyRecord(id, 'two')])
      expect(first).toBeUndefined()
      expect(text(second?.command)).toBe('one')
    })

    it('lists what was claimed by id, page after page', async () => {
      const prefix = unique('listed')
      const claimed = ['a', 'b', 'c'].map((letter) => keyRecord(`${prefix}-${letter}`, letter))
      await keys.claim([claimed[2]!, claimed[0]!, claimed[1]!])
      const first = await keys.list(prefix, 2)
      const second = await keys.list(first.at(-1)!.id, 2)
      expect([...first, ...second].slice(0, 3).map(plain)).toEqual(claimed.map(plain))
    })

    it('gives a key to exactly one of 50 concurrent claims, and all see the same record', async () => {
      const id = unique('key')
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, caller) => keys.claim([keyRecord(id, `caller ${caller}`)])),
      )
      const winners = answers.flatMap(([before], caller) => (before === undefined ? [caller] : []))
      expect(winners).toHaveLength(1)
      for (const [before] of answers) if (before) expect(text(before.command)).toBe(`caller ${winners[0]}`)
    })
  })
}
