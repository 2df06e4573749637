/** Compares docker-compose.yml with what the services read and with the launcher's own ports: two ways up, one system. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseConfig, serviceVariables, variableNames, type Variables } from '@triflow/platform'
import { describe, expect, it, vi } from 'vitest'
import { parse } from 'yaml'
import { gatewayVariables } from '../../../services/gateway/src/config.ts'
import { paymentVariables } from '../../../services/payment/src/config.ts'
import { bankVariables } from '../../../services/sandbox-bank/src/config.ts'
import { webhookVariables } from '../../../services/webhook/src/config.ts'

const root = join(import.meta.dirname, '../../..')

interface ComposeService {
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string | number | null>>
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
}

const compose = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
  readonly 'x-env': Readonly<Record<string, string | null>>
  readonly services: Readonly<Record<string, ComposeService>>
  readonly volumes: object
}

const variables: Readonly<Record<string, Variables>> = {
  party: serviceVariables,
  order: serviceVariables,
  logistics: serviceVariables,
  financing: serviceVariables,
  payment: paymentVariables,
  webhook: webhookVariables,
  'sandbox-bank': bankVariables,
  gateway: gatewayVariables,
}
const names = Object.keys(variables)

/** As compose fills in `${NAME:-default}` where nothing is set outside. */
const withDefaults = (written: string): string => written.replaceAll(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1')

/** What the process sees; a variable without a value is only handed on where it is set. */
const environmentOf = (name: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(compose.services[name]?.environment ?? {}).flatMap(([variable, value]) =>
      value === null ? [] : [[variable, withDefaults(String(value))]],
    ),
  )

interface Launcher {
  readonly root: string
  readonly serviceNames: readonly string[]
  readonly nodeOptions: readonly string[]
  movedPorts(world: object): readonly string[]
  serviceEnv(world: object, name: string): Readonly<Record<string, string>>
}

const launcher = (await import(/* @vite-ignore */ join(root, 'launcher/world.js'))) as Launcher

// What a developer has set outside must not colour the comparison.
for (const name of ['TRIFLOW_DESKS', 'TRIFLOW_LOG_LEVEL', 'TRIFLOW_BANK_ACTOR', 'TRIFLOW_WEBHOOK_EGRESS'])
  vi.stubEnv(name, undefined)
vi.stubEnv('TRIFLOW_CODE_VERSION', 'dev')

const worldAt = (port: (name: string, kind: string) => number) => {
  const part = (name: string, ...kinds: string[]) => ({
    mode: 'local',
    address: name,
    ports: Object.fromEntries(kinds.map((kind) => [kind, port(name, kind)])),
  })
  return {
    state: join(root, '.triflow'),
    engines: { kafka: part('kafka', 'broker', 'controller'), mongo: part('mongo', 'store') },
    services: Object.fromEntries(
      names.map((name) => [name, part(name, 'grpc', 'admin', ...(name === 'gateway' ? ['http'] : []))]),
    ),
  }
}

/** The launcher's usual ports, as it names them where every one of them is taken. */
const usual = new Map(
  launcher.movedPorts(worldAt(() => 0)).map((sentence) => {
    const [, port, part, kind] = /^Port (\d+) .* so (\S+) \((\S+)\) takes/.exec(sentence)!
    return [`${part} ${kind}`, Number(port)]
  }),
)
const usualPort = (name: string, kind: string): number => {
  const port = usual.get(`${name} ${kind}`)
  if (port === undefined) throw new Error(`the launcher has no ${kind} port for ${name}`)
  return port
}

describe('docker-compose.yml', () => {
  it('has every service of the launcher, each by its own main, and the two engines', () => {
    expect([...launcher.serviceNames].sort()).toEqual([...names].sort())
    expect(Object.keys(compose.services).sort()).toEqual(['kafka', 'mongo', ...names].sort())
    for (const name of names) expect(compose.services[name]?.command).toEqual([`services/${name}/src/main.ts`])
  })

  it('runs Node as the launcher does', () => {
    const entryPoint = /^ENTRYPOINT (.*)$/m.exec(readFileSync(join(root, 'deploy/Dockerfile'), 'utf8'))![1]!
    expect(JSON.parse(entryPoint)).toEqual(['node', ...launcher.nodeOptions])
  })

  it.each(names)('tells %s everything it must know, in words it takes', (name) => {
    expect(parseConfig(variables[name]!, environmentOf(name))).not.toHaveProperty('problems')
  })

  it('sets no variable of ours that nobody reads', () => {
    const known = new Set(Object.values(variables).flatMap(variableNames))
    for (const name of names) {
      const ours = Object.keys(compose.services[name]?.environment ?? {}).filter((one) => one.startsWith('TRIFLOW_'))
      expect(ours.filter((one) => !known.has(one))).toEqual([])
    }
  })

  it.each(names)('gives %s nothing of its own that it does not read', (name) => {
    const shared = new Set(Object.keys(compose['x-env']))
    const own = Object.keys(compose.services[name]?.environment ?? {}).filter((one) => !shared.has(one))
    expect(own.filter((one) => !variableNames(variables[name]!).includes(one))).toEqual([])
  })

  it.each(names)('lets %s listen where the launcher does, for all who are not on its machine', (name) => {
    const read = variableNames(variables[name]!)
    const env = environmentOf(name)
    const ports = { TRIFLOW_ADMIN_PORT: 'admin', TRIFLOW_GRPC_PORT: 'grpc', TRIFLOW_HTTP_PORT: 'http' }
    for (const [variable, kind] of Object.entries(ports))
      if (read.includes(variable)) expect(env[variable]).toBe(String(usualPort(name, kind)))
    if (read.includes('TRIFLOW_ADDRESS')) expect(env.TRIFLOW_ADDRESS).toBe(`${name}:${usualPort(name, 'grpc')}`)
    expect(env.TRIFLOW_HOST).toBe('0.0.0.0')
  })

  it.each(names)('leads %s to its peers at their own doors', (name) => {
    const env = environmentOf(name)
    const doors = names.map((peer) => [`TRIFLOW_${peer.toUpperCase().replaceAll('-', '_')}_GRPC`, peer] as const)
    const read = variableNames(variables[name]!)
    for (const [variable, peer] of doors)
      if (read.includes(variable)) expect(env[variable]).toBe(`${peer}:${usualPort(peer, 'grpc')}`)
    if (read.includes('TRIFLOW_GATEWAY_URL'))
      expect(env.TRIFLOW_GATEWAY_URL).toBe(`http://gateway:${usualPort('gateway', 'http')}`)
  })

  it('publishes the public door and the engines on the launcher’s ports, on the loopback only', () => {
    const published = Object.entries(compose.services).flatMap(([name, { ports = [] }]) =>
      ports.map((port) => `${name} ${withDefaults(port)}`),
    )
    const at = (name: string, kind: string) => {
      const port = usualPort(name, kind)
      return `${name} 127.0.0.1:${port}:${port}`
    }
    expect(published.sort()).toEqual([at('gateway', 'http'), at('kafka', 'broker'), at('mongo', 'store')].sort())
  })

  it('names the gateway as people on this machine reach it: tokens carry that name', () => {
    expect(environmentOf('gateway').TRIFLOW_ISSUER).toBe(`http://127.0.0.1:${usualPort('gateway', 'http')}`)
  })

  it.each(names)('says to %s what the launcher says, but for addresses', (name) => {
    const told = launcher.serviceEnv(worldAt(usualPort), name)
    const env = environmentOf(name)
    // How far webhooks may call is narrower there: a developer's receivers are on the developer's own machine.
    const here = (variable: string) => /_(GRPC|URL|DIR|BROKERS|EGRESS)$/.test(variable)
    for (const variable of variableNames(variables[name]!)) {
      if (told[variable] === undefined) continue
      expect(env, variable).toHaveProperty(variable)
      if (!here(variable)) expect(env[variable], variable).toBe(told[variable])
    }
  })

  it('keeps keys, data and log on volumes that it declares', () => {
    const used = Object.values(compose.services).flatMap(({ volumes = [] }) => volumes.map((one) => one.split(':')[0]!))
    expect([...new Set(used)].sort()).toEqual(Object.keys(compose.volumes).sort())
    for (const name of names)
      if (variableNames(variables[name]!).includes('TRIFLOW_KEYS_DIR'))
        expect(compose.services[name]?.volumes).toContain(`keys:${environmentOf(name).TRIFLOW_KEYS_DIR}`)
  })
})
