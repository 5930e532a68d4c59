// Whether a plugin fits this version of outbound-sync and the other plugins. Pure.
import semver from 'semver'
import type { Plugin } from '../sdk/plugin.ts'

/** Null when the plugin fits, else one sentence that says what does not and what to do. */
export function checkCompatibility(
  plugin: Pick<Plugin, 'name' | 'version' | 'compatibility' | 'dependencies'>,
  { outboundSyncVersion, plugins }: { outboundSyncVersion: string; plugins: ReadonlyMap<string, string> },
): string | null {
  const { name, version, compatibility, dependencies } = plugin
  if (semver.valid(version) === null) {
    return `The plugin "${name}" has the version "${version}", which is no semantic version such as 1.0.0.`
  }
  if (semver.validRange(compatibility) === null) {
    return `The plugin "${name}" says it is compatible with "${compatibility}", which is no semver range such as ^${outboundSyncVersion}.`
  }
  if (!isInRange(outboundSyncVersion, compatibility)) {
    return `The plugin "${name}" ${version} works with outbound-sync ${compatibility} and this is ${outboundSyncVersion}: install a version of the plugin that fits.`
  }
  for (const [dependency, range] of Object.entries(dependencies)) {
    if (semver.validRange(range) === null) {
      return `The plugin "${name}" needs the plugin "${dependency}" in "${range}", which is no semver range such as ^1.0.0.`
    }
    const present = plugins.get(dependency)
    if (present === undefined) {
      return `The plugin "${name}" needs the plugin "${dependency}" ${range}, which is not loaded: add it to the list of plugins.`
    }
    if (!isInRange(present, range)) {
      return `The plugin "${name}" needs the plugin "${dependency}" ${range}, and ${present} is loaded.`
    }
  }
  return null
}

// A pre-release counts as the version it leads to: who runs 0.2.0-beta.1 tries out what plugins for ^0.2.0 will meet.
function isInRange(version: string, range: string): boolean {
  return semver.satisfies(version, range, { includePrerelease: true })
}
