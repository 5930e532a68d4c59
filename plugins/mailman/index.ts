// The plugin `mailman`: keeps the subscribers of a mailing list in GNU Mailman 3.
import { definePlugin, type SignalEvent } from '../../core/sdk/index.ts'
import { MailmanSync } from './provider.ts'

async function enqueue(event: SignalEvent): Promise<void> {
  await MailmanSync.enqueueOrder(event, event.name)
}

export default definePlugin({
  name: 'mailman',
  displayName: 'Mailman',
  description:
    'Subscribes people to a mailing list of GNU Mailman 3, and takes them off it when their order is canceled.',
  version: '1.0.0',
  compatibility: '^0.1.0',
  level: 'event',
  providers: [MailmanSync],
  // Also those that other plugins bring.
  setup: ({ signals }) => ({ taps: Object.fromEntries(Object.keys(signals).map((name) => [name, enqueue])) }),
})
