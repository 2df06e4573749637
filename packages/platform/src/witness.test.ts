import { describe, expect, it } from 'vitest'
import { createWitness } from './witness.ts'

const listening = (level: 'debug' | 'warn' = 'debug') => {
  const lines: string[] = []
  const witness = createWitness({
    service: 'order',
    level,
    destination: { write: (line: string) => void lines.push(line) },
  })
  return { witness, lines, said: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

describe('the witness', () => {
  it('writes one JSON line per event, with bigints and errors readable', () => {
    const { witness, said } = listening()
    witness.say('warn', 'entry refused', { amountMinor: 12n, cause: new Error('no'), bytes: Buffer.from('abc') })
    expect(said()[0]).toMatchObject({
      service: 'order',
      level: 'warn',
      event: 'entry refused',
      amountMinor: '12',
      bytes: '3 bytes',
    })
    expect((said()[0]!.cause as { message: string }).message).toBe('no')
  })

  it('does not say what is below its level', () => {
    const { witness, lines } = listening('warn')
    witness.say('info', 'quiet')
    expect(lines).toEqual([])
  })

  it('hides secrets by their names', () => {
    const { witness, lines } = listening()
    witness.say('info', 'connected', {
      mongoUrl: 'mongodb://u:hunter2@h/db',
      headers: { authorization: 'Bearer hunter2' },
    })
    expect(lines.join()).not.toContain('hunter2')
  })

  it('counts and observes under the platform’s prefix', async () => {
    const { witness } = listening()
    witness.count('commands_total', 2, { decision: 'accepted' })
    witness.count('commands_total', 1, { decision: 'rejected' })
    witness.observe('entry_seconds', 0.003, { desk: 'order.order' })
    const text = await witness.registry.metrics()
    expect(text).toContain('triflow_commands_total{decision="accepted",service="order"} 2')
    expect(text).toContain('triflow_entry_seconds_bucket{le="0.005",service="order",desk="order.order"} 1')
  })

  it('never throws for a stray label or for a name used in two ways', async () => {
    const { witness } = listening()
    witness.count('records_total', 1, { fate: 'applied' })
    witness.count('records_total', 1, { fate: 'applied', extra: 'x' })
    witness.observe('records_total', 1)
    witness.count('records_total', -1)
    expect(await witness.registry.metrics()).toContain('triflow_records_total{fate="applied",service="order"} 2')
  })
})
