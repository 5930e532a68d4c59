// One record through the given mappings of a connection, with nothing sent, and on demand what the remote holds of its
// objects now.
import type { Connections } from '../../connections/connect.ts'
import type { Database } from '../../database/transaction.ts'
import { SyncConfigError } from '../../errors.ts'
import type { Catalog, CatalogProvider } from '../../registry/catalog.ts'
import type { ExternalObjectType } from '../../sdk/external-object-type.ts'
import type { Log } from '../../sdk/log.ts'
import type { MappingDocument } from '../../sdk/mapping.ts'
import type { Subject } from '../../sdk/signals.ts'
import { previewSubjects, type SubjectPreview } from '../../sync/preview-subjects.ts'
import { type createObjectTypes, hasVerb, type RemoteState, readRemoteObjects } from './preview-remote.ts'

export interface RecordPreview {
  preview: SubjectPreview
  objectTypes: readonly ExternalObjectType[]
  /** Why those of the remote itself are not among them. */
  typesNote: string | null
  /** Null when the remote was not asked, or cannot be. */
  remote: RemoteState | null
}

const limitMs = 20_000

/** Throws what stands in the way of any preview: a provider that is missing, a setting at fault, a host that is down. */
export async function previewRecord(
  {
    database,
    catalog,
    connections,
    log,
    objectTypesOf,
  }: {
    database: Database
    catalog: Pick<Catalog, 'sourceModel' | 'sourceModels' | 'pluginOfModel'>
    connections: Pick<Connections, 'load' | 'ask'>
    log: Log
    objectTypesOf: ReturnType<typeof createObjectTypes>
  },
  {
    connection: { id, provider, providerVersion },
    found,
    document,
    subject,
    isRemoteAsked,
  }: {
    connection: { id: string; provider: string; providerVersion: string }
    found: CatalogProvider | null
    document: MappingDocument
    subject: Subject
    isRemoteAsked: boolean
  },
): Promise<RecordPreview> {
  const [connection] = await connections.load([id])
  if (!found || !connection) {
    throw new SyncConfigError(
      `No loaded plugin brings ${provider} ${providerVersion}. Load it again, or move the connection to another version.`,
    )
  }
  const { types: objectTypes, note: typesNote } = await objectTypesOf({
    connection,
    provider: found.provider,
    isRemoteAsked,
  })
  const [preview] = await previewSubjects({
    subjects: [subject],
    connection,
    mappings: document,
    providerClass: found.provider,
    pluginName: found.plugin.name,
    objectTypes,
    withTrace: true,
    database,
    log,
    signal: AbortSignal.timeout(limitMs),
    sourceModel: catalog.sourceModel,
    sourceModels: catalog.sourceModels,
    pluginOfModel: catalog.pluginOfModel,
  })
  if (!preview) throw new SyncConfigError('The record was not looked at.')
  const canRead = isRemoteAsked && hasVerb(found.provider, 'readObject')
  const remote = canRead ? await readRemoteObjects(connections, { connectionId: id, previews: preview.objects }) : null
  return { preview, objectTypes, typesNote, remote }
}
