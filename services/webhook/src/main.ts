/** Wires the webhook service: its desk, views, the notifier and the sender. */
import { openWebhookSecrets, runService, serveMain, type ServiceDefinition } from '@triflow/platform'
import { webhookConfig, type WebhookConfig } from './config.ts'
import { notifier } from './connectors/notifier.ts'
import { openPost } from './connectors/post.ts'
import { sender } from './connectors/sender.ts'
import { deliveriesView } from './views/deliveries.ts'
import { webhooksView } from './views/webhooks.ts'
import { endpointDesk } from './wire.ts'

export const webhookService = (connectors: ServiceDefinition['connectors']): ServiceDefinition => ({
  name: 'webhook',
  desks: [endpointDesk],
  views: [webhooksView, deliveriesView],
  connectors,
})

export const start = async (config: WebhookConfig) => {
  const secrets = await openWebhookSecrets(config.keysDir)
  const { post, close } = openPost({ anywhere: config.egress === 'anywhere' })
  const service = await runService(
    webhookService(({ clock, witness }) => [notifier(clock), sender({ post, secrets, clock, witness })]),
    config,
  )
  return {
    ...service,
    stop: async () => {
      await service.stop()
      close()
    },
  }
}

if (import.meta.main) await serveMain(start, webhookConfig)
