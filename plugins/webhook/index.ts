// The plugin `webhook`: sends what changes to an address of the operator's choice.
import { definePlugin, type SignalEvent } from '../../core/sdk/index.ts'
import { WebhookSync } from './provider.ts'

async function enqueue(event: SignalEvent): Promise<void> {
  await WebhookSync.enqueueOrder(event, event.name)
}

export default definePlugin({
  name: 'webhook',
  displayName: 'Webhook',
  description: 'Sends each change as a signed message to an address (Standard Webhooks).',
  version: '1.0.0',
  compatibility: '^0.1.0',
  level: 'event',
  providers: [WebhookSync],
  // Also those that other plugins bring.
  setup: ({ signals }) => ({ taps: Object.fromEntries(Object.keys(signals).map((name) => [name, enqueue])) }),
})
