// What the tests of backfills stand on: a host with a table of records and a source model over it, a fake of enqueue that
// also notes every subject it was handed, and a queue that is played by hand.
import { randomUUID } from 'node:crypto'
import type { Database, SqlSession } from '../../../core/database/transaction.ts'
import type { Backfills } from '../../../core/runs/backfill.ts'
import type { EnqueueSubjects, PreviewSubjects } from '../../../core/runs/run-dependencies.ts'
import type { RunSummary } from '../../../core/runs/run-report.ts'
import type { SourceModel } from '../../../core/sdk/source-model.ts'
import type { ObjectPreview, SubjectPreview } from '../../../core/sync/preview-subjects.ts'
import { sampleSourceModel } from '../registry/sample-plugins.ts'

export const scope = 'organizer:acme'

export async function createBenchTables(database: Database): Promise<void> {
  await database.executeSql('create table record (id bigint primary key, scope text not null, status text not null)')
  await database.executeSql(
    'create table enqueue_log (run_id text not null, source_id text not null, priority integer)',
  )
}

export async function emptyBench(database: Database): Promise<void> {
  await database.executeSql(
    `truncate record, enqueue_log, outbound_sync.connection, outbound_sync.sync_run, outbound_sync.sync_link, outbound_sync.external_object, outbound_sync.plugin_activation, outbound_sync.mapping_version, outbound_sync.sync_job, outbound_sync.audit_entry,
       outbound_sync.attempt cascade`,
  )
}

export async function insertRecords(database: Database, count: number): Promise<void> {
  await database.executeSql(
    `insert into record (id, scope, status)
     select n, $2, case when n % 2 = 0 then 'paid' else 'open' end from generate_series(1, $1::int) n`,
    [count, scope],
  )
}

export async function insertConnection(database: Database): Promise<string> {
  const id = randomUUID()
  await database.executeSql(
    `insert into outbound_sync.connection (id, provider, provider_version, scope, name, account_key)
     values ($1, 'crm', '1.0.0', $2, $3, 'account')`,
    [id, scope, `CRM ${id}`],
  )
  return id
}

/** Reads the table by keyset, as a host would. */
export function recordModel(database: SqlSession, changes: Partial<SourceModel> = {}): SourceModel {
  return sampleSourceModel({
    filters: [
      { key: 'status', label: 'Status', type: 'choice', options: ['paid', 'open'].map((key) => ({ key, label: key })) },
      { key: 'from', label: 'From', type: 'date' },
    ],
    async page(after, filter, { limit }) {
      const { rows } = await database.executeSql<{ id: string; scope: string }>(
        `select id::text as id, scope from record
         where id > $1::bigint and ($2::text is null or status = $2) order by record.id limit $3`,
        [after ?? 0, filter.status ?? null, limit + 1],
      )
      const records = rows.slice(0, limit)
      return { records, next: rows.length > limit ? (records.at(-1)?.id ?? null) : null }
    },
    async count(filter) {
      const { rows } = await database.executeSql<{ count: number }>(
        'select count(*)::int as count from record where $1::text is null or status = $1',
        [filter.status ?? null],
      )
      return rows[0]?.count ?? 0
    },
    ...changes,
  })
}

/** Inserts the rows that enqueue inserts. */
export function createEnqueue({ delayMs = 0 }: { delayMs?: number } = {}): EnqueueSubjects {
  return async (session, { connectionId, subjects, trigger, priority }) => {
    const { rows } = await session.executeSql(
      `with logged as (
         insert into enqueue_log (run_id, source_id, priority) select $5, id, $6 from unnest($4::text[]) as id
       )
       insert into outbound_sync.sync_job (connection_id, scope, source_model, source_id, triggers, priority)
       select $1, subject.scope, subject.model, subject.id,
              jsonb_build_array(jsonb_build_object('name', 'backfill', 'at', now(), 'run', $5::text)), $6
       from unnest($2::text[], $3::text[], $4::text[]) as subject (scope, model, id)
       returning id`,
      [
        connectionId,
        subjects.map((subject) => subject.scope),
        subjects.map((subject) => subject.model),
        subjects.map((subject) => subject.id),
        trigger.run,
        priority,
      ],
    )
    if (delayMs > 0) await session.executeSql('select pg_sleep($1)', [delayMs / 1000])
    return { enqueuedCount: rows.length }
  }
}

/**
 * Previews by the last digit of the id: 0 fails by its own value, 1 is up to date, 2 is skipped, 3 waits, 4 is updated, all
 * others are created.
 */
export function createPreview(): PreviewSubjects {
  return async ({ subjects }) => subjects.map(previewOf)
}

