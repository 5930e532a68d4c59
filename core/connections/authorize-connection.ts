// A person agrees to the access of a connection at its remote: she is sent there with a state that is good once, for ten
// minutes and for her alone, and what she comes back with becomes the connection's grant.
import { createHash } from 'node:crypto'
import { redeemCode, requestAuthorization } from '../auth/oauth2-authorization.ts'
import type { Database } from '../database/transaction.ts'
import { writeAuditEntry } from '../database/write-audit-entry.ts'
import { isErrorKind, messageOf, SyncConfigError, TransitionError } from '../errors.ts'
import type { HttpSender } from '../http/http-client.ts'
import { redactText } from '../http/redact.ts'
import type { DataKeys } from '../secrets/data-keys.ts'
import type { SecretPlace } from '../secrets/sealed-columns.ts'
import { createAuthorizedClient } from './authorized-client.ts'
import type { ConnectionGrants } from './grants.ts'
import type { RuntimeConnection } from './load-connections.ts'
import { replaceGrant } from './stored-grant.ts'

export interface AuthorizationStart {
  connectionId: string
  /** Where the remote sends the browser back to, exactly as it is registered there. */
  redirectUri: string
  /** Who begins it is who has to come back. */
  userId: string
}

export interface AuthorizationEnd {
  /** The query of the address the browser came back to. */
  parameters: URLSearchParams
  userId: string
  actor: string
  /** Whether she may still change a connection of this scope. @default yes */
  mayChange?(scope: string): boolean
}

export interface AuthorizationResult {
  /** Null when nothing is known of the sign-in. */
  connectionId: string | null
  /** Why it came to nothing, in a sentence; null when the connection is authorised. */
  problem: string | null
}

export interface AuthorizationContext {
  database: Database
  dataKeys: DataKeys
  http: HttpSender
  grants: ConnectionGrants
  load(connectionId: string): Promise<RuntimeConnection | undefined>
}

const flowMinutes = 10

/** @returns the address to send the browser to. Throws for a connection that is not authorised in this way. */
export async function startAuthorization(
  context: AuthorizationContext,
  { connectionId, redirectUri, userId }: AuthorizationStart,
): Promise<{ url: string }> {
  const { database, dataKeys } = context
  const { schema } = database
  const connection = await loadAuthorizable(context, connectionId)
  const { url, state, codeVerifier } = await requestAuthorization({ ...askedFor(context, connection), redirectUri })
  const stateHash = hashOf(state)
  await database.executeSql(`delete from ${schema}.oauth_flow where expires_at < now()`)
  await database.transaction(async (session) => {
    const secretBox = await dataKeys.box(session)
    await session.executeSql(
      `insert into ${schema}.oauth_flow
         (state_hash, connection_id, sealed_verifier, redirect_uri, user_id, expires_at)
       values ($1, $2, $3, $4, $5, now() + make_interval(mins => $6))`,
      [
        stateHash,
        connection.id,
        secretBox.seal(codeVerifier, verifierPlace(stateHash)),
        redirectUri,
        userId,
        flowMinutes,
      ],
    )
  })
  return { url }
}

/** Whatever comes from the remote or the browser is told, not thrown. */
export async function finishAuthorization(
  context: AuthorizationContext,
  { parameters, userId, actor, mayChange = () => true }: AuthorizationEnd,
): Promise<AuthorizationResult> {
  const state = parameters.get('state') ?? ''
  const flow = await takeFlow(context.database, { state, userId })
  if (!flow) return { connectionId: null, problem: await whyUnknown(context.database, { state, userId }) }
  let secrets: readonly string[] = [parameters.get('code') ?? '']
  try {
    const connection = await loadAuthorizable(context, flow.connection_id)
    if (!mayChange(connection.scope)) {
      return { connectionId: null, problem: 'You may not change the settings of this connection any more.' }
    }
    const codeVerifier = (await context.dataKeys.opener([flow.sealed_verifier])).open(
      flow.sealed_verifier,
      verifierPlace(hashOf(state)),
    )
    secrets = [...secrets, codeVerifier, ...connection.secrets.all()]
    const grant = await redeemCode({
      ...askedFor(context, connection),
      redirectUri: flow.redirect_uri,
      parameters,
      state,
      codeVerifier,
    })
    const isStored = await context.database.transaction(async (session) => {
      const { schema } = context.database
      if (!(await replaceGrant(session, schema, context.dataKeys, { connection, grant }))) return false
      await writeAuditEntry(session, schema, {
        actor,
        action: 'connection.authorized',
        scope: connection.scope,
        target: `connection:${connection.id}`,
        before: null,
        after: { scope: grant.scope, expiresAt: grant.expiresAt },
      })
      return true
    })
    const problem = isStored ? null : 'The connection was changed while you were signing in. Connect again.'
    return { connectionId: flow.connection_id, problem }
  } catch (error) {
    if (!isErrorKind(error, 'OutboundSyncError')) throw error
    return { connectionId: flow.connection_id, problem: redactText(messageOf(error), secrets) }
  }
}

interface Flow {
  connection_id: string
  sealed_verifier: string
  redirect_uri: string
}

async function takeFlow(
  { schema, executeSql }: Database,
  { state, userId }: { state: string; userId: string },
): Promise<Flow | undefined> {
  const { rows } = await executeSql<Flow>(
    `delete from ${schema}.oauth_flow where state_hash = $1 and user_id = $2 and expires_at > now()
     returning connection_id, sealed_verifier, redirect_uri`,
    [hashOf(state), userId],
  )
  return rows[0]
}

async function whyUnknown(
  { schema, executeSql }: Database,
  { state, userId }: { state: string; userId: string },
): Promise<string> {
  const { rows } = await executeSql<{ user_id: string }>(
    `select user_id from ${schema}.oauth_flow where state_hash = $1`,
    [hashOf(state)],
  )
  const [flow] = rows
  if (!flow) return 'This sign-in is not known any more: it was finished already, or is too long ago. Connect again.'
  return flow.user_id === userId
    ? 'This sign-in took longer than ten minutes. Connect again.'
    : 'This sign-in was begun by somebody else. Whoever began it has to finish it; or connect again as who you are now.'
}

type Authorizable = RuntimeConnection & { auth: { mechanism: 'oauth2' } }

async function loadAuthorizable(context: AuthorizationContext, connectionId: string): Promise<Authorizable> {
  const connection = await context.load(connectionId)
  if (!connection || connection.state === 'deleted') {
    throw new TransitionError(`Cannot authorise the connection ${connectionId}: it does not exist.`)
  }
  if (connection.error) throw connection.error
  if (!isAuthorizable(connection)) {
    throw new SyncConfigError(
      `The connection "${connection.name}" is not signed in to in the browser: what its provider needs is entered in its settings.`,
    )
  }
  return connection
}

function isAuthorizable(connection: RuntimeConnection): connection is Authorizable {
  return connection.auth?.mechanism === 'oauth2' && connection.auth.grant === 'authorization_code'
}

function askedFor({ http, grants }: AuthorizationContext, connection: Authorizable) {
  const { auth, authValues, settings, secrets } = connection
  const { notes } = grants.memoryOf(connection)
  return { auth, values: authValues, settings, notes, http: createAuthorizedClient({ http, secrets }) }
}

const verifierPlace = (stateHash: string): SecretPlace => ({ column: 'oauth_flow.sealed_verifier', row: [stateHash] })

// Whoever reads the table must not be able to finish what another began.
const hashOf = (state: string): string => createHash('sha256').update(state).digest('base64url')
