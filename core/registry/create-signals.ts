// The hooks of the signal door. Every tap, by whatever plugin and through whichever of tapable's three ways, is wrapped
// when it is registered; the wrapper turns the host's event into the plugin's and decides whether the tap runs at all.
import { AsyncSeriesHook } from 'tapable'
import { PluginError } from '../errors.ts'
import { didYouMean } from '../sdk/near-name.ts'
import {
  type HostEvent,
  type ScopeCopiedSignal,
  type SignalEvent,
  type SignalName,
  type Signals,
  signalNames,
  type TappedSignals,
} from '../sdk/signals.ts'
import type { Catalog } from './catalog.ts'

/** Stands between host and plugin: is handed a tap once, and answers with what runs in its place. */
export type WrapTap = (
  tap: { name: string; fn: (event: SignalEvent) => Promise<void> },
  signal: SignalName,
) => (event: HostEvent) => Promise<void>

/**
 * @param names what plugins bring beyond the built-in ones
 * @param unheard told of each signal that nobody has tapped
 */
export function createSignals(
  wrap: WrapTap,
  names: readonly string[] = [],
  unheard: (signal: SignalName) => void = () => {},
): TappedSignals {
  // The types of the others are merged into SignalName by who brings them.
  const all = [...new Set([...signalNames, ...names])] as SignalName[]
  const entries = all.map((signal) => [signal, createSignal(signal, wrap, unheard)] as const)
  // One hook a name, made from the list of names.
  return refusingUnknown(Object.freeze(Object.fromEntries(entries)) as TappedSignals)
}

/** The door as hosts get it: with the one signal that only the core hears. */
export function withScopeCopied(signals: TappedSignals, scopeCopied: ScopeCopiedSignal): Signals {
  // Not listed: plugins tap whatever signals there are by the names they find.
  const all = Object.defineProperty({ ...signals }, 'scope_copied', { value: scopeCopied, enumerable: false })
  // What was just defined.
  return refusingUnknown(Object.freeze(all as Signals))
}

// In plain JavaScript a slip of the pen would only show as a property of undefined. What programs probe objects for
// (`then`, `toJSON`, symbols) looks like no signal and is not there, as with any object.
function refusingUnknown<All extends object>(signals: All): All {
  return new Proxy(signals, {
    get(target, name, receiver) {
      if (typeof name === 'string' && !(name in target)) {
        const hint = didYouMean(name, Object.keys(target))
        if (hint !== '' || /^[a-z][a-z0-9]*(_[a-z0-9]+)+$/.test(name)) {
          throw new TypeError(
            `There is no signal "${name}".${hint} One of your own is declared by a plugin in the list: definePlugin({ signals: ['${name}'], ... }).`,
          )
        }
      }
      return Reflect.get(target, name, receiver)
    },
  })
}

/** Registers the taps that the ready plugins brought, under the plugins' names. Called once, after the catalog's setUp. */
export function tapPlugins(signals: TappedSignals, catalog: Pick<Catalog, 'taps'>): void {
  for (const { plugin, signal, tap } of catalog.taps) {
    // The hook's type is the host's side; the wrapper hands this tap the plugin's event.
    const fn = tap as unknown as (event: HostEvent) => Promise<void>
    signals[signal].tapPromise({ name: plugin.name }, fn)
  }
}

function createSignal(
  signal: SignalName,
  wrap: WrapTap,
  unheard: (signal: SignalName) => void,
): AsyncSeriesHook<[HostEvent]> {
  const hook = new AsyncSeriesHook<[HostEvent]>(['event'], signal)
  hook.intercept({
    // Always type promise: tapable does not wait for what a sync tap returns, and many an async function is tapped so.
    call: () => {
      if (hook.taps.length === 0) unheard(signal)
    },
    register: (tap) => ({ ...tap, type: 'promise', fn: wrap({ name: tap.name, fn: asPromise(tap) }, signal) }),
  })
  // A later interceptor would see the host's event with its transaction, and its throw would reach the host.
  hook.intercept = () => {
    throw new PluginError(`The signal ${signal} cannot be intercepted; tap it.`)
  }
  return hook
}

function asPromise(tap: { type: 'sync' | 'async' | 'promise'; fn: unknown }): (event: SignalEvent) => Promise<void> {
  // tapable stores what was tapped as it came; by its type it takes the event and, for async, a callback.
  const fn = tap.fn as (event: SignalEvent, done?: (error?: unknown) => void) => unknown
  if (tap.type !== 'async') {
    return async (event) => {
      await fn(event)
    }
  }
  return (event) =>
    new Promise((resolve, reject) => {
      fn(event, (error) => (error ? reject(error) : resolve()))
    })
}
