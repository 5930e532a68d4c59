// Somebody is away at the remote to agree to the access of a connection: what she has to come back with, for ten minutes, once.
import { defineEntity, p } from '@mikro-orm/core'

const OAuthFlowSchema = defineEntity({
  name: 'OAuthFlow',
  tableName: 'oauth_flow',
  properties: {
    stateHash: p.text().primary(),
    connectionId: p.uuid(),
    sealedVerifier: p.text(),
    redirectUri: p.text(),
    userId: p.text(),
    expiresAt: p.datetime().columnType('timestamptz'),
  },
})

export class OAuthFlow extends OAuthFlowSchema.class {}
OAuthFlowSchema.setClass(OAuthFlow)
