// What became of one entry of the plugin list. A plugin that cannot be used stays in the list with one clear sentence, for
// the log and for the plugin page; it never stops the others.
import { messageOf } from '../errors.ts'
import type { Plugin } from '../sdk/plugin.ts'

/** Usable; its code or its declaration is at fault; it does not fit this version or the other plugins. */
export type PluginStatus = 'ready' | 'broken' | 'incompatible'

export interface LoadedPlugin {
  /** As it stands in the plugin list. */
  specifier: string
  /** The plugin's own name; while that is unknown, what the specifier suggests. */
  name: string
  /** Null when nothing usable was loaded. */
  plugin: Plugin | null
  status: PluginStatus
  error: string | null
  /** What was thrown, for the log. */
  cause?: unknown
}

/** The message of whatever a plugin threw, on one line. A plugin may throw things that refuse to be read. */
export function reasonOf(error: unknown): string {
  try {
    return messageOf(error).trim().replaceAll(/\s+/g, ' ')
  } catch {
    return 'a value that cannot be shown as text was thrown'
  }
}

/** The same entry, out of use and with its reason. */
export function refused(
  { specifier, name, plugin }: Pick<LoadedPlugin, 'specifier' | 'name' | 'plugin'>,
  status: PluginStatus,
  error: string,
): LoadedPlugin {
  return { specifier, name, plugin, status, error }
}

/** Why a plugin whose dependency is out of use is out of use itself. */
export function dependencySentence(name: string, dependency: LoadedPlugin): string {
  return `The plugin "${name}" needs the plugin "${dependency.name}", which is ${dependency.status}: ${dependency.error}`
}
