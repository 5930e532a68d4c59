// How a connection's grant lies in its row: one sealed JSON text, with its end and a revision that every write raises. None of
// it touches `updated_at`, which says whether a refused call was made with the settings that are in force.
import { z } from 'zod'
import type { Grant } from '../auth/authorizer.ts'
import type { Database, SqlSession } from '../database/transaction.ts'
import { SecretError } from '../errors.ts'
import type { DataKeys } from '../secrets/data-keys.ts'
import type { SecretPlace } from '../secrets/sealed-columns.ts'
import type { SecretBox, SecretOpener } from '../secrets/secret-box.ts'

export interface StoredGrant {
  grant: Grant | null
  revision: number
}

export interface GrantRow {
  id: string
  sealed_grant: string | null
  grant_expires_at: Date | null
  grant_revision: number
}

const grantSchema = z.object({
  accessToken: z.string(),
  refreshToken: z.string().nullable(),
  scope: z.string().nullable(),
  obtainedAt: z.iso.datetime().transform((text) => new Date(text)),
})

/** What it is bound to when it is sealed. */
function grantPlace(connectionId: string): SecretPlace {
  return { column: 'connection.sealed_grant', row: [connectionId] }
}

/** Throws a SecretError for one that cannot be opened. */
export function openGrant(row: GrantRow, opener: SecretOpener): StoredGrant {
  const revision = row.grant_revision
  if (row.sealed_grant === null) return { grant: null, revision }
  const parsed = grantSchema.safeParse(JSON.parse(opener.open(row.sealed_grant, grantPlace(row.id))))
  if (!parsed.success) {
    throw new SecretError(`The grant of connection ${row.id} was written by another version: reconnect the account.`)
  }
  return { grant: { ...parsed.data, expiresAt: row.grant_expires_at }, revision }
}

function sealGrant(
  { accessToken, refreshToken, scope, obtainedAt }: Grant,
  connectionId: string,
  secretBox: SecretBox,
): string {
  return secretBox.seal(JSON.stringify({ accessToken, refreshToken, scope, obtainedAt }), grantPlace(connectionId))
}

/** @returns false when the connection is gone, or somebody else has written or dropped its grant since `revision` */
export async function storeGrant(
  database: Database,
  dataKeys: DataKeys,
  { connectionId, grant, revision }: { connectionId: string; grant: Grant; revision: number },
): Promise<boolean> {
  return database.transaction(async (session) => {
    const secretBox = await dataKeys.box(session)
    const { rows } = await session.executeSql(
      `update ${database.schema}.connection set
         sealed_grant = $2, grant_expires_at = $3, grant_revision = grant_revision + 1
       where id = $1 and grant_revision = $4 and state <> 'deleted' returning id`,
      [connectionId, sealGrant(grant, connectionId, secretBox), grant.expiresAt, revision],
    )
    return rows.length > 0
  })
}

/**
 * Brought by a person: it replaces whatever there is, and what was refused before says nothing of it.
 * @returns false when the connection is not what it was when it was loaded
 */
export async function replaceGrant(
  session: SqlSession,
  schema: string,
  dataKeys: DataKeys,
  { connection: { id, revision }, grant }: { connection: { id: string; revision: string }; grant: Grant },
): Promise<boolean> {
  const secretBox = await dataKeys.box(session)
  const { rows } = await session.executeSql(
    `update ${schema}.connection set
       sealed_grant = $2, grant_expires_at = $3, grant_revision = grant_revision + 1, updated_at = now(),
       gate_until = case when gate = 'reconnect' then null else gate_until end,
       gate_reason = case when gate = 'reconnect' then null else gate_reason end,
       gate = case when gate = 'reconnect' then 'open' else gate end
     where id = $1 and updated_at = $4::timestamptz and state <> 'deleted' returning id`,
    [id, sealGrant(grant, id, secretBox), grant.expiresAt, revision],
  )
  return rows.length > 0
}
