// The HTTP client of one connection, as its provider gets it. It authorises each call (and once more, when the answer says
// that this may help), judges each answer (the provider's classifyResponse first, then the default status table), keeps the
// connection's secrets out of every error, and reports each call.
import type { Authorizer } from '../auth/authorizer.ts'
import { isErrorKind } from '../errors.ts'
import type { HttpSender } from '../http/http-client.ts'
import { quoteBody } from '../http/quote-body.ts'
import { excerptLength } from '../http/read-response.ts'
import { redactText, redactUrl } from '../http/redact.ts'
import { redactError } from '../http/redact-error.ts'
import { errorForResponse } from '../http/status-errors.ts'
import type { HttpClient, HttpRequest, HttpResponse } from '../sdk/http-client.ts'
import type { Log } from '../sdk/log.ts'
import type { KnownSecrets } from './known-secrets.ts'

/** What history and metrics keep of a call. */
export interface CallSummary {
  method: string
  /** Redacted. */
  url: string
  /** Null when there was no answer. */
  status: number | null
  durationMs: number
}

/** `credentials`: a login, or a call for a token, whose answer may be a credential that nobody knows yet. */
export type CallPurpose = 'provider' | 'credentials'

export function createAuthorizedClient({
  http,
  authorizer,
  classifyResponse,
  secrets,
  log,
  onCall,
  assertMayCall,
  onRateLimited,
  purpose = 'provider',
}: {
  http: HttpSender
  /** Without one calls go out as the provider makes them. */
  authorizer?: Authorizer | undefined
  /** The provider's own table: an error to throw, null to accept the answer, undefined for the default. */
  classifyResponse?: (response: HttpResponse, request: HttpRequest) => Error | null | undefined
  /** The connection's credentials in clear text; tokens obtained for it may be added at any time. */
  secrets: Pick<KnownSecrets, 'all'>
  /** Each call is logged, at level debug. */
  log?: Log
  onCall?: (call: CallSummary, response: HttpResponse | null, purpose: CallPurpose) => void
  /** @default 'provider' */
  purpose?: CallPurpose
  /** Asked before each call, and once more when it has a socket; throws when none may be made any more. */
  assertMayCall?: () => void
  /** At once when an answer says so, whatever the provider makes of it. */
  onRateLimited?: (error: Error) => void
}): HttpClient {
  function report({ url, ...measured }: CallSummary, response: HttpResponse | null): void {
    if (!log && !onCall) return
    const call = { ...measured, url: redactText(redactUrl(url), secrets.all()) }
    log?.debug(call, `called ${call.method} ${call.url}`)
    onCall?.(call, response, purpose)
  }

  async function request(request: HttpRequest): Promise<HttpResponse> {
    try {
      assertMayCall?.()
      const response = await exchange(request)
      const error = judge(response, request)
      if (error && isErrorKind(error, 'RateLimitedError')) onRateLimited?.(error)
      if (error) throw error
      return response
    } catch (error) {
      // The caller's own reason for stopping is his, not ours to change.
      if (request.signal?.aborted && error === request.signal.reason) throw error
      throw redactError(error, secrets.all())
    }
  }

  async function exchange(request: HttpRequest): Promise<HttpResponse> {
    if (!authorizer) return send(request, request)
    const first = await authorizer.authorize(request)
    const response = await send(first.request, request)
    if (!(await first.answered(response))) return response
    const second = await authorizer.authorize(request)
    const answer = await send(second.request, request)
    // For what it brings; whatever it says, it is not sent a third time.
    if (answer.status !== 401) await second.answered(answer)
    return answer
  }

  /** @param asked by the provider: its address holds no credentials */
  async function send(authorized: HttpRequest, asked: HttpRequest): Promise<HttpResponse> {
    const startedAt = performance.now()
    let response: HttpResponse | null = null
    try {
      response = withExcerpt(await http.send(authorized, { assertMayCall }))
      return response
    } finally {
      const [method, status] = [asked.method ?? 'GET', response?.status ?? null]
      report({ method, url: asked.url, status, durationMs: performance.now() - startedAt }, response)
    }
  }

  // With what is secret when it is asked for: a token may have been obtained meanwhile.
  function withExcerpt(response: HttpResponse): HttpResponse {
    return {
      ...response,
      excerpt: () => quoteBody(response, { secrets: secrets.all(), limit: excerptLength }),
    }
  }

  function judge(response: HttpResponse, request: HttpRequest): Error | null {
    // What the single call expects is more exact than any table.
    if (request.expectStatus?.includes(response.status)) return null
    const judgement = classifyResponse?.(response, request)
    if (judgement !== undefined) return judgement
    return errorForResponse({
      method: request.method ?? 'GET',
      url: request.url,
      response,
      now: new Date(),
      secrets: secrets.all(),
    })
  }

  return Object.freeze({ request })
}
