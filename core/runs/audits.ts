// What can be done with audits: start one, start all that are due by the schedule, read what was found, and put what is
// missing into the queue. These only write a row; a driver does the work (advance-audit.ts).
import { parseMappings } from '../connections/connection-mappings.ts'
import type { Database } from '../database/transaction.ts'
import { messageOf, OutboundSyncError, TransitionError } from '../errors.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { Log } from '../sdk/log.ts'
import type { SourceFilter } from '../sdk/source-model.ts'
import {
  type AuditEntry,
  type AuditReport,
  listAuditEntries,
  loadAuditReport,
  loadNewestAudits,
} from './audit-report.ts'
import { checkFilter } from './check-filter.ts'
import type { Finding } from './judge-records.ts'
import { type RunMoves, runMoves } from './move-run.ts'
import { findSourceModel, insertRun, startRun } from './start-run.ts'

export interface Audits extends RunMoves {
  start(options: {
    connectionId: string
    sourceModel: string
    scope: string
    filter?: SourceFilter
    actor: string
  }): Promise<{ runId: string }>
  /** One for each active connection and kind of record its mappings use, unless one is on its way. */
  startScheduled(): Promise<{ startedCount: number }>
  report(runId: string): Promise<AuditReport>
  entries(options: {
    runId: string
    finding: Finding | null
    after: string | null
    limit: number
  }): Promise<AuditEntry[]>
  /** What was last found at the connections. */
  newest(connectionIds: readonly string[]): Promise<AuditReport[]>
  /** A backfill of what is missing and not in the queue; with its first ten, its pauses and its report. */
  sendMissing(options: { runId: string; actor: string }): Promise<{ runId: string }>
}

const scheduleActor = 'the schedule'

export function createAudits({
  database,
  catalog,
  log,
}: {
  database: Database
  catalog: Pick<Catalog, 'sourceModel' | 'sourceModels' | 'sourceModelOf'>
  log: Log
}): Audits {
  const { schema } = database

  async function report(runId: string): Promise<AuditReport> {
    const found = await loadAuditReport(database, schema, runId)
    if (!found) throw new OutboundSyncError('run_not_found', `There is no audit ${runId}.`)
    return found
  }

  // The kinds of records that the mappings in force begin at. A mapping at fault is told where it is used.
  function modelsOf({ name, document }: { name: string; document: unknown }): string[] {
    try {
      const enabled = parseMappings(document ?? [], name).filter((mapping) => mapping.isEnabled)
      return [...new Set(enabled.flatMap((mapping) => catalog.sourceModelOf(mapping.sourceModel)?.name ?? []))]
    } catch (error) {
      log.warn({ connectionName: name, error: messageOf(error) }, 'A connection cannot be audited')
      return []
    }
  }

  function startUnlessOpen(audit: { connectionId: string; scope: string; sourceModel: string }): Promise<boolean> {
    const { connectionId, sourceModel, scope } = audit
    const model = findSourceModel(catalog, sourceModel)
    return database.transaction(async (session) => {
      // Two schedules that fire at one moment must not both see that there is none.
      await session.executeSql('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
        `${schema} audit ${connectionId} ${sourceModel}`,
      ])
      const { rows: open } = await session.executeSql(
        `select id from ${schema}.sync_run
         where mode = 'audit' and connection_id = $1 and source_model = $2 and state in ('waiting', 'running')`,
        [connectionId, sourceModel],
      )
      if (open.length > 0) return false
      await insertRun(session, schema, { mode: 'audit', connectionId, model, scope, filter: {}, actor: scheduleActor })
      return true
    })
  }

  return Object.freeze({
    ...runMoves(database, ['audit']),
    report,

    start: async ({ sourceModel, filter = {}, ...request }) => {
      const model = findSourceModel(catalog, sourceModel)
      return startRun(database, { ...request, mode: 'audit', model, filter: checkFilter(model, filter) })
    },

    async startScheduled() {
      const { rows } = await database.executeSql<{ id: string; name: string; scope: string; document: unknown }>(
        `select c.id, c.name, c.scope, m.document from ${schema}.connection c
         cross join lateral (
           select document from ${schema}.mapping_version
           where connection_id = c.id and published_at is not null order by version desc limit 1
         ) m
         where c.state = 'active' order by c.id`,
        [],
      )
      const wanted = rows.flatMap(({ id, name, scope, document }) =>
        modelsOf({ name, document }).map((sourceModel) => ({ connectionId: id, scope, sourceModel })),
      )
      let startedCount = 0
      for (const { connectionId, scope, sourceModel } of wanted) {
        const isStarted = await startUnlessOpen({ connectionId, scope, sourceModel }).catch((error: unknown) => {
          // Disabled in the meantime, say; the other connections are audited all the same.
          log.warn({ connection: connectionId, sourceModel, error: messageOf(error) }, 'An audit could not be started')
          return false
        })
        if (isStarted) startedCount += 1
      }
      return { startedCount }
    },

    entries: (options) => listAuditEntries(database, schema, options),
    newest: (connectionIds) => loadNewestAudits(database, schema, connectionIds),

    async sendMissing({ runId, actor }) {
      const audit = await report(runId)
      const { connectionId, scope, sourceModel } = audit
      const model = findSourceModel(catalog, sourceModel)
      const cannot = `What the audit of ${model.labelPlural} found missing cannot be sent`
      if (audit.state !== 'finished') throw new TransitionError(`${cannot}: it is ${audit.state}. Wait for its end.`)
      if (audit.sendableCount === 0) throw new TransitionError(`${cannot}: everything missing is in the queue already.`)
      return database.transaction(async (session) => {
        // So that two who press the button at once start one backfill.
        await session.executeSql(`select id from ${schema}.sync_run where id = $1 for no key update`, [audit.runId])
        const { rows: open } = await session.executeSql(
          `select id from ${schema}.sync_run
           where audit_run_id = $1 and state in ('waiting', 'canary', 'running', 'paused')`,
          [audit.runId],
        )
        if (open.length > 0) throw new TransitionError(`${cannot}: a backfill of it is on its way already.`)
        return insertRun(session, schema, {
          mode: 'backfill',
          connectionId,
          model,
          scope,
          filter: {},
          actor,
          auditRunId: audit.runId,
        })
      })
    },
  } satisfies Audits)
}
