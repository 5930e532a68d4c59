// The one way a provider calls out. core/http implements it; a provider never sees a token, a socket or fetch.

export interface HttpRequest {
  /** @default 'GET' */
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Absolute http or https URL. */
  url: string
  query?: Readonly<Record<string, string | number | boolean | undefined>>
  headers?: Readonly<Record<string, string>>
  /** Sent as application/json. At most one of json, form and body. */
  json?: unknown
  /** Sent as application/x-www-form-urlencoded. */
  form?: Readonly<Record<string, string>>
  body?: string | Uint8Array
  /** Sent as `Idempotency-Key`. */
  idempotencyKey?: string
  /** Statuses handed back instead of thrown, beside 200-299. */
  expectStatus?: readonly number[]
  /** From first byte out to last byte in. @default 30000 */
  timeoutMs?: number
  signal?: AbortSignal
}

export interface HttpResponse {
  status: number
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>
  text: string
  /** Parses the body; throws a RetryableError that names the URL when it is no JSON. */
  json(): unknown
  /**
   * For a message: at most 500 characters of the body on one line, without the connection's secrets; a web page by its title
   * and first words.
   */
  excerpt(): string
}

export interface HttpClient {
  /** Resolves for 2xx and expected statuses; throws the error class of the status table for all others. */
  request(request: HttpRequest): Promise<HttpResponse>
}
