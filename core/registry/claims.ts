// Names that only one plugin may bring: the second to claim one is refused, with a sentence that names both.
import type { Plugin, PluginContributions } from '../sdk/plugin.ts'

export interface Claims {
  /** Null when all names are free and now the plugin's; otherwise nothing is claimed. */
  claimProviders(plugin: Plugin): string | null
  claimContributions(plugin: Plugin, contributions: PluginContributions): string | null
}

export function createClaims(): Claims {
  const owners = new Map<string, string>()

  function claim(plugin: string, things: readonly string[]): string | null {
    const mine = new Set<string>()
    for (const thing of things) {
      const owner = mine.has(thing) ? plugin : owners.get(thing)
      if (owner === plugin) return `The plugin "${plugin}" brings ${thing} twice.`
      if (owner !== undefined) {
        return `The plugin "${plugin}" brings ${thing}, and so does the plugin "${owner}", which came first: remove one of them.`
      }
      mine.add(thing)
    }
    for (const thing of mine) owners.set(thing, plugin)
    return null
  }

  return Object.freeze({
    claimProviders: (plugin: Plugin) =>
      claim(plugin.name, [
        ...plugin.providers.map(({ identifier, version }) => `the provider "${identifier}" ${version}`),
        ...plugin.definitionKinds.map(({ kind }) => `the kind of definitions "${kind}"`),
      ]),
    claimContributions: (plugin: Plugin, { sourceModels = [], cli = [], services = [] }: PluginContributions) =>
      claim(plugin.name, [
        // Mappings name a root or a nested model, so both share one list of names.
        ...sourceModels
          .flatMap(({ name, nested }) => [name, ...Object.keys(nested)])
          .map((name) => `the source model "${name}"`),
        ...cli.map(({ name }) => `the command "${name}"`),
        ...services.map(({ name }) => `the service "${name}"`),
      ]),
  })
}
