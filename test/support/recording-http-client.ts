// The real HTTP client, allowed to call this machine, that remembers what it was asked to do.
import { createEgressGuard } from '../../core/http/egress-guard.ts'
import { createHttpClient } from '../../core/http/http-client.ts'
import type { HttpClient, HttpRequest } from '../../core/sdk/index.ts'

export interface RecordingHttpClient extends HttpClient {
  /** Method and path of each call, in order. Forgets them. */
  takeCalls(): string[]
  close(): Promise<void>
}

export function createRecordingHttpClient(): RecordingHttpClient {
  const client = createHttpClient({
    egressGuard: createEgressGuard({ allow: ['127.0.0.1/32'] }),
    userAgent: 'outbound-sync-test',
  })
  const calls: string[] = []
  return {
    request(request: HttpRequest) {
      calls.push(`${request.method ?? 'GET'} ${new URL(request.url).pathname}`)
      return client.request(request)
    },
    takeCalls: () => calls.splice(0),
    close: () => client.close(),
  }
}
