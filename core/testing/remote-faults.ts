// What can go wrong at the fake remote, as a test orders it: which calls are met by a fault, how often, and what the test
// learns of them.
import type { RemoteAnswer, RemoteRequest } from './remote-exchange.ts'

/**
 * - `answer`: this answer in place of the model's, which is not asked: `{ status: 401 }`, or 429 with `retry-after`.
 * - `html`, `broken_json`: status 200 with a page, or with JSON that is cut off, in place of the model's answer.
 * - `hang`: no answer until `release()`; then the model is asked, if the caller is still there.
 * - `lost_answer`: the model carries the request out, then the connection is reset.
 */
export type RemoteFault =
  | { kind: 'answer'; answer: RemoteAnswer }
  | { kind: 'html' | 'broken_json' | 'hang' | 'lost_answer' }

export interface FaultOptions {
  /** Which calls. @default every one */
  when?(request: RemoteRequest): boolean
  /** How many of those calls; Infinity until `end()`. @default 1 */
  times?: number
}

export interface FaultHandle {
  /** The calls it has met so far. */
  readonly hitCount: number
  /** Resolves with the first call it meets. */
  readonly hit: Promise<RemoteRequest>
  /** Resolves when the caller of a call that hangs has given up. */
  readonly givenUp: Promise<void>
  /** Lets the calls that hang go on. */
  release(): void
  /** It meets no further calls; those that hang go on. */
  end(): void
}

export interface ActiveFault {
  fault: RemoteFault
  /** Null when this call is not met. Counts it otherwise. */
  meet(request: RemoteRequest): { released: Promise<void>; tellGivenUp(): void } | null
  handle: FaultHandle
}

export function createFault(fault: RemoteFault, { when = () => true, times = 1 }: FaultOptions = {}): ActiveFault {
  const hit = Promise.withResolvers<RemoteRequest>()
  const givenUp = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  let hitCount = 0
  let isEnded = false
  return {
    fault,
    meet(request) {
      if (isEnded || hitCount >= times || !when(request)) return null
      hitCount++
      hit.resolve(request)
      return { released: released.promise, tellGivenUp: () => givenUp.resolve() }
    },
    handle: Object.freeze({
      get hitCount() {
        return hitCount
      },
      hit: hit.promise,
      givenUp: givenUp.promise,
      release: () => released.resolve(),
      end() {
        isEnded = true
        released.resolve()
      },
    } satisfies FaultHandle),
  }
}

const page = '<!doctype html><html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>'

/** What is answered in place of the model's answer; null when the model is asked. */
export function answerOfFault(fault: RemoteFault): RemoteAnswer | null {
  switch (fault.kind) {
    case 'answer':
      return fault.answer
    case 'html':
      return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: page }
    case 'broken_json':
      return { status: 200, headers: { 'content-type': 'application/json' }, body: '{"id":"17","items":[{"na' }
    case 'hang':
    case 'lost_answer':
      return null
  }
}
