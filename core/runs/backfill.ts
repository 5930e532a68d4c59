// What a person can do with backfills: count what a filter matches, start one, pause, resume and stop it, read its report.
// These only write a row; a driver (run-driver.ts) does the work.
import type { Database } from '../database/transaction.ts'
import { OutboundSyncError } from '../errors.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { SourceFilter } from '../sdk/source-model.ts'
import { checkFilter } from './check-filter.ts'
import { type RunMoves, runMoves } from './move-run.ts'
import { countRecords } from './read-page.ts'
import { loadRunSummaries, type RunSummary } from './run-report.ts'
import { findSourceModel, startRun } from './start-run.ts'

export interface Backfills extends RunMoves {
  /** How many records a backfill would be for. */
  count(options: { sourceModel: string; scope: string; filter?: SourceFilter; signal?: AbortSignal }): Promise<number>
  start(options: {
    connectionId: string
    sourceModel: string
    scope: string
    filter?: SourceFilter
    actor: string
  }): Promise<{ runId: string }>
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

  return Object.freeze({
    async count({ sourceModel, scope, filter = {}, signal = new AbortController().signal }) {
      const model = findSourceModel(catalog, sourceModel)
      const checked = checkFilter(model, filter)
      return countRecords({ model, filter: checked, scope, signal })
    },

    async start({ connectionId, sourceModel, scope, filter = {}, actor }) {
      const model = findSourceModel(catalog, sourceModel)
      const checked = checkFilter(model, filter)
      return startRun(database, { mode: 'backfill', connectionId, model, scope, filter: checked, actor })
    },

    ...runMoves(database, ['backfill']),

    async report(runId) {
      const [summary] = await loadRunSummaries(database, schema, { runId, limit: 1 })
      if (!summary) throw new OutboundSyncError('run_not_found', `There is no backfill ${runId}.`)
      return summary
    },
    list: ({ connectionId, limit = 20 } = {}) => loadRunSummaries(database, schema, { connectionId, limit }),
  } satisfies Backfills)
}
