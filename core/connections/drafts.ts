// A connection in the making: a row with a name and a provider, filled in step by step and then switched on. Nothing is
// taken in for it before that.
import { randomUUID } from 'node:crypto'
import type { Database, SqlSession } from '../database/transaction.ts'
import { writeAuditEntry } from '../database/write-audit-entry.ts'
import { TransitionError } from '../errors.ts'
import type { MappingDocument } from '../sdk/mapping.ts'
import type { ProviderClass } from '../sdk/provider.ts'
import { insertMappingDraft, publishMappings } from './connection-mappings.ts'

/** Under the provider's own name, with a number when that is taken. */
export async function createDraft(
  database: Database,
  { provider, scope, actor }: { provider: ProviderClass; scope: string; actor: string },
): Promise<{ connectionId: string }> {
  const { schema } = database
  const id = randomUUID()
  const baseName = (provider.displayName || provider.identifier).slice(0, 150)
  return database.transaction(async (session) => {
    for (let number = 1; ; number += 1) {
      const name = number === 1 ? baseName : `${baseName} ${number}`
      const { rows } = await session.executeSql(
        `insert into ${schema}.connection (id, provider, provider_version, scope, name, account_key, state)
         values ($1::uuid, $2, $3, $4, $5, $1::text, 'draft')
         on conflict (provider, scope, name) where state <> 'deleted' do nothing returning id`,
        [id, provider.identifier, provider.version, scope, name],
      )
      if (rows.length === 0) continue
      await writeAuditEntry(session, schema, {
        actor,
        action: 'connection.drafted',
        scope,
        target: `connection:${id}`,
        before: null,
        after: { provider: provider.identifier, providerVersion: provider.version, name },
      })
      return { connectionId: id }
    }
  })
}

/**
 * From now on it sends, with these mappings. The caller has made its queue.
 * @param toCorrect what becomes the draft of its mapping; a draft that it was copied with goes
 */
export async function finishDraft(
  database: Database,
  {
    connectionId,
    mappings,
    toCorrect,
    actor,
  }: { connectionId: string; mappings: MappingDocument; toCorrect: MappingDocument | null; actor: string },
): Promise<void> {
  const { schema } = database
  await database.transaction(async (session) => {
    const draft = await lockDraft(session, schema, connectionId)
    await session.executeSql(`update ${schema}.connection set state = 'active', updated_at = now() where id = $1`, [
      draft.id,
    ])
    const mappingVersion = await publishMappings(session, schema, {
      connectionId: draft.id,
      document: mappings,
      author: actor,
    })
    await session.executeSql(`delete from ${schema}.mapping_draft where connection_id = $1`, [draft.id])
    if (toCorrect)
      await insertMappingDraft(session, schema, { connectionId: draft.id, document: toCorrect, author: actor })
    await writeAuditEntry(session, schema, {
      actor,
      action: 'connection.created',
      scope: draft.scope,
      target: `connection:${draft.id}`,
      before: { state: 'draft' },
      after: { state: 'active', name: draft.name, mappingVersion },
    })
  })
}

async function lockDraft(
  session: SqlSession,
  schema: string,
  connectionId: string,
): Promise<{ id: string; name: string; scope: string }> {
  const { rows } = await session.executeSql<{ id: string; name: string; scope: string; state: string }>(
    `select id, name, scope, state from ${schema}.connection where id::text = lower($1) for no key update`,
    [connectionId],
  )
  const [row] = rows
  if (!row) throw new TransitionError(`Cannot switch on the connection ${connectionId}: it does not exist.`)
  if (row.state !== 'draft') throw new TransitionError(`The connection "${row.name}" is ${row.state} already.`)
  return row
}
