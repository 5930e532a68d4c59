// What may be told of stored credentials without showing them: who entered each and when (the audit entries say so), when the
// remote last took them, and how long what somebody agreed to is good for.
import type { Database } from '../database/transaction.ts'
import { isErrorKind } from '../errors.ts'
import type { DataKeys } from '../secrets/data-keys.ts'
import { type GrantRow, openGrant } from './stored-grant.ts'

export interface CredentialFacts {
  /** In the order of their names. Null: not written down. */
  credentials: readonly { name: string; entered: { by: string; at: Date } | null }[]
  grant: {
    /** Null where nobody agreed: the program obtained it by itself. */
    agreed: { by: string; at: Date } | null
    expiresAt: Date | null
    /** It is renewed before it ends. */
    isRenewable: boolean
  } | null
  /** The remote took them. */
  lastUsedAt: Date | null
}

interface Row extends GrantRow {
  last_success_at: Date | null
  credentials: { name: string; actor: string | null; at: string | null }[] | null
  agreed: { actor: string; at: string } | null
}

/** Null for a connection that does not exist. */
export async function credentialFacts(
  { database, dataKeys }: { database: Database; dataKeys: Pick<DataKeys, 'opener'> },
  connectionId: string,
): Promise<CredentialFacts | null> {
  const { schema } = database
  const { rows } = await database.executeSql<Row>(
    `select c.id, c.sealed_grant, c.grant_expires_at, c.grant_revision, c.last_success_at,
            (select json_agg(json_build_object('name', one.name, 'actor', entry.actor, 'at', entry.at) order by one.name)
             from jsonb_object_keys(c.credentials) as one (name) left join lateral (
               select actor, at from ${schema}.audit_entry
               where target = 'connection:' || c.id and after -> 'credentials' ? one.name order by id desc limit 1
             ) entry on true) as credentials,
            (select json_build_object('actor', actor, 'at', at) from ${schema}.audit_entry
             where target = 'connection:' || c.id and action = 'connection.authorized' order by id desc limit 1) as agreed
     from ${schema}.connection c where c.id = $1 and c.state <> 'deleted'`,
    [connectionId],
  )
  const [row] = rows
  if (!row) return null
  return {
    credentials: (row.credentials ?? []).map(({ name, actor, at }) => ({
      name,
      entered: actor !== null && at !== null ? { by: actor, at: new Date(at) } : null,
    })),
    grant:
      row.sealed_grant === null
        ? null
        : {
            agreed: row.agreed && { by: row.agreed.actor, at: new Date(row.agreed.at) },
            expiresAt: row.grant_expires_at,
            isRenewable: await isRenewable(row, dataKeys),
          },
    lastUsedAt: row.last_success_at,
  }
}

async function isRenewable(row: Row, dataKeys: Pick<DataKeys, 'opener'>): Promise<boolean> {
  try {
    const { grant } = openGrant(row, await dataKeys.opener([row.sealed_grant ?? []].flat()))
    return grant?.refreshToken !== null
  } catch (error) {
    // Its key is lost: the connection says so itself.
    if (isErrorKind(error, 'SecretError')) return false
    throw error
  }
}
