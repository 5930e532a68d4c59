// The host plugin `pretix`: the standalone program beside a pretix ticket shop. It is told by pretix's webhooks what has
// changed, and reads orders over pretix's REST API when they are sent.
import { definePlugin } from '../../core/sdk/index.ts'
import { createPretixClient } from './client.ts'
import { createEventReader } from './event-reader.ts'
import { pretixOptions } from './options.ts'
import { createOrderModel } from './source-models/order-model.ts'
import { createWebhookReceiver } from './webhook-receiver.ts'

export default definePlugin({
  name: 'pretix',
  displayName: 'pretix',
  description: 'The orders of a pretix ticket shop, read over its API; its webhooks say what has changed.',
  version: '0.1.0',
  compatibility: '^0.1.0',
  level: 'instance',
  options: pretixOptions,
  setup({ options, http, signals }) {
    const { baseUrl, token, webhookSecret, locale } = options
    const client = createPretixClient({ http, baseUrl, token })
    const events = createEventReader({ client, locale })
    return {
      sourceModels: [createOrderModel({ client, events, baseUrl })],
      receivers: [createWebhookReceiver({ webhookSecret, signals })],
    }
  },
})
