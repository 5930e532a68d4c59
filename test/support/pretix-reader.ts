// The source model of the pretix plugin over real HTTP, without a database: what a test of its reading begins with.
import assert from 'node:assert/strict'
import { AsyncSeriesHook } from 'tapable'
import {
  type HostEvent,
  type PluginContext,
  type PluginReceiver,
  type SignalName,
  type SourceModel,
  signalNames,
} from '../../core/sdk/index.ts'
import pretixPlugin from '../../plugins/pretix/index.ts'
import { createRecordingHttpClient } from './recording-http-client.ts'

export const webhookSecret = 'a-secret-of-32-letters-and-digits'

export interface PretixReader {
  model: SourceModel
  receiver: PluginReceiver
  /** What the receiver fired. Forgets them. */
  takeFired(): { name: SignalName; event: HostEvent }[]
  /** Makes the next signal fail, as a failing INSERT of the core would. */
  failNextSignal(error: Error): void
  close(): Promise<void>
}

export function createPretixReader(options: { baseUrl: string; token: string; locale?: string }): PretixReader {
  const http = createRecordingHttpClient()
  const fired: { name: SignalName; event: HostEvent }[] = []
  let failure: Error | null = null
  const hooks = signalNames.map((name) => {
    const hook = new AsyncSeriesHook<[HostEvent]>(['event'], name)
    hook.tapPromise('recorder', async (event) => {
      const error = failure
      failure = null
      if (error) throw error
      fired.push({ name, event })
    })
    return [name, hook] as const
  })
  const parsed = pretixPlugin.options?.parse({ ...options, webhookSecret })
  assert.ok(parsed)
  // The plugin asks for nothing else of its context.
  const context = { options: parsed, http, signals: Object.fromEntries(hooks) } as unknown as PluginContext
  const { sourceModels = [], receivers = [] } = pretixPlugin.setup?.(context) ?? {}
  const [model] = sourceModels
  const [receiver] = receivers
  assert.ok(model && receiver)
  return {
    model,
    receiver,
    takeFired: () => fired.splice(0),
    failNextSignal(error) {
      failure = error
    },
    close: () => http.close(),
  }
}
