// What the remote holds now, for a preview: asked only when somebody wants to know, with a time limit, one object after the
// other. What goes wrong is told beside the object and harms nothing.
import { z } from 'zod'
import type { Connections } from '../../connections/connect.ts'
import { createDiscoveredTypes, type DiscoveredTypes } from '../../connections/discovered-types.ts'
import type { ExternalObjectType } from '../../sdk/external-object-type.ts'
import { type PropertyValue, propertyValueSchema } from '../../sdk/property-value.ts'
import type { ProviderClass } from '../../sdk/provider.ts'
import { linkKey } from '../../sync/ledger.ts'
import type { ObjectPreview } from '../../sync/preview-subjects.ts'

export type RemoteObjectState =
  | { kind: 'found'; values: Readonly<Record<string, PropertyValue>> }
  | { kind: 'none' }
  | { kind: 'problem'; message: string }

export interface RemoteState {
  /** By link key; of those that were asked for. */
  objects: ReadonlyMap<string, RemoteObjectState>
  /** Why some or all were not asked for. */
  problem: string | null
}

const limitMs = 15_000
const mostObjects = 20

const remoteObject = z.object({ values: z.record(z.string(), propertyValueSchema) })

/** Providers are classes that plugins bring; a verb is a method of theirs or it is not. */
export function hasVerb(provider: ProviderClass, verb: 'readObject' | 'discoverObjectTypes'): boolean {
  return typeof provider.prototype?.[verb] === 'function'
}

export async function readRemoteObjects(
  connections: Pick<Connections, 'ask'>,
  { connectionId, previews }: { connectionId: string; previews: readonly ObjectPreview[] },
): Promise<RemoteState> {
  const asked = previews.filter(({ idValue }) => idValue !== null)
  const objects = new Map<string, RemoteObjectState>()
  const answer = await connections.ask({
    connectionId,
    limitMs,
    async ask({ provider, http, signal, messageOf }) {
      for (const preview of asked.slice(0, mostObjects)) {
        const { externalObjectType, externalIdField, idValue, known } = preview
        if (idValue === null || signal.aborted) continue
        try {
          const read: unknown = await provider.readObject?.({
            ...{ externalObjectType, externalIdField, idValue, known, http, signal },
          })
          objects.set(linkKey(preview), toState(read))
        } catch (error) {
          if (signal.aborted) throw error
          objects.set(linkKey(preview), { kind: 'problem', message: messageOf(error) })
        }
      }
    },
  })
  const leftOut = asked.length - mostObjects
  const tooMany = leftOut > 0 ? `Only the first ${mostObjects} objects were asked for.` : null
  return { objects, problem: answer.isAnswered ? tooMany : answer.message }
}

function toState(read: unknown): RemoteObjectState {
  if (read === null) return { kind: 'none' }
  const parsed = remoteObject.safeParse(read)
  if (parsed.success) return { kind: 'found', values: parsed.data.values }
  return {
    kind: 'problem',
    message: 'readObject of the provider answered with something that is no object with values.',
  }
}

export interface ObjectTypes {
  types: readonly ExternalObjectType[]
  /** Why those of the remote itself are not among them. */
  note: string | null
}

export interface TypesRequest {
  connection: { id: string; revision: string }
  provider: ProviderClass
  isRemoteAsked: boolean
}

/** What the provider declares, and what its remote is found to hold where that may be asked. */
export function createObjectTypes(
  connections: Pick<Connections, 'ask'>,
  discovered: DiscoveredTypes = createDiscoveredTypes(),
): (request: TypesRequest) => Promise<ObjectTypes> {
  return async ({ connection, provider, isRemoteAsked }) => {
    const declared = provider.externalObjectTypes
    if (!hasVerb(provider, 'discoverObjectTypes')) return { types: declared, note: null }
    if (!isRemoteAsked) {
      return {
        types: declared,
        note: 'Which fields there are, only the remote knows. Until it is asked, values are shown as fields of any type take them.',
      }
    }
    const answer = await connections.ask({
      connectionId: connection.id,
      limitMs,
      ask: ({ provider: instance, signal }) =>
        discovered.of({
          connection,
          provider: instance,
          providerClass: provider,
          ask: (discover) => discover({ signal }),
        }),
    })
    return answer.isAnswered
      ? { types: answer.answer, note: null }
      : { types: declared, note: `The remote could not say which fields there are: ${answer.message}` }
  }
}
