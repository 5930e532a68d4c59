// Switching a connection off, on again, and deleting it. Its jobs are not rewritten: those of one that is switched off are
// held at the claim; deleting one cancels them, forgets its credentials and keeps its ledger and history.
//
//   draft     is being made (drafts.ts)    -> active, deleted
//   active    sends                         -> disabled, deleted
//   disabled  is sent nothing, keeps jobs   -> active, deleted
//   deleted   its name is free again        -> (the end)
import type { Database, SqlSession } from '../database/transaction.ts'
import { writeAuditEntry } from '../database/write-audit-entry.ts'
import { TransitionError } from '../errors.ts'
import type { ConnectionState } from './load-connections.ts'

const moves = {
  disable: { from: ['active'], to: 'disabled', action: 'connection.disabled' },
  enable: { from: ['disabled'], to: 'active', action: 'connection.enabled' },
  remove: { from: ['draft', 'active', 'disabled'], to: 'deleted', action: 'connection.deleted' },
} as const satisfies Record<string, { from: readonly ConnectionState[]; to: ConnectionState; action: string }>
export type ConnectionMove = keyof typeof moves

export interface ConnectionMoveRequest {
  connectionId: string
  actor: string
}

export async function moveConnection({
  database,
  move,
  connectionId,
  actor,
  also,
}: ConnectionMoveRequest & {
  database: Database
  move: ConnectionMove
  /** In the same transaction. */
  also?: (session: SqlSession) => Promise<void>
}): Promise<void> {
  const { from, to, action } = moves[move]
  const { schema } = database
  await database.transaction(async (session) => {
    // Not "for update": the host's enqueue refers to this row and must not wait for us.
    const { rows } = await session.executeSql<{ id: string; name: string; scope: string; state: ConnectionState }>(
      `select id, name, scope, state from ${schema}.connection where id::text = lower($1) for no key update`,
      [connectionId],
    )
    const [row] = rows
    if (!row) throw new TransitionError(`Cannot ${move} the connection ${connectionId}: it does not exist.`)
    if (!(from as readonly ConnectionState[]).includes(row.state)) {
      throw new TransitionError(`Cannot ${move} the connection "${row.name}": it is ${row.state} already.`)
    }
    await session.executeSql(
      `update ${schema}.connection set state = $2, updated_at = now(),
         credentials = case when $2 = 'deleted' then '{}' else credentials end,
         sealed_grant = case when $2 = 'deleted' then null else sealed_grant end,
         grant_expires_at = case when $2 = 'deleted' then null else grant_expires_at end,
         deleted_at = case when $2 = 'deleted' then now() end
       where id = $1`,
      [row.id, to],
    )
    if (to === 'deleted') {
      await session.executeSql(`delete from ${schema}.oauth_flow where connection_id = $1`, [row.id])
    }
    await also?.(session)
    await writeAuditEntry(session, schema, {
      actor,
      action,
      scope: row.scope,
      target: `connection:${row.id}`,
      before: { state: row.state },
      after: { state: to },
    })
  })
}
