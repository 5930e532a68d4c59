// Makes the provider instance that serves one batch of one connection.
import type { OutboundSyncProvider, ProviderClass, ProviderContext } from '../sdk/provider.ts'
import { toldWithOrigin } from './unexpected-error.ts'
import { providerWords } from './within-time.ts'

/** Says whose code has failed when the constructor throws. */
export function makeProvider({
  providerClass,
  pluginName,
  connection: { id, name, scope, settings },
  ...context
}: Pick<ProviderContext<unknown>, 'mappings' | 'http' | 'connectTcp' | 'log'> & {
  providerClass: ProviderClass
  /** The plugin that brings it. */
  pluginName: string
  connection: { id: string; name: string; scope: string; settings: unknown }
}): OutboundSyncProvider {
  try {
    return new providerClass({ connection: { id, name, scope }, settings, ...context })
  } catch (error) {
    throw toldWithOrigin(error, `The constructor of the ${providerWords({ providerClass, pluginName })} failed`)
  }
}
