// What a person can do with backfills: count what a filter matches, start one, pause, resume and stop it, read its report.
// These only write a row; a driver (run-driver.ts) does the work.
import { randomUUID } from 'node:crypto'
import { isWithinScope } from '../connections/resolve-activation.ts'
import { writeAuditEntry } from '../connections/write-audit-entry.ts'
import type { Database } from '../database/transaction.ts'
import { OutboundSyncError, SyncConfigError, TransitionError } from '../errors.ts'
import type { Catalog } from '../registry/catalog.ts'
import { didYouMean } from '../sdk/near-name.ts'
import type { SourceFilter, SourceModel } from '../sdk/source-model.ts'
import { checkFilter } from './check-filter.ts'
import { moveRun, type RunMoveRequest } from './move-run.ts'
import { countRecords } from './read-page.ts'
import { loadRunSummaries, type RunSummary } from './run-report.ts'

export interface Backfills {
  /** How many records a backfill would be for. */
  count(options: { sourceModel: string; scope: string; filter?: SourceFilter; signal?: AbortSignal }): Promise<number>
  start(options: {
    connectionId: string
    sourceModel: string
    scope: string
    filter?: SourceFilter
    actor: string
  }): Promise<{ runId: string }>
  /** No more records are put into the queue; those in it are sent. */
  pause(request: RunMoveRequest): Promise<void>
  /** Goes on where it was, also after the host's records could not be read. */
  resume(request: RunMoveRequest): Promise<void>
  /** For good; its jobs that still wait are canceled. */
  stop(request: RunMoveRequest): Promise<{ canceledCount: number }>
  report(runId: string): Promise<RunSummary>
  /** Newest first. */
  list(options?: { connectionId?: string; limit?: number }): Promise<RunSummary[]>
}

export function createBackfills({
  database,
  catalog,
}: {
  database: Database
  catalog: Pick<Catalog, 'sourceModel' | 'sourceModels'>
}): Backfills {
  const { schema } = database

  function findModel(name: string): SourceModel {
    const model = catalog.sourceModel(name)
    if (model) return model
    const names = catalog.sourceModels().map((one) => one.name)
    throw new SyncConfigError(
      `There is no source model "${name}" to list records of.${didYouMean(name, names)} There are: ${names.join(', ') || 'none'}.`,
    )
  }

  return Object.freeze({
    async count({ sourceModel, scope, filter = {}, signal = new AbortController().signal }) {
      const model = findModel(sourceModel)
      const checked = checkFilter(model, filter)
      return countRecords({ model, filter: checked, scope, signal })
    },

    async start({ connectionId, sourceModel, scope, filter = {}, actor }) {
      const model = findModel(sourceModel)
      const checked = checkFilter(model, filter)
      const runId = randomUUID()
      await database.transaction(async (session) => {
        const { rows } = await session.executeSql<{ id: string; name: string; scope: string; state: string }>(
          `select id, name, scope, state from ${schema}.connection where id::text = lower($1)`,
          [connectionId],
        )
        const [connection] = rows
        const cannot = `A backfill of ${model.labelPlural} to the connection "${connection?.name ?? connectionId}" cannot start`
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
          `insert into ${schema}.sync_run (id, connection_id, mode, source_model, scope, filter, state, actor)
           values ($1, $2, 'backfill', $3, $4, $5, 'waiting', $6)`,
          [runId, connection.id, sourceModel, scope, JSON.stringify(checked), actor],
        )
        await writeAuditEntry(session, schema, {
          actor,
          action: 'backfill.started',
          scope,
          target: `sync_run:${runId}`,
          before: null,
          after: { connectionId: connection.id, sourceModel, filter: checked },
        })
      })
      return { runId }
    },

    async pause(request) {
      await moveRun(database, 'pause', request)
    },
    async resume(request) {
      await moveRun(database, 'resume', request)
    },
    stop: (request) => moveRun(database, 'stop', request),

    async report(runId) {
      const [summary] = await loadRunSummaries(database, schema, { runId, limit: 1 })
      if (!summary) throw new OutboundSyncError('run_not_found', `There is no backfill ${runId}.`)
      return summary
    },
    list: ({ connectionId, limit = 20 } = {}) => loadRunSummaries(database, schema, { connectionId, limit }),
  } satisfies Backfills)
}
