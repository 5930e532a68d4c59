// Writes what was sent, or is over, to the ledger: a whole flush at once.
import { toStoredJson } from '../database/stored-json.ts'
import { type SqlSession, together } from '../database/transaction.ts'
import type { PropertyValue } from '../sdk/property-value.ts'
import type { ExternalIdentity } from './identity.ts'

/** One object that was sent, with the link through which it was sent. */
export interface SentObject extends ExternalIdentity {
  mappingKey: string
  sourceModel: string
  sourceId: string
  stream: string
  subjectModel: string
  subjectId: string
  remoteId: string | null
  customs: PropertyValue | undefined
  sentValues: Readonly<Record<string, PropertyValue>>
  href: string | null
  displayName: string | null
  sentHash: string
  sentEpoch: number
  runId: string | null
  /** The object that the record had under its former identity. */
  replaces: IdentityChange | null
}

/** What became of the object that a record had under its former identity. */
export interface IdentityChange {
  objectId: string
  formerIdValue: string
  /** The object has the new identity now. Otherwise it stays as it is, orphaned unless another record uses it. */
  becomes: 'renamed' | 'orphaned' | 'shared'
}

/** Writes objects and links. The caller holds the identities' leases, so no other worker writes the same rows. */
export async function writeSentObjects(
  session: SqlSession,
  schema: string,
  objects: readonly SentObject[],
): Promise<void> {
  if (objects.length === 0) return
  const records = objects.map((object) => ({
    connection_id: object.connectionId,
    object_type: object.objectType,
    id_field: object.idField,
    id_value: object.idValue,
    remote_id: object.remoteId,
    customs: object.customs,
    sent_values: object.sentValues,
    href: object.href,
    display_name: object.displayName,
    source_model: object.sourceModel,
    source_id: object.sourceId,
    stream: object.stream,
    mapping_key: object.mappingKey,
    subject_model: object.subjectModel,
    subject_id: object.subjectId,
    sent_hash: object.sentHash,
    sent_epoch: object.sentEpoch,
    run_id: object.runId,
  }))
  const changes = objects.flatMap(({ replaces, idValue }) => (replaces ? { ...replaces, idValue } : []))
  const renamed = changes.filter(({ becomes }) => becomes === 'renamed')
  const left = changes.filter(({ becomes }) => becomes !== 'renamed')
  // In this order: the row must have its new identity before it is written, and lose its link before it is orphaned.
  await together([
    ...(renamed.length > 0 ? [renameObjects(session, schema, renamed)] : []),
    writeRecords(session, schema, records),
    ...(left.length > 0 ? [orphanObjects(session, schema, left)] : []),
  ])
}

async function renameObjects(
  session: SqlSession,
  schema: string,
  renamed: readonly (IdentityChange & { idValue: string })[],
): Promise<void> {
  await session.executeSql(
    `update ${schema}.external_object o set id_value = renamed.id_value
     from unnest($1::bigint[], $2::text[]) as renamed (id, id_value) where o.id = renamed.id`,
    [renamed.map(({ objectId }) => objectId), renamed.map(({ idValue }) => idValue)],
  )
}

async function orphanObjects(session: SqlSession, schema: string, left: readonly IdentityChange[]): Promise<void> {
  await session.executeSql(
    `update ${schema}.external_object o set state = 'orphaned', updated_at = now()
     where id = any($1::bigint[]) and state = 'present'
       and not exists (select from ${schema}.sync_link where external_object_id = o.id)`,
    [left.map(({ objectId }) => objectId)],
  )
}

async function writeRecords(session: SqlSession, schema: string, records: readonly object[]): Promise<void> {
  await session.executeSql(
    `with sent as (
       select * from json_to_recordset($1::json) as sent (
         connection_id uuid, object_type text, id_field text, id_value text, remote_id text, customs jsonb,
         sent_values jsonb, href text, display_name text, source_model text, source_id text, stream text,
         mapping_key text, subject_model text, subject_id text, sent_hash text, sent_epoch integer, run_id uuid)
     ),
     object as (
       insert into ${schema}.external_object as o
         (connection_id, object_type, id_field, id_value, remote_id, customs, sent_values, href, display_name)
       select connection_id, object_type, id_field, id_value, remote_id, customs, sent_values, href, display_name
       from sent
       on conflict (connection_id, object_type, id_field, id_value) do update set
         remote_id = coalesce(excluded.remote_id, o.remote_id), customs = coalesce(excluded.customs, o.customs),
         sent_values = o.sent_values || excluded.sent_values, state = 'present',
         href = coalesce(excluded.href, o.href), display_name = coalesce(excluded.display_name, o.display_name),
         updated_at = now()
       returning id, connection_id, object_type, id_field, id_value
     )
     insert into ${schema}.sync_link as l
       (connection_id, source_model, source_id, stream, mapping_key, subject_model, subject_id, external_object_id,
        sent_hash, sent_epoch, last_seen_run)
     select sent.connection_id, sent.source_model, sent.source_id, sent.stream, sent.mapping_key, sent.subject_model,
            sent.subject_id, object.id, sent.sent_hash, sent.sent_epoch, sent.run_id
     from sent join object using (connection_id, object_type, id_field, id_value)
     -- A position that was moved to another order belongs to that one now.
     on conflict (connection_id, source_model, source_id, stream, mapping_key) do update set
       subject_model = excluded.subject_model, subject_id = excluded.subject_id,
       external_object_id = excluded.external_object_id, sent_hash = excluded.sent_hash,
       sent_epoch = excluded.sent_epoch, sent_at = now(),
       last_seen_run = coalesce(excluded.last_seen_run, l.last_seen_run)`,
    [toStoredJson(records)],
  )
}

/** A link that is over. */
export interface RetiredLink {
  linkId: string
  objectId: string
  isObjectDeleted: boolean
}

export async function writeRetiredLinks(
  session: SqlSession,
  schema: string,
  retired: readonly RetiredLink[],
): Promise<void> {
  if (retired.length === 0) return
  await session.executeSql(
    `with deleted as (
       update ${schema}.external_object set state = 'deleted', updated_at = now() where id = any($2::bigint[])
     )
     delete from ${schema}.sync_link where id = any($1::bigint[])`,
    [retired.map((link) => link.linkId), retired.filter((link) => link.isObjectDeleted).map((link) => link.objectId)],
  )
}
