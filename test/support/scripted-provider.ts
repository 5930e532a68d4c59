// A plugin whose provider does what a test says, object by object, and remembers what it was asked.
import { mappingDocumentSchema, type ObjectMappingInput } from '../../core/sdk/mapping.ts'
import { definePlugin, type Plugin, type PluginDefinition } from '../../core/sdk/plugin.ts'
import {
  type FinalizeArgs,
  OutboundSyncProvider,
  type ProviderClass,
  type ProviderLimits,
  type RemoteObjectQuery,
} from '../../core/sdk/provider.ts'
import type { SyncObjectArgs, SyncObjectResult } from '../../core/sdk/sync-object.ts'

export interface Script {
  calls: SyncObjectArgs[]
  finalized: FinalizeArgs[]
  deleted: RemoteObjectQuery[]
  /** What a call does. @default creates or updates */
  onSync(args: SyncObjectArgs): Promise<SyncObjectResult | null> | SyncObjectResult | null
  onFinalize(args: FinalizeArgs): Promise<void> | void
  shouldSync: boolean | { skip: string }
}

export type ScriptedOptions = {
  mappings?: ObjectMappingInput[]
  maxAttempts?: number
  limits?: ProviderLimits
  canChangeIdentity?: boolean
  settings?: ProviderClass['settings']
  accountSettings?: readonly string[]
  name?: string
} & Partial<PluginDefinition>

export const accept = (args: SyncObjectArgs): SyncObjectResult => ({
  action: args.known ? 'updated' : 'created',
  remoteId: `remote-${args.idValue}`,
})

export const dealMapping: ObjectMappingInput = {
  key: 'deal',
  sourceModel: 'Order',
  externalObjectType: 'deal',
  sourceIdField: 'code',
  externalIdField: 'code',
  propertyMappings: [{ externalField: 'total', source: { field: 'total' } }],
}

export function createScriptedPlugin({
  mappings = [dealMapping],
  maxAttempts = 3,
  limits = {},
  canChangeIdentity = false,
  settings = null,
  accountSettings = [],
  name = 'scripted',
  ...plugin
}: ScriptedOptions = {}): {
  plugin: Plugin
  script: Script
} {
  const script: Script = {
    calls: [],
    finalized: [],
    deleted: [],
    onSync: accept,
    onFinalize: () => undefined,
    shouldSync: true,
  }
  class ScriptedProvider extends OutboundSyncProvider {
    static override readonly identifier = name
    static override readonly maxAttempts = maxAttempts
    static override readonly limits = limits
    static override readonly settings = settings
    static override readonly accountSettings = accountSettings
    static override readonly canChangeIdentity = canChangeIdentity
    static override readonly defaultMappings = mappingDocumentSchema.parse(mappings)

    override shouldSync() {
      return script.shouldSync
    }

    async syncObjectWithProperties(args: SyncObjectArgs): Promise<SyncObjectResult | null> {
      script.calls.push(args)
      return script.onSync(args)
    }

    override async deleteObject(query: RemoteObjectQuery): Promise<SyncObjectResult> {
      script.deleted.push(query)
      return { action: 'deleted' }
    }

    override async finalizeSync(args: FinalizeArgs): Promise<void> {
      script.finalized.push(args)
      await script.onFinalize(args)
    }
  }
  return {
    script,
    plugin: definePlugin({
      name,
      version: '1.0.0',
      compatibility: '*',
      level: 'event',
      providers: [ScriptedProvider],
      taps: {
        order_placed: async (event) => {
          await ScriptedProvider.enqueueOrder(event, 'order_placed')
        },
      },
      ...plugin,
    }),
  }
}
