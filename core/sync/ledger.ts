// What we know of the remote: external objects, and which source record uses which through which mapping. Read for a
// whole batch at once.
import type { SqlSession } from '../database/transaction.ts'
import type { PropertyValue } from '../sdk/property-value.ts'
import type { KnownObject } from '../sdk/sync-object.ts'
import { type ExternalIdentity, identityKey } from './identity.ts'

/** An external object as the ledger has it. */
export interface KnownExternalObject extends KnownObject {
  id: string
  state: 'present' | 'deleted' | 'orphaned' | 'erased'
  href: string | null
  displayName: string | null
}

export interface LedgerLink {
  id: string
  mappingKey: string
  sourceModel: string
  sourceId: string
  sentHash: string
  sentEpoch: number
  objectType: string
  idField: string
  object: KnownExternalObject
}

interface ObjectRow {
  object_id: string
  object_type: string
  id_field: string
  id_value: string
  remote_id: string | null
  customs: PropertyValue
  sent_values: Record<string, PropertyValue>
  object_state: KnownExternalObject['state']
  href: string | null
  display_name: string | null
}

const objectColumns = `o.id as object_id, o.object_type, o.id_field, o.id_value, o.remote_id, o.customs, o.sent_values,
  o.state as object_state, o.href, o.display_name`

function toKnownObject(row: ObjectRow): KnownExternalObject {
  return {
    id: row.object_id,
    remoteId: row.remote_id,
    idValue: row.id_value,
    customs: row.customs,
    sentValues: row.sent_values,
    state: row.object_state,
    href: row.href,
    displayName: row.display_name,
  }
}

// LATERAL with LIMIT or OFFSET 0 makes the planner look each wanted row up in the index. Without it a table that grew since
// it was last analysed is scanned once for all of them, quadratically.

/** By identity key. */
export async function loadExternalObjects(
  session: SqlSession,
  schema: string,
  identities: readonly ExternalIdentity[],
): Promise<Map<string, KnownExternalObject>> {
  if (identities.length === 0) return new Map()
  const { rows } = await session.executeSql<ObjectRow & { connection_id: string }>(
    `select o.connection_id, ${objectColumns}
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as wanted (connection_id, object_type, id_field, id_value)
     cross join lateral (
       select * from ${schema}.external_object o
       where o.connection_id = wanted.connection_id and o.object_type = wanted.object_type
         and o.id_field = wanted.id_field and o.id_value = wanted.id_value
       limit 1) o`,
    [
      identities.map((identity) => identity.connectionId),
      identities.map((identity) => identity.objectType),
      identities.map((identity) => identity.idField),
      identities.map((identity) => identity.idValue),
    ],
  )
  return new Map(
    rows.map((row) => [
      identityKey({
        connectionId: row.connection_id,
        objectType: row.object_type,
        idField: row.id_field,
        idValue: row.id_value,
      }),
      toKnownObject(row),
    ]),
  )
}

export const linkKey = (link: { mappingKey: string; sourceModel: string; sourceId: string }): string =>
  `${link.mappingKey}/${link.sourceModel}/${link.sourceId}`

/** All links of the subjects, by subject `model/id/stream`, then by link key. */
export async function loadLinks(
  session: SqlSession,
  schema: string,
  connectionId: string,
  subjects: readonly { model: string; id: string; stream: string }[],
): Promise<Map<string, Map<string, LedgerLink>>> {
  const { rows } = await session.executeSql<
    ObjectRow & {
      link_id: string
      subject_model: string
      subject_id: string
      stream: string
      mapping_key: string
      source_model: string
      source_id: string
      sent_hash: string
      sent_epoch: number
    }
  >(
    `select l.id as link_id, l.subject_model, l.subject_id, l.stream, l.mapping_key, l.source_model, l.source_id, l.sent_hash,
            l.sent_epoch, ${objectColumns}
     from unnest($2::text[], $3::text[], $4::text[]) as wanted (subject_model, subject_id, stream)
     cross join lateral (
       select * from ${schema}.sync_link l
       where l.connection_id = $1 and l.subject_model = wanted.subject_model and l.subject_id = wanted.subject_id
         and l.stream = wanted.stream
       offset 0) l
     join ${schema}.external_object o on o.id = l.external_object_id`,
    [
      connectionId,
      subjects.map((subject) => subject.model),
      subjects.map((subject) => subject.id),
      subjects.map((subject) => subject.stream),
    ],
  )
  const bySubject = new Map<string, Map<string, LedgerLink>>()
  for (const row of rows) {
    const subject = `${row.subject_model}/${row.subject_id}/${row.stream}`
    const links = bySubject.get(subject) ?? new Map<string, LedgerLink>()
    bySubject.set(subject, links)
    const link: LedgerLink = {
      id: row.link_id,
      mappingKey: row.mapping_key,
      sourceModel: row.source_model,
      sourceId: row.source_id,
      sentHash: row.sent_hash,
      sentEpoch: row.sent_epoch,
      objectType: row.object_type,
      idField: row.id_field,
      object: toKnownObject(row),
    }
    links.set(linkKey(link), link)
  }
  return bySubject
}

/** The remote ids of the external objects of other source records, by `model/id`. */
export async function loadReferences(
  session: SqlSession,
  schema: string,
  connectionId: string,
  references: readonly { model: string; id: string }[],
): Promise<Map<string, string>> {
  if (references.length === 0) return new Map()
  const { rows } = await session.executeSql<{ source_model: string; source_id: string; remote_id: string }>(
    `select wanted.source_model, wanted.source_id, o.remote_id
     from unnest($2::text[], $3::text[]) as wanted (source_model, source_id)
     cross join lateral (
       select o.remote_id from ${schema}.sync_link l join ${schema}.external_object o on o.id = l.external_object_id
       where l.connection_id = $1 and l.source_model = wanted.source_model and l.source_id = wanted.source_id
         and o.state = 'present' and o.remote_id is not null
       order by l.id limit 1) o`,
    [connectionId, references.map((reference) => reference.model), references.map((reference) => reference.id)],
  )
  return new Map(rows.map((row) => [`${row.source_model}/${row.source_id}`, row.remote_id]))
}

/** How many links but these use the object of each, in their order. To be asked under the leases of the objects' identities. */
export async function countOtherLinks(
  session: SqlSession,
  schema: string,
  links: readonly LedgerLink[],
): Promise<number[]> {
  const { rows } = await session.executeSql<{ count: number }>(
    `select (select count(*)::int from ${schema}.sync_link l
             where l.external_object_id = wanted.object_id and l.id <> wanted.link_id) as count
     from unnest($1::bigint[], $2::bigint[]) with ordinality as wanted (object_id, link_id, place) order by place`,
    [links.map((link) => link.object.id), links.map((link) => link.id)],
  )
  return rows.map(({ count }) => count)
}
