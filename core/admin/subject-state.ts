// One record in all its connections: what is open, and which objects there are of it at the other side. Read by the
// record's own page and by the panel in the host.

import type { Activation } from '../connections/activation.ts'
import { isWithinScope } from '../connections/resolve-activation.ts'
import type { Database } from '../database/transaction.ts'
import type { Catalog } from '../registry/catalog.ts'
import { mappingDocumentSchema } from '../sdk/mapping.ts'
import type { Subject } from '../sdk/signals.ts'
import { type ConnectionRecord, loadConnections } from './connections/connection-records.ts'
import { type Line, type LineRow, lineColumns, lineJoins, toLine } from './lines.ts'
import { createPluginGates } from './plugin-gates.ts'

export interface ExternalObjectState {
  objectType: string
  idField: string
  idValue: string
  remoteId: string | null
  state: 'present' | 'deleted' | 'orphaned' | 'erased'
  href: string | null
  displayName: string | null
  sentAt: Date
}

export interface SubjectConnection {
  connection: ConnectionRecord
  /** One a stream. */
  lines: readonly Line[]
  objects: readonly ExternalObjectState[]
  /** How the last try ended. */
  lastAttempt: { outcome: string; message: string | null; finishedAt: Date } | null
  /** Nothing keeps this record from being sent here. */
  canSync: boolean
}

/** The connections that carry this record: by scope, plugin and mapping, or because something of it went there before. */
export async function loadSubjectState(
  {
    database,
    catalog,
    activation,
  }: {
    database: Database
    catalog: Pick<Catalog, 'provider' | 'sourceModelOf'>
    activation: Pick<Activation, 'isActive'>
  },
  { subject, scope }: { subject: Subject; scope: string },
): Promise<readonly SubjectConnection[]> {
  const { schema } = database
  const [connections, lines, objects, lastAttempts, mapped] = await Promise.all([
    loadConnections(database, { schema, catalog }),
    loadLines(database, subject),
    loadObjects(database, subject),
    loadLastAttempts(database, subject),
    loadMappedModels(database),
  ])
  const gates = createPluginGates({ catalog, activation })
  const states = await Promise.all(
    connections.map(async (connection) => {
      const ownLines = lines.filter(({ connectionId }) => connectionId === connection.id)
      const ownObjects = objects.filter(({ connectionId }) => connectionId === connection.id)
      const lastAttempt = lastAttempts.get(connection.id) ?? null
      const isInReach = connection.state === 'active' && isWithinScope(scope, connection.scope)
      const carries = isInReach && carriesModel(mapped.get(connection.id), subject.model, catalog)
      const canSync = carries && (await gates.of(connection, scope)).kind === 'open'
      const isKnown = ownLines.length > 0 || ownObjects.length > 0 || lastAttempt !== null
      return canSync || isKnown ? [{ connection, lines: ownLines, objects: ownObjects, lastAttempt, canSync }] : []
    }),
  )
  return states.flat()
}

// A provider with an opinion of its own has no published mapping: then it decides what it carries.
function carriesModel(
  models: readonly string[] | undefined,
  model: string,
  catalog: Pick<Catalog, 'sourceModelOf'>,
): boolean {
  return !models || models.some((name) => name === model || catalog.sourceModelOf(name)?.name === model)
}

async function loadLines(database: Database, subject: Subject): Promise<readonly Line[]> {
  const { schema } = database
  const { rows } = await database.executeSql<LineRow>(
    `select ${lineColumns} from ${schema}.sync_job j ${lineJoins(schema)}
     where j.source_model = $1 and j.source_id = $2 and j.id = lead.id
     order by j.stream, j.id`,
    [subject.model, subject.id],
  )
  return rows.map(toLine)
}

interface ObjectRow {
  connection_id: string
  object_type: string
  id_field: string
  id_value: string
  remote_id: string | null
  state: ExternalObjectState['state']
  href: string | null
  display_name: string | null
  sent_at: Date
}

async function loadObjects(
  database: Database,
  subject: Subject,
): Promise<readonly (ExternalObjectState & { connectionId: string })[]> {
  const { schema } = database
  // By connection, because that is how the index of sync_link begins.
  const { rows } = await database.executeSql<ObjectRow>(
    `select o.connection_id, o.object_type, o.id_field, o.id_value, o.remote_id, o.state, o.href, o.display_name,
            max(l.sent_at) as sent_at
     from ${schema}.connection c
     join ${schema}.sync_link l on l.connection_id = c.id and l.subject_model = $1 and l.subject_id = $2
     join ${schema}.external_object o on o.id = l.external_object_id
     where c.state <> 'deleted'
     group by o.id order by min(l.id) limit 500`,
    [subject.model, subject.id],
  )
  return rows.map((row) => ({
    connectionId: row.connection_id,
    objectType: row.object_type,
    idField: row.id_field,
    idValue: row.id_value,
    remoteId: row.remote_id,
    state: row.state,
    href: row.href,
    displayName: row.display_name,
    sentAt: row.sent_at,
  }))
}

async function loadLastAttempts(
  database: Database,
  subject: Subject,
): Promise<ReadonlyMap<string, NonNullable<SubjectConnection['lastAttempt']>>> {
  const { schema } = database
  const { rows } = await database.executeSql<{
    connection_id: string
    outcome: string
    message: string | null
    finished_at: Date
  }>(
    `select c.id as connection_id, a.outcome, a.message, a.finished_at
     from ${schema}.connection c
     cross join lateral (
       select * from ${schema}.attempt
       where connection_id = c.id and source_model = $1 and source_id = $2 order by id desc limit 1
     ) a
     where c.state <> 'deleted'`,
    [subject.model, subject.id],
  )
  return new Map(
    rows.map(({ connection_id, outcome, message, finished_at }) => [
      connection_id,
      { outcome, message, finishedAt: finished_at },
    ]),
  )
}

// The source models that each connection's mappings in force read, by connection; none for one without mappings.
async function loadMappedModels(database: Database): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await database.executeSql<{ connection_id: string; document: unknown }>(
    `select distinct on (connection_id) connection_id, document from ${database.schema}.mapping_version
     where published_at is not null order by connection_id, version desc`,
  )
  return new Map(
    rows.flatMap(({ connection_id, document }) => {
      const parsed = mappingDocumentSchema.safeParse(document)
      if (!parsed.success || parsed.data.length === 0) return []
      return [[connection_id, parsed.data.filter(({ isEnabled }) => isEnabled).map(({ sourceModel }) => sourceModel)]]
    }),
  )
}
