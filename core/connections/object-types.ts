// What objects and fields there are at a connection's remote, for people who map to them: what its provider declares, and
// what the remote is found to hold. A remote that cannot be asked leaves what is declared, and a sentence why.
import type { Database } from '../database/transaction.ts'
import { messageOf, TransitionError } from '../errors.ts'
import type { HttpSender } from '../http/http-client.ts'
import { redactText } from '../http/redact.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { ConnectTcp } from '../sdk/connect-tcp.ts'
import type { ExternalObjectType } from '../sdk/external-object-type.ts'
import type { Log } from '../sdk/log.ts'
import type { OutboundSyncProvider, ProviderClass } from '../sdk/provider.ts'
import { createConnectionClient } from './connection-client.ts'
import type { DiscoveredTypes } from './discovered-types.ts'
import { findProvider } from './find-provider.ts'
import type { ConnectionGrants } from './grants.ts'
import type { RuntimeConnection } from './load-connections.ts'

export interface FoundObjectTypes {
  types: readonly ExternalObjectType[]
  /** Why the remote could not be asked; null when it was, or need not be. */
  problem: string | null
}

interface ObjectTypesContext {
  database: Database
  catalog: Pick<Catalog, 'provider' | 'providers'>
  discoveredTypes: DiscoveredTypes
  http: HttpSender
  connectTcp: ConnectTcp
  grants: ConnectionGrants
  log: Log
  load(connectionId: string): Promise<RuntimeConnection | undefined>
}

/** Somebody waits for a page. */
const limitMs = 8_000

export async function findObjectTypes(context: ObjectTypesContext, connectionId: string): Promise<FoundObjectTypes> {
  const connection = await context.load(connectionId)
  if (!connection) throw new TransitionError(`The connection ${connectionId} does not exist any more.`)
  const { provider: providerClass } = findProvider(context.catalog, {
    identifier: connection.provider,
    version: connection.providerVersion,
  })
  const declared = providerClass.externalObjectTypes
  if (connection.error) return { types: declared, problem: messageOf(connection.error) }
  let provider: OutboundSyncProvider | null = null
  try {
    const created = instantiate(context, { connection, providerClass })
    provider = created
    const types = await context.discoveredTypes.of({
      connection,
      provider: created,
      providerClass,
      ask: (discover) => withinLimit(discover({ signal: AbortSignal.timeout(limitMs) })),
    })
    return { types, problem: null }
  } catch (error) {
    return { types: declared, problem: redactText(messageOf(error), connection.secrets.all()) }
  } finally {
    await provider?.close().catch((error: unknown) => {
      context.log.warn({ connection: connection.id, error: messageOf(error) }, 'A provider failed to close')
    })
  }
}

function instantiate(
  { http, connectTcp, grants, log }: ObjectTypesContext,
  { connection, providerClass }: { connection: RuntimeConnection; providerClass: ProviderClass },
): OutboundSyncProvider {
  let provider: OutboundSyncProvider | null = null
  const client = createConnectionClient({
    connection,
    http,
    memory: grants.memoryOf(connection),
    classifyResponse: (response, request) => provider?.classifyResponse?.(response, request),
  })
  const { id, name, scope, settings, mappings } = connection
  provider = new providerClass({ connection: { id, name, scope }, settings, mappings, http: client, connectTcp, log })
  return provider
}

// Code of a plugin may not heed its signal.
async function withinLimit<Answer>(answer: Promise<Answer>): Promise<Answer> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => reject(new Error(`The remote did not say within ${limitMs / 1000} seconds what it holds.`)),
    limitMs,
  )
  try {
    return await Promise.race([answer, tooLate])
  } finally {
    clearTimeout(timer)
  }
}
