// Plugins, providers and source models for the tests of the registry: whole and valid, and each test changes one thing.
import type { LoadedPlugin } from '../../../core/registry/loaded-plugin.ts'
import {
  definePlugin,
  OutboundSyncProvider,
  type Plugin,
  type PluginContext,
  type PluginDefinition,
  type ProviderClass,
  type SourceModel,
  type SyncObjectResult,
  signalNames,
} from '../../../core/sdk/index.ts'

export function samplePlugin(definition: Partial<PluginDefinition> = {}): Plugin {
  return definePlugin({ name: 'sample', version: '1.0.0', compatibility: '^0.1.0', ...definition })
}

/** A fresh provider class; `statics` and `methods` replace or add members of any type, also of a wrong one. */
export function sampleProvider({
  statics = {},
  methods = {},
}: {
  statics?: Record<string, unknown>
  methods?: Record<string, unknown>
} = {}): ProviderClass {
  class SampleProvider extends OutboundSyncProvider {
    static override readonly identifier: string = 'sample'
    async syncObjectWithProperties(): Promise<SyncObjectResult> {
      return { action: 'nothing_to_do' }
    }
  }
  for (const [name, value] of Object.entries(statics)) Object.defineProperty(SampleProvider, name, { value })
  for (const [name, value] of Object.entries(methods)) Object.defineProperty(SampleProvider.prototype, name, { value })
  return SampleProvider
}

export function sampleSourceModel(changes: Partial<SourceModel> = {}): SourceModel {
  return {
    name: 'Order',
    label: 'Order',
    labelPlural: 'Orders',
    inputs: ['order'],
    nested: { OrderPosition: { label: 'Position', inputs: ['position'] } },
    filters: [],
    fields: async () => [],
    load: async () => [],
    page: async () => ({ records: [], next: null }),
    count: async () => 0,
    ...changes,
  }
}

export function ready(plugin: Plugin): LoadedPlugin {
  return { specifier: plugin.name, name: plugin.name, plugin, status: 'ready', error: null }
}

/** A context whose members throw when a plugin of these tests uses one; the signals have names only. */
export function unusedContext(): PluginContext {
  return new Proxy({} as PluginContext, {
    get(_target, member) {
      if (member === 'signals') return Object.fromEntries(signalNames.map((name) => [name, null]))
      throw new Error(`no plugin of this test uses context.${String(member)}`)
    },
  })
}
