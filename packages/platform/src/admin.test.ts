import { Registry } from 'prom-client'
import { afterEach, describe, expect, it } from 'vitest'
import { adminServer, type AdminServer, type Parts } from './admin.ts'

describe('the admin port', () => {
  let server: AdminServer | undefined
  afterEach(() => server?.stop())

  const asking = async (parts: Parts, started = true) => {
    server = await adminServer({
      host: '127.0.0.1',
      port: 0,
      parts: () => parts,
      started: () => started,
      registry: new Registry(),
    })
    return async (path: string, method = 'GET') => {
      const response = await fetch(`http://127.0.0.1:${server!.port}${path}`, { method })
      return `${response.status} ${await response.text()}`.trim()
    }
  }

  it('names every part that is not ready', async () => {
    const get = await asking({ log: true, store: false, desks: false })
    expect(await get('/readyz')).toBe('503 not ready: store, desks')
  })

  it('is ready when all parts are', async () => {
    const get = await asking({ log: true, store: true })
    expect(await get('/readyz')).toBe('200 ready')
  })

  it('is alive though nothing is ready, so that nobody restarts it in vain', async () => {
    const get = await asking({ log: false }, false)
    expect(await get('/livez')).toBe('200 alive')
    expect(await get('/startupz')).toBe('503 starting')
  })

  it('answers nothing else', async () => {
    const get = await asking({})
    expect(await get('/etc/passwd')).toMatch(/^404/)
    expect(await get('/readyz', 'POST')).toMatch(/^405/)
    expect(await get('/metrics')).toMatch(/^200/)
  })
})
