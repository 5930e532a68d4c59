// Bounds one call of a provider: it gets a signal that is aborted at its time limit or when the process stops, and is
// not waited for after that. A provider that ignores its signal must not keep the slot for ever.
import { RequestTimeoutError } from '../errors.ts'
import type { OutboundSyncProvider, ProviderClass } from '../sdk/provider.ts'
import { toldWithOrigin } from './unexpected-error.ts'

export interface TimeLimit {
  /** Aborted when the process stops; the call then rejects with its reason. */
  signal: AbortSignal
  timeoutMs: number
  /** What takes too long, as the beginning of a sentence: "Sending deal 4711". */
  what: string
  /** The beginning of the sentence for an error that nobody expected: whose code has failed. */
  failed: string
  /** What the call was answered last, as of watchAnswers. */
  lastAnswer?: () => string | null
}

const defaultTimeoutMs = 60_000

/** For one call of a verb of the provider. @param what as in TimeLimit */
export function timeLimit(
  { signal, providerClass, pluginName }: ProviderCallContext,
  verb: Extract<keyof OutboundSyncProvider, string>,
  what: string,
): TimeLimit {
  const timeoutMs = providerClass.limits.objectTimeoutMs ?? defaultTimeoutMs
  return { signal, timeoutMs, what, failed: `${verb} of the ${providerWords({ providerClass, pluginName })} failed` }
}

export interface ProviderCallContext {
  signal: AbortSignal
  providerClass: Pick<ProviderClass, 'limits' | 'identifier'>
  /** The plugin that brings it. */
  pluginName: string
}

/** "provider crm (plugin my-crm)" */
export function providerWords({ providerClass, pluginName }: Omit<ProviderCallContext, 'signal'>): string {
  return `provider ${providerClass.identifier} (plugin ${pluginName})`
}

/** Rejects with a RequestTimeoutError when the time is over, and says whose an error is that nobody expected. */
export function withinTime<T>(limit: TimeLimit, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  // By hand: AbortSignal.any and AbortSignal.timeout cost as much as a tenth of a whole call.
  return new Promise((resolve, reject) => {
    const controller = new AbortController()
    const giveUp = (reason: unknown): void => {
      reject(reason)
      controller.abort(reason)
    }
    const onStop = (): void => giveUp(limit.signal.reason)
    if (limit.signal.aborted) return onStop()
    limit.signal.addEventListener('abort', onStop)
    const timer = setTimeout(() => {
      const seconds = limit.timeoutMs / 1000
      giveUp(new RequestTimeoutError(`${limit.what} took longer than ${seconds} seconds and was given up.`))
    }, limit.timeoutMs)
    const settle = (): void => {
      clearTimeout(timer)
      limit.signal.removeEventListener('abort', onStop)
    }
    const fail = (error: unknown): void => {
      settle()
      reject(toldWithOrigin(error, limit.failed, limit.lastAnswer?.()))
    }
    try {
      work(controller.signal).then((value) => {
        settle()
        resolve(value)
      }, fail)
    } catch (error) {
      fail(error)
    }
  })
}
