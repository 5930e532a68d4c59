// Writes down a run over the host's records for one connection; a driver begins it.
import { randomUUID } from 'node:crypto'
import { isWithinScope } from '../connections/resolve-activation.ts'
import type { Database, SqlSession } from '../database/transaction.ts'
import { writeAuditEntry } from '../database/write-audit-entry.ts'
import { SyncConfigError, TransitionError } from '../errors.ts'
import type { Catalog } from '../registry/catalog.ts'
import { didYouMean } from '../sdk/near-name.ts'
import type { SourceFilter, SourceModel } from '../sdk/source-model.ts'

export interface NewRun {
  mode: 'backfill' | 'audit'
  connectionId: string
  model: Pick<SourceModel, 'name' | 'labelPlural'>
  scope: string
  /** Checked already. */
  filter: SourceFilter
  actor: string
  /** The audit whose missing records it sends. */
  auditRunId?: string
  /** The impact whose affected records it sends. */
  impactRunId?: string
}

export async function startRun(database: Database, run: NewRun): Promise<{ runId: string }> {
  return database.transaction((session) => insertRun(session, database.schema, run))
}

/** Throws a TransitionError or a SyncConfigError for a connection that cannot be sent to from this scope. */
export async function insertRun(session: SqlSession, schema: string, run: NewRun): Promise<{ runId: string }> {
  const { mode, connectionId, model, scope, filter, actor, auditRunId = null, impactRunId = null } = run
  const runId = randomUUID()
  const { rows } = await session.executeSql<{ id: string; name: string; scope: string; state: string }>(
    `select id, name, scope, state from ${schema}.connection where id::text = lower($1)`,
    [connectionId],
  )
  const [connection] = rows
  const what = mode === 'audit' ? 'An audit' : 'A backfill'
  const cannot = `${what} of ${model.labelPlural} to the connection "${connection?.name ?? connectionId}" cannot start`
  if (!connection) throw new TransitionError(`${cannot}: there is no such connection.`)
  if (connection.state !== 'active') {
    throw new TransitionError(`${cannot}: it is ${connection.state}. Enable it first.`)
  }
  // Otherwise one tenant's records would go to another tenant's account.
  if (!isWithinScope(scope, connection.scope)) {
    throw new SyncConfigError(
      `${cannot} for "${scope}": it serves "${connection.scope}" and what lies below. Choose a scope there.`,
    )
  }
  await session.executeSql(
    `insert into ${schema}.sync_run
       (id, connection_id, mode, source_model, scope, filter, state, actor, audit_run_id, impact_run_id)
     values ($1, $2, $3, $4, $5, $6, 'waiting', $7, $8, $9)`,
    [runId, connection.id, mode, model.name, scope, JSON.stringify(filter), actor, auditRunId, impactRunId],
  )
  await writeAuditEntry(session, schema, {
    actor,
    action: `${mode}.started`,
    scope,
    target: `sync_run:${runId}`,
    before: null,
    after: {
      connectionId: connection.id,
      sourceModel: model.name,
      filter,
      ...(auditRunId ? { auditRunId } : {}),
      ...(impactRunId ? { impactRunId } : {}),
    },
  })
  return { runId }
}

/** Throws a SyncConfigError that names what there is. */
export function findSourceModel(catalog: Pick<Catalog, 'sourceModel' | 'sourceModels'>, name: string): SourceModel {
  const model = catalog.sourceModel(name)
  if (model) return model
  const names = catalog.sourceModels().map((one) => one.name)
  throw new SyncConfigError(
    `There is no source model "${name}" to list records of.${didYouMean(name, names)} There are: ${names.join(', ') || 'none'}.`,
  )
}
