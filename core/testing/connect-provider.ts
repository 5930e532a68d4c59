// Switches a plugin on in the test's scope and makes a connection of one of its providers, as an operator would.

import { OutboundSyncError } from '../errors.ts'
import type { OutboundSync } from '../instance.ts'
import { mappingDocumentSchema, type ObjectMappingInput } from '../sdk/mapping.ts'
import { didYouMean } from '../sdk/near-name.ts'
import type { Plugin } from '../sdk/plugin.ts'
import type { ProviderClass } from '../sdk/provider.ts'

export interface ConnectOptions {
  /** The class, or its identifier. */
  provider: ProviderClass | string
  /** @default the version of the class; of an identifier the one that is loaded */
  version?: string
  settings: Readonly<Record<string, unknown>>
  /** @default the provider's defaultMappings */
  mappings?: readonly ObjectMappingInput[]
  /** One provider has one connection of a name in a scope; connecting again brings it to these settings. @default 'Test' */
  name?: string
  /** @default the instance's */
  scope?: string
}

/** Throws for a provider that no plugin brings, for settings its schema refuses, and when there are no mappings. */
export async function connectProvider(
  sync: OutboundSync,
  plugins: readonly Plugin[],
  { provider, settings, mappings, name = 'Test', scope, version }: ConnectOptions & { scope: string },
): Promise<{ connectionId: string }> {
  const identifier = typeof provider === 'string' ? provider : provider.identifier
  const plugin = plugins.find(({ providers }) => providers.some((one) => one.identifier === identifier))
  if (!plugin) {
    const known = plugins.flatMap(({ providers }) => providers.map((one) => one.identifier))
    throw refused(`No plugin of this instance brings the provider "${identifier}".${didYouMean(identifier, known)}`)
  }
  const wanted = version ?? (typeof provider === 'string' ? undefined : provider.version)
  const found = plugin.providers.find((one) => one.identifier === identifier && one.version === (wanted ?? one.version))
  if (!found) throw refused(`The plugin "${plugin.name}" brings no version ${wanted} of "${identifier}".`)
  const document = mappings === undefined ? found.defaultMappings : mappingDocumentSchema.parse(mappings)
  if (document.length === 0) {
    throw refused(`The provider "${identifier}" has no defaultMappings: give mappings, or nothing would be sent.`)
  }
  await switchOn(sync, plugin, scope)
  return sync.operations.ensureConnection({
    provider: identifier,
    version: found.version,
    name,
    scope,
    settings,
    // Proposals are made for many hosts, and may name models that this one has not.
    ...(mappings === undefined ? {} : { mappings: document }),
    actor: 'test',
  })
}

/** Wherever its level wants it. Throws `activation_refused` for a plugin that could not be loaded. */
export async function switchOn(sync: OutboundSync, plugin: Plugin, scope: string): Promise<void> {
  for (const place of switchesOf(plugin, scope)) {
    await sync.operations.setPluginActive({ plugin: plugin.name, scope: place, isActive: true, actor: 'test' })
  }
}

function switchesOf({ level }: Plugin, scope: string): string[] {
  const parts = scope.split('/')
  const eventIndex = parts.findIndex((part) => part.startsWith('event:'))
  const organizer = eventIndex < 0 ? scope : parts.slice(0, eventIndex).join('/')
  switch (level) {
    case 'instance':
      return []
    case 'organizer':
      return [organizer]
    case 'event':
      return [scope]
    case 'organizer_and_event':
      return [organizer, scope]
  }
}

function refused(message: string): OutboundSyncError {
  return new OutboundSyncError('test_connection', message)
}
