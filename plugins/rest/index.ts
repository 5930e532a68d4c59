// The plugin `rest`: remote systems that are described in the browser instead of programmed.
import { defineDefinitionKind, definePlugin, type SignalEvent } from '../../core/sdk/index.ts'
import { buildRestProvider } from './build-provider.ts'
import { restDefinitionSchema } from './definition.ts'

const restKind = defineDefinitionKind({
  kind: 'rest',
  label: 'REST provider',
  schema: restDefinitionSchema,
  build: buildRestProvider,
  draft: {
    version: '1.0.0',
    baseUrl: 'https://',
    objectTypes: [{ fields: [{ isIdentifier: true }], find: {}, create: {}, update: {} }],
  },
})

async function enqueue(event: SignalEvent): Promise<void> {
  await event.enqueue({ name: 'rest', identifier: '', definitionKind: restKind.kind }, { triggeredBy: event.name })
}

export default definePlugin({
  name: 'rest',
  displayName: 'REST',
  description: 'Sends to remote systems with a JSON API, described in the browser without a line of code.',
  version: '1.0.0',
  compatibility: '^0.1.0',
  level: 'event',
  definitionKinds: [restKind],
  // Also those that other plugins bring.
  setup: ({ signals }) => ({ taps: Object.fromEntries(Object.keys(signals).map((name) => [name, enqueue])) }),
})
