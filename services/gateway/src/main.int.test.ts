/** The gateway as it is started, over a real database and without any service: it issues tokens and says 503 for the rest. */
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Environment } from '@triflow/platform'
import { gatewayConfig } from './config.ts'
import { start, type RunningGateway } from './main.ts'
import { assertionOf, newClient, type Client } from './testing.ts'

const mongoUrl = process.env.TRIFLOW_MONGO_URL ?? ''
const issuer = 'http://gateway.test'

describe.skipIf(mongoUrl === '')('a gateway alone (needs TRIFLOW_MONGO_URL)', () => {
  let gateways: RunningGateway[] = []
  let operator: Client

  beforeAll(async () => {
    operator = await newClient()
    const keysDir = await mkdtemp(join(tmpdir(), 'triflow-keys-'))
    await writeFile(join(keysDir, 'operator.public.jwk'), JSON.stringify(operator.publicJwk))
    const url = new URL(mongoUrl)
    url.pathname = `/gateway-${Date.now().toString(36)}-${process.pid}`
    const nobody = '127.0.0.1:1'
    const env: Environment = {
      TRIFLOW_HTTP_PORT: '0',
      TRIFLOW_ADMIN_PORT: '0',
      TRIFLOW_MONGO_URL: url.toString(),
      TRIFLOW_KEYS_DIR: keysDir,
      TRIFLOW_ISSUER: issuer,
      TRIFLOW_LOG_LEVEL: 'silent',
      TRIFLOW_ANSWER_WITHIN_MS: '300',
      ...Object.fromEntries(
        ['PARTY', 'ORDER', 'LOGISTICS', 'FINANCING', 'PAYMENT', 'WEBHOOK'].map((name) => [
          `TRIFLOW_${name}_GRPC`,
          nobody,
        ]),
      ),
    }
    gateways = [await start(gatewayConfig(env)), await start(gatewayConfig(env))]
    for (const { adminPort } of gateways)
      await vi.waitUntil(async () => (await fetch(`http://127.0.0.1:${adminPort}/readyz`)).status === 200, {
        timeout: 20_000,
        interval: 100,
      })
  })
  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()))
  })

  const tokenFrom = async (gateway: RunningGateway, assertion: string) =>
    await fetch(`http://127.0.0.1:${gateway.httpPort}/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
      }),
    })

  it('takes an assertion once, whichever instance it is shown to', async () => {
    const assertion = await assertionOf(operator, 'operator')
    const answers = await Promise.all(
      gateways.flatMap((gateway) => [tokenFrom(gateway, assertion), tokenFrom(gateway, assertion)]),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401])
  })

  it('says 503 within its time while the services are not there, with a token of the other instance', async () => {
    const { access_token: token } = (await (
      await tokenFrom(gateways[0]!, await assertionOf(operator, 'operator'))
    ).json()) as { access_token: string }
    const response = await fetch(`http://127.0.0.1:${gateways[1]!.httpPort}/v1/business-days`, {
      method: 'POST',
      body: '{"date":"2026-03-02"}',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': 'first' },
    })
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('2')
    const metrics = await (await fetch(`http://127.0.0.1:${gateways[1]!.adminPort}/metrics`)).text()
    expect(metrics).toMatch(/^triflow_rejected_total\{.*kind="Unavailable".*\} 1$/m)
    expect(metrics).toMatch(
      /^triflow_http_request_duration_seconds_count\{.*route="\/v1\/business-days".*code="503".*\} 1$/m,
    )
  })
})
