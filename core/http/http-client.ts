// The only file that calls out. Every call is guarded (egress-guard), bounded in time and size, and follows no redirect.
// `send` hands back the answer as it is; `request` is `send` plus the default status table. It stands under
// core/connections/authorized-client.ts, which calls `send` and puts the provider's own table in between.
import { Agent, type Dispatcher } from 'undici'
import type { HttpClient, HttpRequest, HttpResponse } from '../sdk/http-client.ts'
import { buildRequest, type WireRequest } from './build-request.ts'
import type { EgressGuard } from './egress-guard.ts'
import { createGuardedConnector } from './guarded-connector.ts'
import { toNetworkError, totalTimeoutError } from './network-errors.ts'
import { type RawResponse, readResponse } from './read-response.ts'
import { errorForResponse } from './status-errors.ts'

export interface SendOptions {
  /** Asked when the socket is there and nothing is written yet; rejects with what it throws. */
  assertMayCall?: (() => void) | undefined
}

export interface HttpSender {
  /** Resolves with the answer whatever its status is; rejects when there is none, with a class of core/errors.ts. */
  send(request: HttpRequest, options?: SendOptions): Promise<HttpResponse>
}

export interface OutboundHttpClient extends HttpClient, HttpSender {
  /** Waits for the calls under way; later ones are refused. */
  close(): Promise<void>
}

export interface HttpClientOptions {
  egressGuard: EgressGuard
  /** Sent with each request, so that a remote's administrator knows who calls. */
  userAgent: string
  /** Sockets per origin; who may call how often is decided elsewhere. @default 64 */
  connectionsPerOrigin?: number
  /** Name service and connection, with TLS. @default 5000 */
  connectTimeoutMs?: number
  /** From the request being sent to the first line of the answer. @default 15000 */
  headersTimeoutMs?: number
  /** For a request that names no time of its own: from the call to the last byte. @default 30000 */
  timeoutMs?: number
  /** Largest body that is read. @default 1048576 */
  maxResponseBytes?: number
}

export function createHttpClient({
  egressGuard,
  userAgent,
  connectionsPerOrigin = 64,
  connectTimeoutMs = 5000,
  headersTimeoutMs = 15_000,
  timeoutMs = 30_000,
  maxResponseBytes = 1024 * 1024,
}: HttpClientOptions): OutboundHttpClient {
  const agent = new Agent({
    connect: createGuardedConnector({ egressGuard, connectTimeoutMs }),
    connections: connectionsPerOrigin,
    allowH2: false,
    // The timer of the whole call covers the body.
    bodyTimeout: 0,
  })

  async function send(request: HttpRequest, { assertMayCall }: SendOptions = {}): Promise<HttpResponse> {
    const wire = buildRequest(request, { userAgent })
    const raw = await exchange({
      agent,
      wire,
      timeoutMs: request.timeoutMs ?? timeoutMs,
      headersTimeoutMs,
      maxBytes: maxResponseBytes,
      signal: request.signal,
      assertMayCall,
    })
    return readResponse(raw, {
      method: wire.method,
      url: wire.url.href,
      maxBytes: maxResponseBytes,
      isTextOptional: !isExpectedStatus(raw.status, request),
    })
  }

  async function request(request: HttpRequest): Promise<HttpResponse> {
    const response = await send(request)
    const error = isExpectedStatus(response.status, request)
      ? null
      : errorForResponse({ method: request.method ?? 'GET', url: request.url, response, now: new Date() })
    if (error) throw error
    return response
  }

  let closing: Promise<void> | null = null
  function close(): Promise<void> {
    closing ??= agent.close()
    return closing
  }

  return Object.freeze({ send, request, close })
}

/** True for a status that the caller takes as an answer and not as an error. */
function isExpectedStatus(status: number, { expectStatus }: Pick<HttpRequest, 'expectStatus'>): boolean {
  return (status >= 200 && status <= 299) || (expectStatus?.includes(status) ?? false)
}

interface Exchange {
  agent: Agent
  wire: WireRequest
  timeoutMs: number
  headersTimeoutMs: number
  maxBytes: number
  signal: AbortSignal | undefined
  assertMayCall: (() => void) | undefined
}

// setTimeout fires at once for anything longer.
const longestTimerMs = 2 ** 31 - 1

// Goes through undici's dispatch and not through its request(): no stream per answer, and reading stops at the limit.
function exchange({
  agent,
  wire,
  timeoutMs,
  headersTimeoutMs,
  maxBytes,
  signal,
  assertMayCall,
}: Exchange): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)

    const limitMs = Math.min(timeoutMs, longestTimerMs)
    const timer = setTimeout(() => giveUp(totalTimeoutError(wire, { timeoutMs })), limitMs)
    const onAbort = (): void => giveUp(signal?.reason)
    signal?.addEventListener('abort', onAbort)

    let controller: Dispatcher.DispatchController | null = null
    let isOver = false
    let status = 0
    let headers: RawResponse['headers'] = {}
    const chunks: Buffer[] = []
    let byteCount = 0

    // True for the first end only: after a timeout undici still reports the broken connection.
    function end(): boolean {
      if (isOver) return false
      isOver = true
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      return true
    }

    function giveUp(reason: unknown): void {
      if (!end()) return
      reject(reason)
      controller?.abort(reason instanceof Error ? reason : new Error('aborted', { cause: reason }))
    }

    function finish(isCut: boolean): void {
      if (!end()) return
      const first = chunks[0]
      const body = chunks.length === 1 && first ? first : Buffer.concat(chunks)
      resolve({ status, headers, body, isCut })
    }

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(startedController) {
        controller = startedController
        if (isOver) return controller.abort(new Error('the caller no longer waits'))
        try {
          assertMayCall?.()
        } catch (error) {
          giveUp(error)
        }
      },
      onResponseStart(_controller, statusCode, responseHeaders) {
        status = statusCode
        headers = responseHeaders
      },
      onResponseData(dataController, chunk) {
        const room = maxBytes - byteCount
        byteCount += chunk.length
        chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk)
        if (byteCount > maxBytes) {
          finish(true)
          dataController.abort(new Error('the answer is larger than is read'))
        }
      },
      onResponseEnd: () => finish(false),
      onResponseError(_controller, error) {
        if (end()) reject(toNetworkError(error, wire))
      },
    }
    agent.dispatch(
      {
        origin: wire.url.origin,
        path: wire.url.pathname + wire.url.search,
        method: wire.method,
        headers: wire.headers,
        body: wire.body,
        headersTimeout: Math.min(headersTimeoutMs, limitMs),
      },
      handler,
    )
  })
}
