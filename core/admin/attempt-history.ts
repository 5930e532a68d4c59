// The history of tries, newest first, each with its objects: what was sent and what was answered.
import type { Database } from '../database/transaction.ts'
import type { JobTrigger } from '../queue/job-states.ts'
import { newestAttempts } from './newest-attempts.ts'

export interface AttemptObject {
  mappingKey: string
  sourceModel: string
  sourceId: string
  objectType: string
  idField: string
  idValue: string | null
  action: string
  remoteId: string | null
  sent: unknown
  answered: unknown
  message: string | null
  href: string | null
  displayName: string | null
}

export interface AttemptEntry {
  id: string
  connectionId: string
  scope: string
  sourceModel: string
  sourceId: string
  sourceLabel: string
  stream: string
  outcome: string
  message: string | null
  triggers: readonly JobTrigger[]
  failedAttempts: number
  nextTryAt: Date | null
  mappingVersion: number | null
  worker: string
  runId: string | null
  traceId: string | null
  durationMs: number
  finishedAt: Date
  objects: readonly AttemptObject[]
}

interface AttemptRow {
  id: string
  connection_id: string
  scope: string
  source_model: string
  source_id: string
  source_label: string
  stream: string
  outcome: string
  message: string | null
  triggers: JobTrigger[]
  failed_attempts: number
  next_try_at: Date | null
  mapping_version: number | null
  worker: string
  run_id: string | null
  trace_id: string | null
  duration_ms: number
  finished_at: Date
}

interface ObjectRow {
  attempt_id: string
  mapping_key: string
  source_model: string
  source_id: string
  object_type: string
  id_field: string
  id_value: string | null
  action: string
  remote_id: string | null
  sent: unknown
  answered: unknown
  message: string | null
  href: string | null
  display_name: string | null
}

export interface HistoryQuery {
  connectionIds: readonly string[]
  /** Null: of all records. */
  subject: { model: string; id: string } | null
  before: string | null
  limit: number
  /** What was sent is read only for those who may see it. */
  withPayloads: boolean
}

export async function loadHistory(
  database: Database,
  query: HistoryQuery,
): Promise<{ attempts: readonly AttemptEntry[]; nextBefore: string | null }> {
  const { schema } = database
  // A lateral per connection walks its index backwards; one condition over all of them would sort them all.
  const { rows } = await database.executeSql<AttemptRow>(
    `select a.id::text, a.connection_id, a.scope, a.source_model, a.source_id, a.source_label, a.stream, a.outcome,
            a.message, a.triggers, a.failed_attempts, a.next_try_at, a.mapping_version, a.worker, a.run_id, a.trace_id,
            a.duration_ms, a.finished_at
     from unnest($1::uuid[]) as c (id)
     cross join lateral (${query.subject ? ofSubject(schema) : newestAttempts({ schema, connection: 'c.id', limit: '$2', before: '$3::bigint' })}) a
     order by a.id desc limit $2`,
    [
      query.connectionIds,
      query.limit + 1,
      query.before ?? newestPossible,
      ...(query.subject ? [query.subject.model, query.subject.id] : []),
    ],
  )
  const page = rows.slice(0, query.limit)
  const objects = await loadObjects(
    database,
    page.map(({ id }) => id),
    query.withPayloads,
  )
  return {
    attempts: page.map((row) => toEntry(row, objects.get(row.id) ?? [])),
    nextBefore: rows.length > query.limit ? (page.at(-1)?.id ?? null) : null,
  }
}

const newestPossible = '9223372036854775807'

const ofSubject = (schema: string): string =>
  `select * from ${schema}.attempt
   where connection_id = c.id and source_model = $4 and source_id = $5 and id < $3::bigint order by id desc limit $2`

async function loadObjects(
  database: Database,
  attemptIds: readonly string[],
  withPayloads: boolean,
): Promise<ReadonlyMap<string, readonly AttemptObject[]>> {
  if (attemptIds.length === 0) return new Map()
  const { rows } = await database.executeSql<ObjectRow>(
    `select attempt_id::text, mapping_key, source_model, source_id, object_type, id_field, id_value, action, remote_id,
            case when $2 then sent end as sent, case when $2 then answered end as answered, message, href, display_name
     from ${database.schema}.attempt_object where attempt_id = any($1::bigint[]) order by id limit 2000`,
    [attemptIds, withPayloads],
  )
  const groups = Map.groupBy(rows, ({ attempt_id }) => attempt_id)
  return new Map([...groups].map(([id, group]) => [id, group.map(toObject)]))
}

function toEntry(row: AttemptRow, objects: readonly AttemptObject[]): AttemptEntry {
  return {
    id: row.id,
    connectionId: row.connection_id,
    scope: row.scope,
    sourceModel: row.source_model,
    sourceId: row.source_id,
    sourceLabel: row.source_label,
    stream: row.stream,
    outcome: row.outcome,
    message: row.message,
    triggers: row.triggers,
    failedAttempts: row.failed_attempts,
    nextTryAt: row.next_try_at,
    mappingVersion: row.mapping_version,
    worker: row.worker,
    runId: row.run_id,
    traceId: row.trace_id,
    durationMs: row.duration_ms,
    finishedAt: row.finished_at,
    objects,
  }
}

function toObject(row: ObjectRow): AttemptObject {
  return {
    mappingKey: row.mapping_key,
    sourceModel: row.source_model,
    sourceId: row.source_id,
    objectType: row.object_type,
    idField: row.id_field,
    idValue: row.id_value,
    action: row.action,
    remoteId: row.remote_id,
    sent: row.sent,
    answered: row.answered,
    message: row.message,
    href: row.href,
    displayName: row.display_name,
  }
}
