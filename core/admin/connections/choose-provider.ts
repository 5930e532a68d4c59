// What can be connected: every version of every provider that the loaded plugins bring, the newest of each first.
import semver from 'semver'
import type { Catalog } from '../../registry/catalog.ts'

export interface ProviderChoice {
  /** As the form sends it: `demo-crm 1.0.0`. */
  value: string
  identifier: string
  version: string
  name: string
  description: string | null
  pluginName: string
  isNewest: boolean
  objectLabels: readonly string[]
}

export interface PluginOutOfUse {
  name: string
  displayName: string
  error: string | null
}

export function providerChoices(catalog: Pick<Catalog, 'providers'>): readonly ProviderChoice[] {
  const byIdentifier = Map.groupBy(catalog.providers(), ({ provider }) => provider.identifier)
  return [...byIdentifier.values()]
    .flatMap((versions) =>
      versions
        .toSorted((left, right) => semver.rcompare(left.provider.version, right.provider.version))
        .map(({ provider, plugin, state }, index) => ({
          value: `${provider.identifier} ${provider.version}`,
          identifier: provider.identifier,
          version: provider.version,
          name: provider.displayName || provider.identifier,
          // What the plugin says of itself says nothing of a provider that somebody has described with it.
          description: provider.description || (state === undefined ? (plugin.description ?? null) : null),
          pluginName: plugin.displayName ?? plugin.name,
          isNewest: index === 0,
          objectLabels: provider.externalObjectTypes.map(({ label }) => label),
        })),
    )
    .toSorted((left, right) => left.name.localeCompare(right.name, 'en'))
}

export function pluginsOutOfUse(catalog: Pick<Catalog, 'plugins'>): readonly PluginOutOfUse[] {
  return catalog.plugins.flatMap(({ name, plugin, status, error }) =>
    status === 'ready' ? [] : [{ name, displayName: plugin?.displayName ?? name, error }],
  )
}
