// Runs the setup of one plugin. Whatever it does comes back as a value.
import type { Plugin, PluginContext, PluginContributions } from '../sdk/plugin.ts'
import { checkContributions } from './check-contributions.ts'
import { reasonOf } from './loaded-plugin.ts'

export interface SetUp {
  /** Also there when something is wrong, if they can be closed. */
  contributions: PluginContributions
  error: string | null
  cause?: unknown
}

export function setUpPlugin(plugin: Plugin, context: PluginContext): SetUp {
  let returned: unknown
  try {
    // A setup for effect only, such as tapping context.signals, may return nothing.
    returned = plugin.setup?.(context) ?? {}
  } catch (error) {
    return {
      contributions: {},
      error: `The setup of the plugin "${plugin.name}" failed: ${reasonOf(error)}`,
      cause: error,
    }
  }
  if (isThenable(returned)) {
    // Its outcome no longer counts, but a rejection nobody listens to would end the process.
    returned.then(undefined, () => undefined)
    return {
      contributions: {},
      error: `The setup of the plugin "${plugin.name}" returned a promise: it must return its contributions at once and do slow work in a service.`,
    }
  }
  // Judged on the next line; what does not have this shape is not used.
  const contributions = returned as PluginContributions
  const problem = checkContributions(contributions, context)
  if (problem === null) return { contributions, error: null }
  const close = typeof contributions.close === 'function' ? { close: contributions.close.bind(contributions) } : {}
  return { contributions: close, error: `The plugin "${plugin.name}" ${problem}.` }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function'
}
