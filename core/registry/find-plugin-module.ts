// From an entry of the plugin list to the URL of the module to import: a path, a bundled plugin's name, an npm package.
import { existsSync, statSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { PluginError } from '../errors.ts'

/** Throws a PluginError that says where it was looked for. Bundled names come before npm packages of the same name. */
export function findPluginModule(
  specifier: string,
  { cwd, packageRoot }: { cwd: string; packageRoot: string },
): string {
  if (specifier.startsWith('file:')) return moduleAt(specifier, fileURLToPath(specifier))
  if (/^\.{1,2}([\\/]|$)/.test(specifier) || isAbsolute(specifier)) {
    return moduleAt(specifier, resolve(cwd, specifier))
  }
  const bundled = join(packageRoot, 'plugins', specifier)
  if (/^[a-z][a-z0-9-]*$/.test(specifier) && existsSync(bundled)) return moduleAt(specifier, bundled)
  return packageModule(specifier, cwd)
}

function moduleAt(specifier: string, path: string): string {
  if (!existsSync(path)) {
    throw new PluginError(`The plugin ${specifier} was not found: there is no ${path}. Correct the list of plugins.`)
  }
  if (!statSync(path).isDirectory()) return pathToFileURL(path).href
  const entry = ['index.ts', 'index.js'].map((name) => join(path, name)).find((file) => existsSync(file))
  if (!entry) throw new PluginError(`The plugin ${specifier} has neither an index.ts nor an index.js in ${path}.`)
  return pathToFileURL(entry).href
}

// import.meta.resolve looks from this file only, and a plugin belongs to the host's packages. The hook is in place for this
// one synchronous call, so it changes no other import.
function packageModule(specifier: string, cwd: string): string {
  const parentURL = pathToFileURL(join(cwd, 'package.json')).href
  const hooks = registerHooks({ resolve: (name, context, next) => next(name, { ...context, parentURL }) })
  try {
    return import.meta.resolve(specifier)
  } catch (error) {
    throw new PluginError(
      `The plugin ${specifier} is neither a bundled plugin nor a package that can be found from ${cwd}. Install it there, or write ./${specifier} for a folder.`,
      { cause: error },
    )
  } finally {
    hooks.deregister()
  }
}
