// Retry and cancel for all lines that match. Which lines those are is noted when it is asked for: what fails or comes in
// later is not touched. Rights are judged then too: the lines of scopes in which whoever asks may operate are noted, the
// others he sees are counted as refused. A driver does the work (advance-bulk.ts).
import { randomUUID } from 'node:crypto'
import type { Database } from '../database/transaction.ts'
import { writeAuditEntry } from '../database/write-audit-entry.ts'
import { OutboundSyncError } from '../errors.ts'
import { countLines, type LineSelection, matchingLinesSql } from '../queue/line-filters.ts'
import { bulkCheckpointSchema } from './checkpoint.ts'
import { type RunMoves, runMoves } from './move-run.ts'

/** A run is for this many lines at most; whoever has more asks again. */
export const maxBulkLineCount = 100_000

export type BulkMode = 'retry' | 'cancel'

export interface BulkPreview {
  /** Lines it would be for, at most `maxBulkLineCount + 1`. */
  lineCount: number
  /** Lines that match and that may be seen but not changed. */
  refusedCount: number
  /** The newest row there is; lines that come in after it are not among those counted. */
  upTo: string
}

export interface BulkRequest {
  /** With the scopes in which whoever asks may operate. */
  selection: LineSelection
  /** Scopes in which he may look and not operate; null when there is none. */
  refusedScopes: readonly string[] | null
}

export interface BulkReport {
  lineCount: number
  /** Lines looked at so far. */
  position: number
  done: number
  inFlight: number
  vanished: number
  askedAgain: number
  refused: number
}

export interface BulkActions extends RunMoves {
  preview(request: BulkRequest): Promise<BulkPreview>
  start(
    request: BulkRequest & {
      mode: BulkMode
      actor: string
      /** Nothing that came in after this row. */
      upTo: string
      /** The filter as a person reads it again later. */
      filter: Readonly<Record<string, string>>
      /** Why it is canceled, for the history. */
      note?: string
    },
  ): Promise<{ runId: string; lineCount: number }>
  report(runId: string): Promise<BulkReport>
  /** The scopes of its lines that are still in the queue, for whoever is to say whether it may go on. */
  openScopes(runId: string): Promise<readonly string[]>
}

export function createBulkActions({ database }: { database: Database }): BulkActions {
  const { schema } = database

  async function countRefused({ selection, refusedScopes }: BulkRequest): Promise<number> {
    if (refusedScopes === null || refusedScopes.length === 0) return 0
    const refused = { ...selection, scopes: refusedScopes }
    return countLines(database, schema, { selection: refused, limit: maxBulkLineCount + 1 })
  }

  return Object.freeze({
    ...runMoves(database, ['retry', 'cancel']),

    async report(runId) {
      const { rows } = await database.executeSql<{ checkpoint: unknown; total_count: number }>(
        `select checkpoint, total_count from ${schema}.sync_run
         where mode in ('retry', 'cancel') and id::text = lower($1)`,
        [runId],
      )
      const [row] = rows
      if (!row) throw new OutboundSyncError('run_not_found', `There is no retry or cancel ${runId}.`)
      return { ...bulkCheckpointSchema.parse(row.checkpoint ?? {}), lineCount: row.total_count }
    },

    async openScopes(runId) {
      const { rows } = await database.executeSql<{ scope: string }>(
        `select distinct j.scope from ${schema}.sync_run run
         cross join unnest(run.job_ids) as noted (id) join ${schema}.sync_job j on j.id = noted.id
         where run.id::text = lower($1)`,
        [runId],
      )
      return rows.map(({ scope }) => scope)
    },

    async preview(request) {
      const { rows } = await database.executeSql<{ up_to: string }>(
        `select coalesce(max(id), 0)::text as up_to from ${schema}.sync_job`,
        [],
      )
      const { selection } = request
      const lineCount = await countLines(database, schema, { selection, limit: maxBulkLineCount + 1 })
      return { lineCount, refusedCount: await countRefused(request), upTo: rows[0]?.up_to ?? '0' }
    },

    async start({ mode, actor, upTo, filter, note, ...request }) {
      const { selection } = request
      const runId = randomUUID()
      const checkpoint = bulkCheckpointSchema.parse({ refused: await countRefused(request) })
      const matching = matchingLinesSql(schema, selection)
      const stored = note ? { ...filter, note } : filter
      const lineCount = await database.transaction(async (session) => {
        const { rows } = await session.executeSql<{ total_count: number }>(
          `insert into ${schema}.sync_run
             (id, connection_id, mode, source_model, scope, filter, state, actor, checkpoint, job_ids, total_count)
           select $9::uuid, $1::uuid, $10, '', $3, $11::jsonb, 'waiting', $12, $13::jsonb, ids, cardinality(ids)
           from (select coalesce(array_agg(id order by id), '{}') as ids from (${matching.text}) line) noted
           returning total_count`,
          [
            ...matching.values,
            upTo,
            maxBulkLineCount,
            runId,
            mode,
            JSON.stringify(stored),
            actor,
            JSON.stringify(checkpoint),
          ],
        )
        const count = rows[0]?.total_count ?? 0
        await writeAuditEntry(session, schema, {
          actor,
          action: `${mode}.started`,
          scope: selection.scope,
          target: `sync_run:${runId}`,
          before: null,
          after: { connectionId: selection.connectionId, filter: stored, lineCount: count },
        })
        return count
      })
      return { runId, lineCount }
    },
  } satisfies BulkActions)
}
