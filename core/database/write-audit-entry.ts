// Who changed what, in the transaction of the change. Secrets are named, never written: pass "changed" in their place.
import type { SqlSession } from './transaction.ts'

export async function writeAuditEntry(
  session: SqlSession,
  schema: string,
  entry: {
    actor: string
    /** What was done, for example `connection.created`. */
    action: string
    scope: string
    /** What it was done to, for example `connection:<id>`. */
    target: string
    before: unknown
    after: unknown
  },
): Promise<void> {
  await session.executeSql(
    `insert into ${schema}.audit_entry (actor, action, scope, target, before, after) values ($1, $2, $3, $4, $5, $6)`,
    [entry.actor, entry.action, entry.scope, entry.target, asJson(entry.before), asJson(entry.after)],
  )
}

function asJson(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value)
}
