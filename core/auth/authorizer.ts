// What every auth mechanism is made with and gives: an authorizer puts credentials into requests and says, by the answer,
// whether a call that was refused is worth sending once more. What it has to remember is handed to it.
import type { HttpClient, HttpRequest, HttpResponse } from '../sdk/http-client.ts'

/** What was obtained with the credentials: the token of a session, or those of OAuth 2. */
export interface Grant {
  accessToken: string
  refreshToken: string | null
  scope: string | null
  /** Null when the remote did not say. */
  expiresAt: Date | null
  obtainedAt: Date
}

export interface Grants {
  /** The newest that this process knows of; null when there is none. */
  current(): Grant | null
  /**
   * Another one than `old`: one that somebody else has obtained meanwhile, else what `obtain` yields. It is called once at a
   * time, over all processes, with what is stored then.
   */
  renew(old: Grant | null, obtain: (stored: Grant | null) => Promise<Grant>): Promise<Grant>
}

/** What an authorizer remembers of one connection from one client to the next. */
export interface AuthMemory {
  grants: Grants
  /** Of the mechanisms that need more than a grant, by a name of theirs. */
  notes: Map<string, unknown>
}

export interface AuthorizerOptions<Auth> {
  auth: Auth
  /** Of the mechanism's fields. */
  values: Readonly<Record<string, unknown>>
  /** The provider's own. */
  settings: Readonly<Record<string, unknown>>
  /** Sends without credentials; refuses what the status table refuses. For logins and tokens. */
  http: HttpClient
  memory: AuthMemory
  /** Told of every token before it is used, so that none turns up anywhere. */
  keepSecret(secret: string): void
}

export interface AuthorizedCall {
  request: HttpRequest
  /** To be called with the answer. True: it was refused, and may be authorised and sent once more. */
  answered(response: HttpResponse): Promise<boolean>
}

export interface Authorizer {
  /** May call out itself, for a token. */
  authorize(request: HttpRequest): Promise<AuthorizedCall>
}

/** For credentials that no answer changes. */
export function fixedAuthorizer(authorize: (request: HttpRequest) => HttpRequest): Authorizer {
  return Object.freeze({
    authorize: async (request: HttpRequest) => ({ request: authorize(request), answered: async () => false }),
  })
}
