// One call at the fake remote as its author sees it: the request taken apart, the answer put on the wire.
import type { IncomingMessage, ServerResponse } from 'node:http'

export interface RemoteRequest {
  method: string
  /** As it came, percent-encoded, without the query. */
  path: string
  /** Its parts, decoded: `/subscribers/ada%40example.org` gives `['subscribers', 'ada@example.org']`. */
  segments: readonly string[]
  /** Of a key that stands there twice the last value. */
  query: Readonly<Record<string, string>>
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>
  /** Parsed JSON, the fields of a form, other text as it is; null when there is none. */
  body: unknown
  /** The body as it came. */
  text: string
}

export interface RemoteAnswer {
  status: number
  headers?: Readonly<Record<string, string>>
  /** Text is sent as it is, everything else as JSON; left out for none. */
  body?: unknown
}

/**
 * The author's model of a remote: changes what it holds and answers. `'lost'` for an answer that never arrives: the
 * connection is reset. What it throws is answered as 500, with the message.
 */
export type RemoteHandler = (request: RemoteRequest) => RemoteAnswer | 'lost' | Promise<RemoteAnswer | 'lost'>

export async function readRequest(incoming: IncomingMessage): Promise<RemoteRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString('utf8')
  const url = new URL(incoming.url ?? '/', 'http://remote')
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : String(value),
    ]),
  )
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname,
    segments: url.pathname.split('/').filter(Boolean).map(decoded),
    query: Object.fromEntries(url.searchParams),
    headers,
    body: parseBody(text, headers['content-type'] ?? ''),
    text,
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    // A part that no encoder has written is what it is.
    return part
  }
}

function parseBody(text: string, contentType: string): unknown {
  if (text === '') return null
  if (contentType.includes('x-www-form-urlencoded')) return Object.fromEntries(new URLSearchParams(text))
  if (!contentType.includes('json')) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

export function sendAnswer(response: ServerResponse, { status, headers = {}, body }: RemoteAnswer): void {
  const isText = typeof body === 'string'
  const text = body === undefined ? '' : isText ? body : JSON.stringify(body)
  const type = isText ? 'text/plain; charset=utf-8' : 'application/json'
  response.writeHead(status, { ...(body === undefined ? {} : { 'content-type': type }), ...headers })
  response.end(text)
}
