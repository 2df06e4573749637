/** What the webhook service reads from its environment: what every service does, where its key is, and how far it may call. */
import {
  loadConfig,
  orElse,
  serviceVariables,
  variable,
  type ConfigOf,
  type Environment,
  type Variables,
} from '@triflow/platform'
import { z } from 'zod'

export const webhookVariables = {
  ...serviceVariables,
  keysDir: variable('TRIFLOW_KEYS_DIR', 'the folder of webhooks.key', z.string().min(1).max(1_000)),
  egress: variable(
    'TRIFLOW_WEBHOOK_EGRESS',
    'public, or anywhere for development: plain HTTP and private addresses as well; public when left out',
    orElse(z.enum(['public', 'anywhere']), 'public' as const),
  ),
} as const satisfies Variables

export type WebhookConfig = ConfigOf<typeof webhookVariables>

export const webhookConfig = (env: Environment): WebhookConfig => loadConfig(webhookVariables, env)