function previewOf(subject: { model: string; id: string }): SubjectPreview {
  const { model, id } = subject
  const cases: Record<string, [SubjectPreview['verdict'], ObjectPreview['action'], string | null]> = {
    0: ['failed', 'failed', `Cannot write "value of ${id}" to the property "amount" (decimal).`],
    1: ['nothing_to_do', 'nothing_to_do', null],
    2: ['skipped', 'skipped', 'The condition of the mapping "deals" is not met.'],
    3: ['waiting', 'waiting', `It waits for Customer ${id}.`],
    4: ['sends', 'update', null],
  }
  const [verdict, action, reason] = cases[id.at(-1) ?? ''] ?? ['sends', 'create', null]
  const property = (externalField: string, isChanged: boolean) => ({
    ...{ externalField, updateMode: 'overwrite' as const, value: id, lastSent: isChanged ? 'old' : id, isChanged },
  })
  const object: ObjectPreview = {
    ...{ mappingKey: 'deals', sourceModel: model, sourceId: id, externalObjectType: 'deal', externalIdField: 'code' },
    ...{ idValue: `K${id}`, action, reason, known: null, trace: null },
    properties: action === 'failed' ? [] : [property('amount', action !== 'nothing_to_do'), property('title', false)],
  }
  return { subject, label: `K${id}`, scope, verdict, reason, objects: [object] }
}

/** Ends up to `limit` waiting jobs as the queue would: job and entry in one statement. Resolves to their number. */
export async function playQueue(
  database: SqlSession,
  { limit = 1_000_000, outcomes = {} }: { limit?: number; outcomes?: Record<string, string> } = {},
): Promise<number> {
  const { rows } = await database.executeSql<{ source_id: string }>(
    `with job as (
       select id, source_id, coalesce($2::jsonb ->> source_id, 'succeeded') as outcome from outbound_sync.sync_job
       where state = 'waiting' and not_before <= now() order by priority desc, id limit $1 for update skip locked
     ),
     done as (
       delete from outbound_sync.sync_job j using job
       where j.id = job.id and job.outcome in ('succeeded', 'nothing_to_do', 'skipped', 'gone') returning j.id
     ),
     failed as (
       update outbound_sync.sync_job j set state = 'needs_attention', reason = job.outcome, message = 'The remote refused it.'
       from job where j.id = job.id and job.outcome in ('exceeded', 'permanent', 'config', 'internal', 'timeout')
     ),
     retrying as (
       update outbound_sync.sync_job j
       set failed_attempts = failed_attempts + 1, not_before = now() + interval '1 hour', message = 'The remote is down.'
       from job where j.id = job.id and job.outcome = 'retry'
     )
     insert into outbound_sync.run_entry
       (run_id, source_model, source_id, outcome, message, created_count, updated_count, nothing_to_do_count, failed_count)
     select (trigger ->> 'run')::uuid, j.source_model, j.source_id, job.outcome,
            case when job.outcome = 'permanent' then 'The remote refused it.' end,
            case when job.outcome = 'succeeded' then 2 else 0 end, case when job.outcome = 'succeeded' then 1 else 0 end,
            case when job.outcome = 'nothing_to_do' then 3 else 0 end, case when job.outcome = 'permanent' then 1 else 0 end
     from job join outbound_sync.sync_job j using (id), jsonb_array_elements(j.triggers) as trigger
     where trigger ? 'run' and job.outcome <> 'retry'
     on conflict (run_id, source_model, source_id, stream, phase) do update set outcome = excluded.outcome
     returning source_id`,
    [limit, JSON.stringify(outcomes)],
  )
  return rows.length
}

export async function countJobs(database: SqlSession, where = 'true'): Promise<number> {
  const { rows } = await database.executeSql<{ count: number }>(
    `select count(*)::int as count from outbound_sync.sync_job where ${where}`,
  )
  return rows[0]?.count ?? 0
}

/** Subjects handed to enqueue, and how many of them more than once. */
export async function countEnqueued(database: SqlSession): Promise<{ subjects: number; doubles: number }> {
  const { rows } = await database.executeSql<{ subjects: number; doubles: number }>(
    `select count(*)::int as subjects, count(*) filter (where times > 1)::int as doubles
     from (select count(*) as times from enqueue_log group by run_id, source_id) subject`,
  )
  return rows[0] ?? { subjects: 0, doubles: 0 }
}

/** Makes every lease over, every failed try due and every canary old, as time would. */
export async function letTimePass(database: SqlSession, interval: string): Promise<void> {
  await database.executeSql(
    `update outbound_sync.sync_run set lease_until = lease_until - $1::interval,
       checkpoint = checkpoint
         || jsonb_build_object('canarySince', (checkpoint ->> 'canarySince')::timestamptz - $1::interval)
         || jsonb_build_object('retryAt', (checkpoint ->> 'retryAt')::timestamptz - $1::interval)`,
    [interval],
  )
  await database.executeSql(`update outbound_sync.connection set updated_at = updated_at - $1::interval`, [interval])
}

/** Reads the report until it is as wished; fails with the last one after the deadline. */
export async function reportWhen(
  backfills: Backfills,
  runId: string,
  isAsWished: (report: RunSummary) => boolean,
  { deadlineMs = 20_000 }: { deadlineMs?: number } = {},
): Promise<RunSummary> {
  const endsAt = performance.now() + deadlineMs
  while (true) {
    const report = await backfills.report(runId)
    if (isAsWished(report)) return report
    if (performance.now() > endsAt) throw new Error(`Not in time. The run is ${JSON.stringify(report)}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
