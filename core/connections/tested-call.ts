// What the test of a connection tells of a call that was made: enough to see what is wrong at the remote, and no credential.
// Put together when the test is over, because only then every token is known that was obtained meanwhile. PURE.
import { redactedExcerpt, redactText } from '../http/redact.ts'
import type { HttpResponse } from '../sdk/http-client.ts'
import type { TestedCall } from '../sdk/plugin.ts'
import type { CallPurpose, CallSummary } from './authorized-client.ts'

export interface MadeCall {
  call: CallSummary
  response: HttpResponse | null
  purpose: CallPurpose
}

const longestHeader = 100

export function toldCall({ call, response, purpose }: MadeCall, secrets: readonly string[]): TestedCall {
  const told = { ...call, url: redactText(call.url, secrets) }
  if (!response) return { ...told, answer: null }
  const { headers, status } = response
  const header = (name: string): string | null =>
    redactedExcerpt(headers[name] ?? '', { secrets, limit: longestHeader }) || null
  const isCredential = purpose === 'credentials' && status < 400
  return {
    ...told,
    answer: {
      contentType: header('content-type'),
      retryAfter: header('retry-after'),
      challenges: challengesIn(headers['www-authenticate'] ?? '').map((one) => redactText(one, secrets)),
      excerpt: isCredential ? null : response.excerpt(),
    },
  }
}

const mostChallenges = 5

/** `Basic realm="a, b", Digest qop=auth` asks for Basic or Digest; what else it says may be anything. */
function challengesIn(header: string): string[] {
  const bare = header.slice(0, 2000).replaceAll(/"[^"]*"?/g, '""')
  const schemes = bare.matchAll(/(?:^|,)[ \t]*([A-Za-z][A-Za-z0-9-]{0,29})(?=[ \t]+[\w-]+[ \t]*=|[ \t]*(?:,|$))/g)
  return [...new Set([...schemes].map(([, scheme = '']) => scheme))].slice(0, mostChallenges)
}
