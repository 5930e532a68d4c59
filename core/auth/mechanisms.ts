// The table of the auth mechanisms: how each is carried out, and what an account is called by what was filled in.
import type { Auth, AuthMechanism } from '../sdk/auth.ts'
import { createApiKeyAuthorizer } from './api-key.ts'
import type { Authorizer, AuthorizerOptions } from './authorizer.ts'
import { createBasicAuthorizer } from './basic.ts'
import { createDigestAuthorizer } from './digest.ts'
import { createOAuth2Authorizer } from './oauth2.ts'
import { createSessionAuthorizer } from './session.ts'

type Values = Readonly<Record<string, unknown>>

interface Mechanism<One extends Auth> {
  createAuthorizer(options: AuthorizerOptions<One>): Authorizer
  /** The field that tells one account from another to a person. */
  labelField: string | null
}

const mechanisms: { [Name in AuthMechanism]: Mechanism<Extract<Auth, { mechanism: Name }>> } = {
  basic: { createAuthorizer: createBasicAuthorizer, labelField: 'username' },
  'api-key': { createAuthorizer: createApiKeyAuthorizer, labelField: null },
  session: { createAuthorizer: createSessionAuthorizer, labelField: 'username' },
  digest: { createAuthorizer: createDigestAuthorizer, labelField: 'username' },
  oauth2: { createAuthorizer: createOAuth2Authorizer, labelField: 'clientId' },
}

export function createAuthorizer(options: AuthorizerOptions<Auth>): Authorizer {
  const { auth } = options
  switch (auth.mechanism) {
    case 'basic':
      return mechanisms.basic.createAuthorizer({ ...options, auth })
    case 'api-key':
      return mechanisms['api-key'].createAuthorizer({ ...options, auth })
    case 'session':
      return mechanisms.session.createAuthorizer({ ...options, auth })
    case 'digest':
      return mechanisms.digest.createAuthorizer({ ...options, auth })
    case 'oauth2':
      return mechanisms.oauth2.createAuthorizer({ ...options, auth })
  }
}

/** What a person would call the account; null when nothing that was filled in tells. */
export function accountLabel({ mechanism }: Auth, values: Values): string | null {
  const { labelField } = mechanisms[mechanism]
  const label = labelField === null ? null : values[labelField]
  return typeof label === 'string' && label !== '' ? label : null
}
