// Brings the plugins of the list into the process, before anything else stands. Each entry ends as ready, broken or
// incompatible; nothing a plugin does here stops the others.
import { basename } from 'node:path'
import { definePlugin, isPlugin, type Plugin } from '../sdk/plugin.ts'
import { checkPlugin } from './check-plugin.ts'
import { checkCompatibility } from './compatibility.ts'
import { dependencyOrder } from './dependency-order.ts'
import { findPluginModule } from './find-plugin-module.ts'
import { dependencySentence, type LoadedPlugin, reasonOf, refused } from './loaded-plugin.ts'

export interface LoadOptions {
  /** In the order wanted: a path, the name of a bundled plugin or of an npm package, or a plugin itself. */
  plugins: readonly (string | Plugin)[]
  /** Paths and npm packages are looked for from here. */
  cwd: string
  /** Bundled plugins lie below its plugins/. */
  packageRoot: string
  outboundSyncVersion: string
  /** @default 30000 */
  importTimeoutMs?: number
}

/** Never throws for a plugin's sake. The ready ones come first, each after those it depends on. */
export async function loadPlugins(options: LoadOptions): Promise<LoadedPlugin[]> {
  const loaded: LoadedPlugin[] = []
  // One after the other, so that what modules do while they are loaded happens in the order of the list.
  for (const [index, entry] of options.plugins.entries()) {
    const specifier = typeof entry === 'string' ? entry : `plugins[${index}]`
    const one = await loadOne(entry, specifier, options)
    const first = one.plugin && loaded.find(({ plugin }) => plugin?.name === one.name)
    loaded.push(
      first
        ? refused(
            one,
            'broken',
            `The plugin "${one.name}" is in the list twice, as ${first.specifier} and as ${specifier}: remove one.`,
          )
        : one,
    )
  }
  return judge(loaded, options.outboundSyncVersion)
}

async function loadOne(entry: string | Plugin, specifier: string, options: LoadOptions): Promise<LoadedPlugin> {
  const unknown = { specifier, name: nameFrom(specifier), plugin: null }
  let found: unknown = entry
  try {
    if (typeof entry === 'string') found = await importDefault(entry, options)
  } catch (error) {
    return { ...unknown, status: 'broken', error: `${specifier} could not be loaded: ${reasonOf(error)}`, cause: error }
  }
  try {
    if (!isPlugin(found)) {
      return refused(
        unknown,
        'broken',
        `${specifier} is no plugin: its default export must come from definePlugin(...).`,
      )
    }
    // Checked again, because another copy or version of this package may have made it.
    const plugin = definePlugin({ ...found })
    const known = { specifier: typeof entry === 'string' ? specifier : plugin.name, name: plugin.name, plugin }
    const problem = checkPlugin(plugin)
    return problem ? refused(known, 'broken', problem) : { ...known, status: 'ready', error: null }
  } catch (error) {
    return { ...unknown, status: 'broken', error: `${specifier} cannot be used: ${reasonOf(error)}`, cause: error }
  }
}

async function importDefault(specifier: string, options: LoadOptions): Promise<unknown> {
  const url = findPluginModule(specifier, options)
  const timeoutMs = options.importTimeoutMs ?? 30_000
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not finish loading within ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    const module: unknown = await Promise.race([import(url), timeout])
    return typeof module === 'object' && module !== null ? Reflect.get(module, 'default') : undefined
  } finally {
    clearTimeout(timer)
  }
}

// What a plugin says about versions and other plugins, judged in the order of its dependencies.
function judge(loaded: readonly LoadedPlugin[], outboundSyncVersion: string): LoadedPlugin[] {
  const candidates = loaded.flatMap((one) => (one.plugin && one.status === 'ready' ? { ...one.plugin, one } : []))
  const { ordered, circles } = dependencyOrder(candidates)
  const plugins = new Map<string, string>()
  const ready: LoadedPlugin[] = []
  const outOfUse = new Map(loaded.filter(({ status }) => status !== 'ready').map((one) => [one, one]))

  for (const { one, ...plugin } of ordered) {
    const circle = circles.get(plugin.name)
    const missing = [...outOfUse.values()].find(
      ({ name }) => Object.hasOwn(plugin.dependencies, name) && !plugins.has(name),
    )
    const misfit = checkCompatibility(plugin, { outboundSyncVersion, plugins })
    if (circle) outOfUse.set(one, refused(one, 'broken', circleSentence(circle)))
    else if (missing) outOfUse.set(one, refused(one, 'broken', dependencySentence(plugin.name, missing)))
    else if (misfit) outOfUse.set(one, refused(one, 'incompatible', misfit))
    else {
      plugins.set(plugin.name, plugin.version)
      ready.push(one)
    }
  }
  return [...ready, ...loaded.flatMap((one) => outOfUse.get(one) ?? [])]
}

function circleSentence(circle: readonly string[]): string {
  return `Plugins depend on each other in a circle: ${circle.map((name) => `"${name}"`).join(' needs ')}.`
}

// `./plugins/ticket-shop/index.ts` and `@acme/ticket-shop` suggest ticket-shop.
function nameFrom(specifier: string): string {
  return basename(specifier.replace(/[\\/]index\.[a-z]+$/, '')) || specifier
}
