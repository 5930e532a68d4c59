// Whether the plugin behind a connection may send in a scope. Asked once per plugin and scope of a page.

import type { Activation } from '../connections/activation.ts'
import type { Catalog } from '../registry/catalog.ts'

export type PluginGate =
  | { kind: 'open' }
  /** No loaded plugin brings this provider in this version. */
  | { kind: 'missing' }
  | { kind: 'off'; plugin: string; pluginName: string }

export interface PluginGates {
  of(provider: { provider: string; providerVersion: string }, scope: string): Promise<PluginGate>
}

export function createPluginGates({
  catalog,
  activation,
}: {
  catalog: Pick<Catalog, 'provider'>
  activation: Pick<Activation, 'isActive'>
}): PluginGates {
  const asked = new Map<string, Promise<boolean>>()
  return Object.freeze({
    async of({ provider, providerVersion }, scope) {
      const found = catalog.provider(provider, providerVersion)
      if (!found) return { kind: 'missing' }
      const { name, displayName } = found.plugin
      const key = `${name}\n${scope}`
      const answer = asked.get(key) ?? activation.isActive({ plugin: name, scope })
      asked.set(key, answer)
      return (await answer) ? { kind: 'open' } : { kind: 'off', plugin: name, pluginName: displayName ?? name }
    },
  } satisfies PluginGates)
}
