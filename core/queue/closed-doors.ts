// Tells the log of signals that nothing was taken in for: the plugin is switched off there, or no connection takes it. Once
// for each plugin, scope and reason, and again only when that has been different in between: who has just mounted us
// finds out why nothing arrives, and a host with ten thousand scopes of which a few are connected is not flooded.
import { isWithinScope } from '../connections/resolve-activation.ts'
import type { Log } from '../sdk/log.ts'
import type { SignalName, SignalPayload } from '../sdk/signals.ts'
import type { ConnectionPassed, EnqueuedFor } from './enqueue.ts'

export interface SignalMet {
  plugin: string
  signal: SignalName
  event: SignalPayload
}

export interface ClosedDoors {
  /** No plugin listens to the signal at all. */
  unheard(signal: SignalName): void
  /** Whether the plugin is switched on where the signal comes from. */
  plugin(met: SignalMet, isActive: boolean): void
  /** What came of asking for a sync. @param passed the connections of the provider, when there was none to write a job for */
  connections(met: SignalMet, target: EnqueuedFor, result: { enqueuedCount: number; passed: ConnectionPassed[] }): void
}

interface Closed {
  level: 'info' | 'warn'
  reason: string
  /** What is in the way, and what to do. */
  words: string
}

const mostRemembered = 10_000

export function createClosedDoors({ log }: { log: Log }): ClosedDoors {
  const told = new Map<string, string>()

  const meet = ({ plugin, signal, event }: SignalMet, door: string, closed: Closed | null): void => {
    const key = JSON.stringify([plugin, event.scope, door])
    if (!closed) {
      told.delete(key)
      return
    }
    if (told.get(key) === closed.reason) return
    told.delete(key)
    told.set(key, closed.reason)
    // The one that was told longest ago.
    const [oldest] = told.keys()
    if (told.size > mostRemembered && oldest !== undefined) told.delete(oldest)
    const [subject] = event.subjects
    log[closed.level](
      {
        plugin,
        scope: event.scope,
        signal,
        subject: subject && `${subject.model} ${subject.id}`,
        reason: closed.reason,
      },
      `A signal leads to nothing: ${closed.words} What happens until then is sent by a backfill only.`,
    )
  }

  const unheardSignals = new Set<SignalName>()

  return Object.freeze({
    unheard(signal) {
      if (unheardSignals.has(signal)) return
      unheardSignals.add(signal)
      log.info(
        { signal, reason: 'no_tap' },
        `A signal leads to nothing: no loaded plugin listens to ${signal}. The plugin whose provider is to send then names it in its taps: definePlugin({ taps: { ${signal}: ... } }).`,
      )
    },
    plugin: (met, isActive) => meet(met, 'plugin', isActive ? null : pluginOff(met)),
    connections(met, target, { enqueuedCount, passed }) {
      const name = 'provider' in target ? target.provider : target.definitionKind
      meet(met, name, enqueuedCount > 0 ? null : noConnection(met.event.scope, target, passed))
    },
  } satisfies ClosedDoors)
}

function pluginOff({ plugin, event }: SignalMet): Closed {
  return {
    level: 'info',
    reason: 'plugin_off',
    words: `the plugin ${plugin} is switched off ${phrase(event.scope)}. Switch it on under Plugins, or with operations.setPluginActive.`,
  }
}

function noConnection(scope: string, target: EnqueuedFor, passed: readonly ConnectionPassed[]): Closed | null {
  const provider =
    'provider' in target ? `the provider ${target.provider}` : `a provider of the kind ${target.definitionKind}`
  const make = 'Make one under Connections, or with operations.ensureConnection.'
  const [first] = passed
  if (!first) {
    return { level: 'warn', reason: 'no_connection', words: `there is no connection of ${provider} yet. ${make}` }
  }
  const here = passed.filter((one) => isWithinScope(scope, one.scope))
  // The change came from there, and is not sent back.
  if (here.some(({ state }) => state === 'active')) return null
  const [disabled, draft] = [here.find(({ state }) => state === 'disabled'), here[0]]
  if (disabled) {
    const words = `the connection "${disabled.name}" of ${provider} is switched off. Switch it on on its page.`
    return { level: 'info', reason: 'connection_off', words }
  }
  if (draft) {
    const words = `the connection "${draft.name}" of ${provider} is not finished. Finish it under Connections.`
    return { level: 'info', reason: 'connection_not_finished', words }
  }
  return {
    level: 'info',
    reason: 'no_connection_here',
    words: `no connection of ${provider} serves ${scope === '' ? 'the whole instance' : scope}; "${first.name}" is ${phrase(first.scope)}. ${make}`,
  }
}

const phrase = (scope: string): string => (scope === '' ? 'everywhere' : `for ${scope}`)
