/** Exit codes are only true in a process of their own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const here = (file: string): string => JSON.stringify(fileURLToPath(new URL(file, import.meta.url)))

/** A main with this start; it says 'up' once it has been started. */
const main = (start: string, variables = '{}'): ChildProcess =>
  spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { serveMain } from ${here('./lifecycle.ts')}
       import { loadConfig, serviceVariables } from ${here('./config.ts')}
       setInterval(() => {}, 1000)
       const start = async () => { const running = await (${start})(); setTimeout(() => console.log('up'), 10); return running }
       await serveMain(start, (env) => loadConfig(${variables}, env))`,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH } },
  )

const exitOf = async (child: ChildProcess): Promise<number | null> =>
  ((await once(child, 'exit')) as [number | null])[0]

const whenUp = async (child: ChildProcess): Promise<ChildProcess> => {
  await once(child.stdout!, 'data')
  return child
}

const endless = 'done: new Promise(() => {})'

describe('the life of a process', { timeout: 15_000 }, () => {
  it('ends with 0 after SIGTERM, once everything has stopped', async () => {
    const child = await whenUp(main(`async () => ({ stop: async () => { console.log('stopped') }, ${endless} })`))
    const said: string[] = []
    child.stdout!.on('data', (chunk: Buffer) => said.push(String(chunk)))
    child.kill('SIGTERM')
    expect(await exitOf(child)).toBe(0)
    expect(said.join('')).toContain('stopped')
  })

  it('ends with 1 at a second signal', async () => {
    const child = await whenUp(
      main(`async () => ({ stop: async () => { console.log('stopping'); await new Promise(() => {}) }, ${endless} })`),
    )
    const stopping = once(child.stdout!, 'data')
    child.kill('SIGTERM')
    await stopping
    child.kill('SIGTERM')
    expect(await exitOf(child)).toBe(1)
  })

  it('ends with 1 and says why after an error that nobody caught, or when the service cannot go on', async () => {
    for (const start of [
      `async () => { setTimeout(() => { throw new Error('a bug') }, 50); return { stop: async () => {}, ${endless} } }`,
      `async () => ({ stop: async () => {}, done: new Promise((_, no) => setTimeout(() => no(new Error('a bug')), 50)) })`,
    ]) {
      const child = main(start)
      const said: string[] = []
      child.stderr!.on('data', (chunk: Buffer) => said.push(String(chunk)))
      expect(await exitOf(child)).toBe(1)
      expect(said.join('')).toContain('a bug')
    }
  })

  it('ends with 78 when the configuration does not work, having named every variable', async () => {
    const child = main('async () => ({ stop: async () => {} })', 'serviceVariables')
    const said: string[] = []
    child.stderr!.on('data', (chunk: Buffer) => said.push(String(chunk)))
    expect(await exitOf(child)).toBe(78)
    expect(said.join('')).toMatch(
      /TRIFLOW_KAFKA_BROKERS[^]*TRIFLOW_MONGO_URL[^]*TRIFLOW_ADMIN_PORT[^]*TRIFLOW_GRPC_PORT/,
    )
  })
})
