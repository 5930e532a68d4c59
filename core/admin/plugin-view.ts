// A plugin as the plugin pages show it: what it is, whether it works and why not, and where it is switched on.

import type { Activation } from '../connections/activation.ts'
import type { Catalog, CatalogPlugin } from '../registry/catalog.ts'
import type { PluginLevel } from '../sdk/plugin.ts'
import type { ProviderClass } from '../sdk/provider.ts'
import type { User } from '../sdk/user.ts'
import type { Tone } from './outcome-words.ts'
import { scopeWords } from './scopes.ts'

export interface PluginView {
  name: string
  displayName: string
  description: string | null
  version: string | null
  /** Range of our versions it works with. */
  compatibility: string | null
  specifier: string
  status: { tone: Tone; label: string; sentence: string }
  level: PluginLevel
  levelSentence: string
  /** Instance plugins are always on. */
  canSwitch: boolean
  providers: readonly { name: string; identifier: string; version: string; types: readonly string[] }[]
  /** For somebody who sees all switches, or not all of them. */
  nowhere: string
  switches: readonly { scope: string; scopeText: string; isActive: boolean; canConfigure: boolean }[]
  lastTapError: CatalogPlugin['lastTapError']
  dependencies: readonly string[]
}

const levelSentences: Readonly<Record<PluginLevel, string>> = {
  instance: 'It is always on.',
  organizer: 'It is switched on for a whole, and everything below it inherits that.',
  event: 'It is switched on for a scope, and everything below it inherits that.',
  organizer_and_event: 'It works where it is switched on twice: for the whole and for the part.',
}

export async function pluginView(
  entry: CatalogPlugin,
  {
    activation,
    catalog,
    user,
    ownVersion,
  }: { activation: Pick<Activation, 'rows'>; catalog: Pick<Catalog, 'providers'>; user: User; ownVersion: string },
): Promise<PluginView> {
  const { plugin } = entry
  const switches = plugin ? await activation.rows(plugin.name) : []
  return {
    name: entry.name,
    displayName: plugin?.displayName ?? entry.name,
    description: plugin?.description ?? null,
    version: plugin?.version ?? null,
    compatibility: plugin?.compatibility ?? null,
    specifier: entry.specifier,
    status: statusWords(entry, ownVersion),
    level: plugin?.level ?? 'event',
    levelSentence: levelSentences[plugin?.level ?? 'event'],
    canSwitch: entry.status === 'ready' && plugin !== null && plugin.level !== 'instance',
    providers: [...(plugin?.providers ?? []), ...definedBy(entry.name, catalog)].map((provider) => ({
      name: provider.displayName || provider.identifier,
      identifier: provider.identifier,
      version: provider.version,
      types: provider.externalObjectTypes.map(({ label }) => label),
    })),
    nowhere: user.can('view', '') ? 'Switched on nowhere yet' : 'Switched on nowhere that you may see',
    switches: switches
      .filter(({ scope }) => user.can('view', scope))
      .map(({ scope, isActive }) => ({
        scope,
        scopeText: scopeWords(scope),
        isActive,
        canConfigure: user.can('configure', scope),
      }))
      .sort((left, right) => (left.scope < right.scope ? -1 : 1)),
    lastTapError: entry.lastTapError,
    dependencies: Object.entries(plugin?.dependencies ?? {}).map(([name, range]) => `${name} ${range}`),
  }
}

// Those that were made here.
function definedBy(plugin: string, catalog: Pick<Catalog, 'providers'>): ProviderClass[] {
  return catalog
    .providers()
    .flatMap((one) => (one.state !== undefined && one.plugin.name === plugin ? [one.provider] : []))
}

function statusWords({ status, error, lastTapError }: CatalogPlugin, ownVersion: string): PluginView['status'] {
  switch (status) {
    case 'ready':
      return lastTapError
        ? { tone: 'wait', label: 'Works, with an error', sentence: `It failed at the signal ${lastTapError.signal}.` }
        : { tone: 'good', label: 'Works', sentence: 'It is loaded and compatible.' }
    case 'broken':
      return { tone: 'bad', label: 'Broken', sentence: error ?? 'It could not be loaded.' }
    case 'incompatible':
      return { tone: 'bad', label: 'Not compatible', sentence: error ?? `It does not work with version ${ownVersion}.` }
  }
}
