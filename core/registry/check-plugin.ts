// What definePlugin cannot see in a plugin's shape: whether its providers can be run and its taps hang on real signals.

import { nearName } from '../sdk/near-name.ts'
import type { Plugin } from '../sdk/plugin.ts'
import { type SignalName, signalNames } from '../sdk/signals.ts'
import { checkProvider, firstRepeated } from './check-provider.ts'

/** Null when the plugin can be used, else one sentence. */
export function checkPlugin(plugin: Plugin): string | null {
  for (const provider of plugin.providers) {
    const problem = checkProvider(provider)
    if (problem) return `The provider ${providerLabel(provider)} of the plugin "${plugin.name}" ${problem}.`
  }
  const providerTwice = firstRepeated(plugin.providers.map(({ identifier, version }) => `"${identifier}" ${version}`))
  if (providerTwice !== undefined) return `The plugin "${plugin.name}" brings the provider ${providerTwice} twice.`

  const migrationTwice = firstRepeated(plugin.migrations.map(({ name }) => name))
  if (migrationTwice !== undefined) return `The plugin "${plugin.name}" has two migrations named ${migrationTwice}.`
  if (plugin.viewsUrl && plugin.viewsUrl.protocol !== 'file:') {
    return `The plugin "${plugin.name}" has the viewsUrl ${plugin.viewsUrl.href}, which is no file: URL.`
  }
  // What other plugins name does not count: whether a name is a slip must not hang on who else is loaded.
  const tapProblem = checkTaps(plugin.taps, [...signalNames, ...plugin.signals])
  return tapProblem ? `The plugin "${plugin.name}" ${tapProblem}.` : null
}

/** Null when every tap is a function on a known signal, else the end of a sentence that begins with the plugin. */
export function checkTaps(taps: object, known: readonly string[]): string | null {
  for (const [signal, tap] of Object.entries(taps)) {
    if (!known.includes(signal)) {
      const near = nearName(signal, known)
      return `taps "${signal}", which is no signal: ${near === null ? '' : `did you mean "${near}"? `}One that plugins bring is named in \`signals\``
    }
    if (tap !== undefined && typeof tap !== 'function') return `taps ${signal} with something that is no function`
  }
  return null
}

/** The taps of a checked plugin, without those left undefined. */
export function tapEntries<Tap>(taps: Partial<Record<SignalName, Tap>>): { signal: SignalName; tap: Tap }[] {
  // The names were checked with the plugin.
  return (Object.keys(taps) as SignalName[]).flatMap((signal) => {
    const tap = taps[signal]
    return tap === undefined ? [] : [{ signal, tap }]
  })
}

function providerLabel(provider: { identifier: unknown; name: unknown }): string {
  return typeof provider.identifier === 'string' && provider.identifier !== ''
    ? `"${provider.identifier.slice(0, 128)}"`
    : String(provider.name || 'without a name')
}
