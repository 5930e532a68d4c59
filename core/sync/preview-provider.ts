// The provider of a preview: it decides as the real one does, and in the place of every verb that calls out there is an
// answer such as the remote would give, with a mark for what only the remote knows.
import { SyncConfigError } from '../errors.ts'
import { moreToCome, valueToCome } from '../mapping/value-to-come.ts'
import type { ConnectTcp } from '../sdk/connect-tcp.ts'
import type { HttpClient } from '../sdk/http-client.ts'
import type { OutboundSyncProvider } from '../sdk/provider.ts'
import type { KnownObject, SyncObjectResult } from '../sdk/sync-object.ts'
import type { SubjectProvider } from './subject-context.ts'

/** Stands where the type wants a text, and is recognised by its identity before anybody takes it for one. */
const remoteIdToCome = valueToCome as unknown as string

function remoteIdOf(known: KnownObject | null): string {
  return known?.remoteId ?? remoteIdToCome
}

export function createPreviewProvider(provider: OutboundSyncProvider): SubjectProvider {
  return Object.freeze({
    mappings: provider.mappings,
    shouldSync: (args) => provider.shouldSync(args),
    async syncObjectWithProperties({ operation, known }) {
      const customs = known && known.customs !== null ? { customs: known.customs } : {}
      return {
        action: operation === 'create' ? 'created' : 'updated',
        remoteId: remoteIdOf(known),
        ...customs,
        ...moreToCome,
      } satisfies SyncObjectResult
    },
    async finalizeSync() {},
    ...(provider.readObject && {
      // What it finds is not known; its values are an object, of which every one is to come.
      readObject: async ({ known }) => ({ remoteId: remoteIdOf(known), values: Object(valueToCome) }),
    }),
    ...(provider.deleteObject && { deleteObject: async () => ({ action: 'deleted' }) }),
  } satisfies SubjectProvider)
}

// A provider that calls its remote to decide cannot be previewed, and says so.
const refuse = async (): Promise<never> => {
  throw new SyncConfigError('The provider wanted to call its remote, which a preview never does.')
}
export const noHttp: HttpClient = Object.freeze({ request: refuse })
export const noTcp: ConnectTcp = refuse
