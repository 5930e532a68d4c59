// Runs beside backfills for the pages: a retry in the middle, a cancel that is done, an audit with every finding.
import { randomUUID } from 'node:crypto'
import type { AdminFixture } from './admin-fixture.ts'
import { eventScope } from './fixture-plugins.ts'

export interface RunIds {
  retry: string
  cancel: string
  audit: string
  completeAudit: string
}

export async function insertBulkAndAudit(
  fixture: Pick<AdminFixture, 'sql'>,
  { connection }: { connection: string },
): Promise<RunIds> {
  const insert = async (run: {
    mode: string
    connection: string | null
    model: string
    state: string
    total: number
    checkpoint: object
    filter?: object
    scope?: string
  }): Promise<string> => {
    const id = randomUUID()
    const isEnded = run.state === 'finished'
    await fixture.sql(
      `insert into outbound_sync.sync_run
         (id, connection_id, mode, source_model, scope, filter, state, total_count, actor, checkpoint, job_ids,
          created_at, started_at, finished_at)
       values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, 'Anna Berg (anna@example.com)', $9::jsonb, '{}',
               now() - interval '3 minutes', now() - interval '3 minutes', case when $10 then now() - interval '1 minute' end)`,
      [
        ...[id, run.connection, run.mode, run.model, run.scope ?? ''],
        ...[JSON.stringify(run.filter ?? {}), run.state, run.total, JSON.stringify(run.checkpoint), isEnded],
      ],
    )
    return id
  }
  const retry = await insert({
    ...{ mode: 'retry', connection: null, model: '', state: 'running', total: 12_400 },
    filter: { state: 'needs_attention', reason: 'exceeded' },
    checkpoint: { position: 7_250, done: 7_201, inFlight: 9, vanished: 40, refused: 12 },
  })
  const cancel = await insert({
    ...{ mode: 'cancel', connection, model: '', state: 'finished', total: 310, scope: eventScope },
    filter: { state: 'retrying', connection, scope: eventScope, note: 'The old account is closed.' },
    checkpoint: { position: 310, done: 300, inFlight: 2, vanished: 5, askedAgain: 3 },
  })
  const found = { never_synced: 3, stale: 1, failed: 2, overdue: 1 }
  const audit = await insert({
    ...{ mode: 'audit', connection, model: 'Order', state: 'finished', total: 34, scope: 'organizer:acme' },
    checkpoint: { ...found, complete: 20, waiting: 4, canceled: 1, plugin_off: 2, isAtEnd: true },
  })
  const entries: [id: string, finding: string, message: string | null][] = [
    ['11', 'never_synced', null],
    ['12', 'never_synced', null],
    ['13', 'never_synced', 'The last try ended as “retry”: connect ETIMEDOUT'],
    ['14', 'stale', null],
    ['3', 'failed', 'The e-mail address is not one.'],
    ['15', 'failed', 'The field “vat” does not exist.'],
    ['16', 'overdue', 'The remote is down.'],
    ['17', 'canceled', 'Canceled by Anna Berg (anna@example.com): sent by hand'],
  ]
  for (const [id, finding, message] of entries) {
    await fixture.sql(
      `insert into outbound_sync.run_entry (run_id, source_model, source_id, scope, outcome, message)
       values ($1, 'Order', $2, $3, $4, $5)`,
      [audit, id, eventScope, finding, message],
    )
  }
  const completeAudit = await insert({
    ...{ mode: 'audit', connection, model: 'Order', state: 'finished', total: 34, scope: eventScope },
    checkpoint: { complete: 34, isAtEnd: true },
  })
  return { retry, cancel, audit, completeAudit }
}
