import type { Office } from '@triflow/desk'
import { describe, expect, it } from 'vitest'
import { keepOffices } from './service-offices.ts'
import { unheard } from './testing.ts'

const world = () => {
  const said: string[] = []
  let tell: (agrees: boolean) => void = () => {}
  const open = async (): Promise<Office> => {
    said.push('opened')
    return { ready: () => true, phases: () => new Map(), stop: async () => void said.push('closed') }
  }
  const offices = keepOffices({ open: [open], onClock: (listener) => (tell = listener), witness: unheard })
  return {
    said,
    offices,
    clockAgrees: (agrees: boolean) => tell(agrees),
    turn: () => new Promise((resolve) => setImmediate(resolve)),
  }
}

describe('the offices of a service', () => {
  it('open at once and close when the service stops', async () => {
    const { said, offices, turn } = world()
    await turn()
    expect(offices.ready()).toBe(true)
    await offices.stop()
    expect(said).toEqual(['opened', 'closed'])
  })

  it('give up their desks while the clock cannot be trusted, and take them again afterwards', async () => {
    const { said, offices, clockAgrees, turn } = world()
    await turn()
    clockAgrees(false)
    await turn()
    expect(offices.ready()).toBe(false)
    clockAgrees(true)
    await turn()
    expect(said).toEqual(['opened', 'closed', 'opened'])
    expect(offices.ready()).toBe(true)
    await offices.stop()
  })

  it('do not open again after the service has stopped', async () => {
    const { said, offices, clockAgrees, turn } = world()
    await turn()
    await offices.stop()
    clockAgrees(true)
    await turn()
    expect(said).toEqual(['opened', 'closed'])
  })
})
