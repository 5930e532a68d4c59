// What objects and fields there are at a connection's remote, for people who map to them: what its provider declares, and
// what the remote is found to hold. A remote that cannot be asked leaves what is declared, and a sentence why.
import { messageOf, TransitionError } from '../errors.ts'
import { redactText } from '../http/redact.ts'
import type { ExternalObjectType } from '../sdk/external-object-type.ts'
import { askRemote } from './ask-remote.ts'
import type { DiscoveredTypes } from './discovered-types.ts'
import { findProvider } from './find-provider.ts'
import type { ConnectionTestContext } from './test-connection.ts'

export interface FoundObjectTypes {
  types: readonly ExternalObjectType[]
  /** Why the remote could not be asked; null when it was, or need not be. */
  problem: string | null
}

/** Somebody waits for a page. */
const limitMs = 8_000

export async function findObjectTypes(
  context: ConnectionTestContext & { discoveredTypes: DiscoveredTypes },
  connectionId: string,
): Promise<FoundObjectTypes> {
  const connection = await context.load(connectionId)
  if (!connection) throw new TransitionError(`The connection ${connectionId} does not exist any more.`)
  const { provider: providerClass } = findProvider(context.catalog, {
    identifier: connection.provider,
    version: connection.providerVersion,
  })
  const declared = providerClass.externalObjectTypes
  const isFoundOut = typeof providerClass.prototype?.discoverObjectTypes === 'function'
  if (!isFoundOut) return { types: declared, problem: null }
  if (connection.error) {
    return { types: declared, problem: redactText(messageOf(connection.error), connection.secrets.all()) }
  }
  const found = await askRemote(context, {
    connectionId,
    limitMs,
    ask: ({ provider, signal }) =>
      context.discoveredTypes.of({ connection, provider, providerClass, ask: (discover) => discover({ signal }) }),
  })
  return found.isAnswered ? { types: found.answer, problem: null } : { types: declared, problem: found.message }
}
