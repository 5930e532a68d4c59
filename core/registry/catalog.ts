// The catalog: everything the loaded plugins brought, by name. It is made in two steps, because a plugin's context holds
// signals and operations that need the catalog: createCatalog (knows the providers), later once setUp (all the rest).
import { PluginError } from '../errors.ts'
import type { DefinitionKind } from '../sdk/definition-kind.ts'
import type { PluginPage } from '../sdk/page.ts'
import type { Plugin, PluginCommand, PluginContext, PluginContributions, PluginService } from '../sdk/plugin.ts'
import type { ProviderClass } from '../sdk/provider.ts'
import type { PluginReceiver } from '../sdk/receiver.ts'
import type { SignalName, SignalTap } from '../sdk/signals.ts'
import type { SourceModel } from '../sdk/source-model.ts'
import { tapEntries } from './check-plugin.ts'
import { createClaims } from './claims.ts'
import { dependencySentence, type LoadedPlugin, reasonOf, refused } from './loaded-plugin.ts'
import { setUpPlugin } from './set-up-plugin.ts'

export interface TapError {
  signal: SignalName
  message: string
  at: Date
}

export interface CatalogPlugin extends LoadedPlugin {
  /** The last thing that went wrong in one of its taps. */
  lastTapError: TapError | null
}

export interface CatalogProvider {
  provider: ProviderClass
  plugin: Plugin
  /** Only for one that is data. */
  state?: 'active' | 'deprecated' | 'retired'
  /** Why it cannot be used, in a sentence; what is sent through it ends with this. */
  problem?: string | null
}

/** One that is data, as the table of definitions has it now. */
export interface DefinedProvider extends CatalogProvider {
  state: 'active' | 'deprecated' | 'retired'
  problem: string | null
}

export interface Catalog {
  /** Every entry of the plugin list with what became of it, ready ones first. */
  readonly plugins: readonly CatalogPlugin[]
  plugin(name: string): CatalogPlugin | null
  provider(identifier: string, version: string): CatalogProvider | null
  /** Those that can be used. */
  providers(): readonly CatalogProvider[]
  /** Of all whose work is claimed, those included that cannot be used: their work ends with the reason. */
  providerVersions(): { identifier: string; version: string }[]
  readonly definitionKinds: readonly { plugin: Plugin; kind: DefinitionKind }[]
  /** Whose code a provider of this name is, in whatever version. */
  codedPlugin(identifier: string): Plugin | null
  /** All that the table of definitions holds now; those of other kinds and drafts are left out. */
  setDefined(defined: readonly DefinedProvider[]): void
  /** A root model. */
  sourceModel(name: string): SourceModel | null
  /** The name of the plugin that brings the root model. */
  pluginOfModel(name: string): string | null
  sourceModels(): readonly SourceModel[]
  /** The root model of that name, or the one that has a nested model of that name. */
  sourceModelOf(rootOrNestedName: string): SourceModel | null
  /** Signals that plugins bring beyond the built-in ones. */
  readonly signals: readonly string[]
  readonly taps: readonly { plugin: Plugin; signal: SignalName; tap: SignalTap }[]
  readonly pages: readonly { plugin: Plugin; page: PluginPage }[]
  readonly receivers: readonly { plugin: Plugin; receiver: PluginReceiver }[]
  readonly cli: readonly { plugin: Plugin; command: PluginCommand }[]
  readonly services: readonly { plugin: Plugin; service: PluginService }[]
  /** Calls each ready plugin's setup, dependencies first. One that fails is out of use, with all that need it. */
  setUp(context: (plugin: Plugin) => PluginContext): void
  /** Remembers what a tap threw for the plugin page; logging it is the caller's. */
  reportTapError(pluginName: string, signal: SignalName, error: unknown): void
  /** Calls each ready plugin's started, dependencies first; what one throws is handed to `onFailure`. */
  started(onFailure: (plugin: Plugin, error: unknown) => void): Promise<void>
  /** Calls each plugin's close, dependents first. All are called; failures are thrown together at the end. */
  close(): Promise<void>
}

