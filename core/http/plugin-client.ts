// The HTTP client in a plugin's context: the guarded one, with the plugin's secret options kept out of every error.
import type { HttpClient } from '../sdk/http-client.ts'
import { redactError } from './redact-error.ts'

export function createPluginClient({ http, secrets }: { http: HttpClient; secrets: readonly string[] }): HttpClient {
  const known = Object.freeze([...secrets])
  return Object.freeze({
    async request(request) {
      try {
        return await http.request(request)
      } catch (error) {
        // The caller's own reason for stopping is his, not ours to change.
        if (request.signal?.aborted && error === request.signal.reason) throw error
        throw redactError(error, known)
      }
    },
  } satisfies HttpClient)
}
