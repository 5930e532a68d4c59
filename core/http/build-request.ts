// Turns what a provider asks for into what goes over the wire. PURE. First step of http-client.
import { PermanentError, SyncConfigError } from '../errors.ts'
import type { HttpRequest } from '../sdk/http-client.ts'
import { isOwnHeader } from '../sdk/own-headers.ts'
import { redactUrl } from './redact.ts'

export interface WireRequest {
  method: NonNullable<HttpRequest['method']>
  /** With the query. */
  url: URL
  headers: Map<string, string>
  body: string | Uint8Array | null
}

/** Throws a SyncConfigError for a URL or header that cannot be sent. */
export function buildRequest(request: HttpRequest, { userAgent }: { userAgent: string }): WireRequest {
  const url = parseUrl(request.url)
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.append(name, String(value))
  }

  // identity: what is read is what was sent, so the size limit means what it says.
  const headers = new Map([
    ['user-agent', userAgent],
    ['accept', 'application/json, */*;q=0.8'],
    ['accept-encoding', 'identity'],
  ])
  const body = buildBody(request, headers)
  if (request.idempotencyKey !== undefined) headers.set('idempotency-key', request.idempotencyKey)
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    const lowerName = name.toLowerCase()
    if (isOwnHeader(lowerName)) {
      throw new SyncConfigError(`The header "${name}" is set by outbound-sync itself. Remove it from the settings.`)
    }
    headers.set(lowerName, value)
  }
  return { method: request.method ?? 'GET', url, headers, body }
}

function parseUrl(text: string): URL {
  const url = URL.parse(text)
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new SyncConfigError(
      `"${redactUrl(text)}" cannot be called: it is no complete http or https address. Write it like https://crm.example.com/api.`,
    )
  }
  if (url.username || url.password) {
    throw new SyncConfigError(
      `"${redactUrl(text)}" cannot be called: the address holds a user name or password. Put them into the fields for credentials.`,
    )
  }
  return url
}

function buildBody(request: HttpRequest, headers: Map<string, string>): string | Uint8Array | null {
  const { json, form, body } = request
  if (Number(json !== undefined) + Number(form !== undefined) + Number(body !== undefined) > 1) {
    throw new PermanentError(
      `${request.method ?? 'GET'} ${redactUrl(request.url)} was given more than one of json, form and body. The provider must choose one.`,
    )
  }
  if (json !== undefined) {
    headers.set('content-type', 'application/json')
    return JSON.stringify(json)
  }
  if (form !== undefined) {
    headers.set('content-type', 'application/x-www-form-urlencoded')
    return new URLSearchParams(form).toString()
  }
  return body ?? null
}