export function createCatalog({
  plugins: loaded,
  now = () => new Date(),
}: {
  plugins: readonly LoadedPlugin[]
  now?: () => Date
}): Catalog {
  const claims = createClaims()
  const entries = loaded.map((entry) => {
    const problem = entry.plugin && entry.status === 'ready' ? claims.claimProviders(entry.plugin) : null
    return problem ? refused(entry, 'broken', problem) : entry
  })
  const contributions = new Map<string, PluginContributions>()
  const closers: { name: string; close(): Promise<void> }[] = []
  const tapErrors = new Map<string, TapError>()
  let isSetUp = false

  const readyPlugins = () => entries.flatMap(({ plugin, status }) => (plugin && status === 'ready' ? plugin : []))
  const brought = <Key extends keyof PluginContributions>(key: Key) =>
    readyPlugins().map((plugin) => ({ plugin, items: contributions.get(plugin.name)?.[key] }))
  const codedProviders = () =>
    readyPlugins().flatMap((plugin) => plugin.providers.map((provider): CatalogProvider => ({ provider, plugin })))
  const sourceModels = () => brought('sourceModels').flatMap(({ items }) => items ?? [])
  const withTapError = (entry: LoadedPlugin) => ({ ...entry, lastTapError: tapErrors.get(entry.name) ?? null })

  // Asked for every job, so they are filled once and not searched.
  let defined: readonly DefinedProvider[] = []
  let providerByKey = byKey()
  const modelByName = new Map<string, SourceModel>()

  function byKey(): ReadonlyMap<string, CatalogProvider> {
    // Code comes last: it wins where both are of one name.
    return new Map([...defined, ...codedProviders()].map((found) => [keyOf(found.provider), found]))
  }

  function setUpEntry(entry: LoadedPlugin, plugin: Plugin, context: PluginContext): LoadedPlugin {
    const result = setUpPlugin(plugin, context)
    const { close } = result.contributions
    // Also kept of a plugin that is refused: its setup ran and may have opened something.
    if (close) closers.unshift({ name: plugin.name, close: async () => close.call(result.contributions) })
    const problem = result.error ?? claims.claimContributions(plugin, result.contributions)
    if (problem) return { ...refused(entry, 'broken', problem), cause: result.cause }
    contributions.set(plugin.name, result.contributions)
    return entry
  }

  return Object.freeze({
    get plugins() {
      return entries.map(withTapError)
    },
    plugin(name: string) {
      const entry = entries.find((one) => one.name === name && one.status === 'ready')
      const found = entry ?? entries.find((one) => one.name === name)
      return found ? withTapError(found) : null
    },
    provider: (identifier: string, version: string) => providerByKey.get(keyOf({ identifier, version })) ?? null,
    providers: () => [...codedProviders(), ...defined.filter(({ problem }) => problem === null)],
    providerVersions: () =>
      [...providerByKey.values()].map(({ provider }) => ({
        identifier: provider.identifier,
        version: provider.version,
      })),
    get definitionKinds() {
      return readyPlugins().flatMap((plugin) => plugin.definitionKinds.map((kind) => ({ plugin, kind })))
    },
    codedPlugin: (identifier: string) =>
      codedProviders().find(({ provider }) => provider.identifier === identifier)?.plugin ?? null,
    setDefined(given: readonly DefinedProvider[]) {
      defined = given
      providerByKey = byKey()
    },
    sourceModel(name: string) {
      const model = modelByName.get(name)
      return model?.name === name ? model : null
    },
    pluginOfModel: (name: string) =>
      brought('sourceModels').find(({ items }) => items?.some((model) => model.name === name))?.plugin.name ?? null,
    sourceModels,
    sourceModelOf: (name: string) => modelByName.get(name) ?? null,
    // Also those of a plugin that is out of use: who taps or fires one must find its hook.
    signals: [...new Set(loaded.flatMap(({ plugin }) => plugin?.signals ?? []))],
    get taps() {
      return readyPlugins().flatMap((plugin) =>
        [plugin.taps, contributions.get(plugin.name)?.taps ?? {}].flatMap((taps) =>
          tapEntries(taps).map(({ signal, tap }) => ({ plugin, signal, tap })),
        ),
      )
    },
    get pages() {
      return brought('pages').flatMap(({ plugin, items = [] }) => items.map((page) => ({ plugin, page })))
    },
    get receivers() {
      return brought('receivers').flatMap(({ plugin, items = [] }) => items.map((receiver) => ({ plugin, receiver })))
    },
    get cli() {
      return brought('cli').flatMap(({ plugin, items = [] }) => items.map((command) => ({ plugin, command })))
    },
    get services() {
      return brought('services').flatMap(({ plugin, items = [] }) => items.map((service) => ({ plugin, service })))
    },
    setUp(context: (plugin: Plugin) => PluginContext) {
      if (isSetUp) throw new PluginError('The plugins of this instance are set up already; setUp is called once.')
      isSetUp = true
      for (const [index, entry] of entries.entries()) {
        if (!entry.plugin || entry.status !== 'ready') continue
        const dependencyProblem = unusableDependency(entry.plugin, entries)
        entries[index] = dependencyProblem
          ? refused(entry, 'broken', dependencyProblem)
          : setUpEntry(entry, entry.plugin, context(entry.plugin))
      }
      providerByKey = byKey()
      for (const model of sourceModels()) {
        for (const name of [model.name, ...Object.keys(model.nested)]) modelByName.set(name, model)
      }
    },
    reportTapError(pluginName: string, signal: SignalName, error: unknown) {
      tapErrors.set(pluginName, { signal, message: reasonOf(error), at: now() })
    },
    async started(onFailure: (plugin: Plugin, error: unknown) => void) {
      for (const plugin of readyPlugins()) {
        try {
          await contributions.get(plugin.name)?.started?.()
        } catch (error) {
          onFailure(plugin, error)
        }
      }
    },
    async close() {
      const failures: { name: string; error: unknown }[] = []
      for (const { name, close } of closers.splice(0)) {
        try {
          await close()
        } catch (error) {
          failures.push({ name, error })
        }
      }
      if (failures.length === 0) return
      throw new PluginError(
        `Not every plugin could be closed: ${failures.map(({ name, error }) => `"${name}": ${reasonOf(error)}`).join('; ')}.`,
        { cause: new AggregateError(failures.map(({ error }) => error)) },
      )
    },
  })
}

// No part of a semantic version holds a line break.
function keyOf({ identifier, version }: { identifier: string; version: string }): string {
  return `${identifier}\n${version}`
}

function unusableDependency(plugin: Plugin, entries: readonly LoadedPlugin[]): string | null {
  for (const name of Object.keys(plugin.dependencies)) {
    if (entries.some((entry) => entry.name === name && entry.status === 'ready')) continue
    const dependency = entries.find((entry) => entry.name === name)
    if (dependency) return dependencySentence(plugin.name, dependency)
  }
  return null
}
