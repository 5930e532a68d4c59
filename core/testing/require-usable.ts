// The product starts without a plugin that cannot be used, and says so on its pages. A test must not go on without it.
import { messageOf, OutboundSyncError } from '../errors.ts'
import type { OutboundSync } from '../instance.ts'
import type { Plugin } from '../sdk/plugin.ts'
import { switchOn } from './connect-provider.ts'

/** The plugins, and what their setups will have thrown, by name: the product keeps that for its pages. */
export function watchSetups(plugins: readonly Plugin[]): { watched: Plugin[]; setupErrors: Map<string, string> } {
  const setupErrors = new Map<string, string>()
  const watched = plugins.map((plugin): Plugin => {
    const { setup, name } = plugin
    if (!setup) return plugin
    return {
      ...plugin,
      setup(context) {
        try {
          return setup(context)
        } catch (error) {
          setupErrors.set(name, messageOf(error))
          throw error
        }
      },
    }
  })
  return { watched, setupErrors }
}

/** Switches each on and throws for the first that is not there. */
export async function requireUsable({
  sync,
  plugins,
  scope,
  logLines,
  setupErrors,
}: {
  sync: OutboundSync
  plugins: readonly Plugin[]
  scope: string
  logLines: readonly string[]
  setupErrors: ReadonlyMap<string, string>
}): Promise<void> {
  for (const plugin of plugins) {
    // Refused for one that is not loaded; whether it was is asked next.
    await switchOn(sync, plugin, scope).catch(() => undefined)
    if (await sync.operations.isPluginActive({ plugin: plugin.name, scope })) continue
    const reason =
      setupErrors.get(plugin.name) ??
      logLines.find((line) => line.includes('A plugin cannot be used') && line.includes(plugin.name)) ??
      'what its setup brings was refused: two plugins bring something of one name, or it is not of the shape of PluginContributions.'
    throw new OutboundSyncError('test_plugin', `The plugin "${plugin.name}" cannot be used: ${reason}`)
  }
}
