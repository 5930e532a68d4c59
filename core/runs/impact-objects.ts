// Which objects an impact has met that would be created or updated. Many records may feed one object (the contact of all
// orders of a customer), and lie on different pages: it is created once, and is unchanged for who would send the same again.
import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { SqlSession } from '../database/transaction.ts'
import type { ObjectPreview, SubjectPreview } from '../sync/preview-subjects.ts'

/** What each object would be sent with, by its identity; both are digests, for they may be long. */
export type MetObjects = ReadonlyMap<string, string>

/** Null for one that is not written, or that has no identity of its own. */
export function identityOf({ action, idValue, ...object }: ObjectPreview): string | null {
  if ((action !== 'create' && action !== 'update') || idValue === null) return null
  return digest([object.externalObjectType, object.externalIdField, idValue])
}

export function contentOf({ properties }: ObjectPreview): string {
  return digest(properties.map(({ externalField, value, updateMode }) => [externalField, value, updateMode]))
}

/** Of the objects of a page, those that were met before. */
export async function loadMetObjects(
  session: SqlSession,
  schema: string,
  { runId, previews }: { runId: string; previews: readonly SubjectPreview[] },
): Promise<MetObjects> {
  const identities = previews.flatMap(({ objects }) => objects.map(identityOf)).filter((one) => one !== null)
  if (identities.length === 0) return new Map()
  const { rows } = await session.executeSql<{ identity: string; content: string }>(
    `select identity, content from ${schema}.impact_object where run_id = $1 and identity = any($2::text[])`,
    [runId, [...new Set(identities)]],
  )
  return new Map(rows.map(({ identity, content }) => [identity, content]))
}

export async function writeMetObjects(
  session: SqlSession,
  schema: string,
  { runId, met }: { runId: string; met: MetObjects },
): Promise<void> {
  if (met.size === 0) return
  await session.executeSql(
    `insert into ${schema}.impact_object (run_id, identity, content)
     select $1, identity, content from unnest($2::text[], $3::text[]) as met (identity, content)
     on conflict (run_id, identity) do update set content = excluded.content`,
    [runId, [...met.keys()], [...met.values()]],
  )
}

/** When the count has ended they are of no more use. */
export async function forgetMetObjects(session: SqlSession, schema: string, connectionId: string): Promise<void> {
  await session.executeSql(
    `delete from ${schema}.impact_object where run_id in (
       select id from ${schema}.sync_run
       where connection_id = $1 and mode = 'impact' and state in ('finished', 'stopped'))`,
    [connectionId],
  )
}

function digest(value: unknown): string {
  return createHash('sha256')
    .update(canonicalize(value) ?? '')
    .digest('base64url')
}
