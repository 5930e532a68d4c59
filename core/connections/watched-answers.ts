// The HTTP client of one call of a provider, which knows what was answered last: an answer that a provider cannot make
// anything of is told with where it came from.
import { redactUrl } from '../http/redact.ts'
import type { HttpClient } from '../sdk/http-client.ts'

export interface WatchedAnswers {
  http: HttpClient
  /** "GET https://api.example.com/contacts was answered with 200", credentials taken out; null while nothing was. */
  last(): string | null
}

export function watchAnswers(http: HttpClient): WatchedAnswers {
  let answered: { method: string; url: string; status: number } | null = null
  return {
    http: {
      async request(request) {
        const response = await http.request(request)
        answered = { method: request.method ?? 'GET', url: request.url, status: response.status }
        return response
      },
    },
    last: () => answered && `${answered.method} ${redactUrl(answered.url)} was answered with ${answered.status}`,
  }
}
