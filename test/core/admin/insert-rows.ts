// Puts what the pages show into the tables, a row or a few at a time.
import { randomUUID } from 'node:crypto'
import type { AdminFixture } from './admin-fixture.ts'
import { eventScope, orders } from './fixture-plugins.ts'

export interface JobRow {
  connection: string
  order: string
  scope?: string
  stream?: string
  state?: string
  reason?: string | null
  message?: string | null
  /** Minutes from now. */
  dueInMinutes?: number
  checkInMinutes?: number
  waitingFor?: { model: string; id: string } | null
  failedAttempts?: number
  takenInMinutesAgo?: number
  trigger?: { name: string; actor?: string }
}

/** The plugin of the fixture's connections, switched on or off by somebody. */
export async function insertActivation(
  fixture: Pick<AdminFixture, 'sql'>,
  { scope = 'organizer:acme', isActive = true }: { scope?: string; isActive?: boolean } = {},
): Promise<void> {
  await fixture.sql(
    `insert into outbound_sync.plugin_activation (plugin, scope, is_active, changed_by) values ('crm', $1, $2, 'test')`,
    [scope, isActive],
  )
}

export async function insertJob(fixture: Pick<AdminFixture, 'sql'>, job: JobRow): Promise<string> {
  const [row] = await fixture.sql(
    `insert into outbound_sync.sync_job
       (connection_id, scope, source_model, source_id, stream, state, reason, message, not_before, check_at, waiting_for,
        failed_attempts, triggers, created_at, expires_at)
     values ($1, $2, 'Order', $3, $4, $5, $6, $7, now() + make_interval(mins => $8::int),
             case when $9::int is null then null else now() + make_interval(mins => $9::int) end, $10::jsonb, $11,
             jsonb_build_array(jsonb_build_object('name', $12::text, 'at', now() - make_interval(mins => $13::int)) ||
               case when $14::text is null then '{}' else jsonb_build_object('actor', $14::text) end),
             now() - make_interval(mins => $13::int), case when $10::jsonb is null then null else now() + interval '1 day' end)
     returning id::text`,
    [
      job.connection,
      job.scope ?? eventScope,
      job.order,
      job.stream ?? '',
      job.state ?? 'waiting',
      job.reason ?? null,
      job.message ?? null,
      job.dueInMinutes ?? 0,
      job.checkInMinutes ?? null,
      job.waitingFor ? JSON.stringify(job.waitingFor) : null,
      job.failedAttempts ?? 0,
      job.trigger?.name ?? 'order_placed',
      job.takenInMinutesAgo ?? 3,
      job.trigger?.actor ?? null,
    ],
  )
  return String(row?.id)
}

export interface AttemptRow {
  connection: string
  order: string
  scope?: string
  outcome: string
  message?: string | null
  minutesAgo: number
  failedAttempts?: number
  nextTryInMinutes?: number
  trigger?: { name: string; actor?: string; run?: string }
  run?: string
  objects?: {
    action: string
    idValue: string
    sent?: unknown
    answered?: unknown
    message?: string
    href?: string
    displayName?: string
  }[]
}

export async function insertAttempt(fixture: Pick<AdminFixture, 'sql'>, attempt: AttemptRow): Promise<string> {
  const label = orders.find(({ id }) => id === attempt.order)?.code ?? attempt.order
  const [row] = await fixture.sql(
    `insert into outbound_sync.attempt
       (id, job_id, connection_id, scope, source_model, source_id, source_label, stream, outcome, message, triggers,
        failed_attempts, next_try_at, mapping_version, worker, run_id, trace_id, duration_ms, finished_at)
     values (nextval('outbound_sync.fence'), 1, $1, $2, 'Order', $3, $4, '', $5, $6,
             jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('name', $7::text, 'actor', $8::text,
               'at', now() - make_interval(mins => $9::int)))),
             $10, case when $11::int is null then null else now() + make_interval(mins => $11::int) end, 3, 'web-1/417',
             $12, '4bf92f3577b34da6a3ce929d0e0e4736', 184, now() - make_interval(mins => $9::int))
     returning id::text`,
    [
      attempt.connection,
      attempt.scope ?? eventScope,
      attempt.order,
      label,
      attempt.outcome,
      attempt.message ?? null,
      attempt.trigger?.name ?? 'order_placed',
      attempt.trigger?.actor ?? null,
      attempt.minutesAgo,
      attempt.failedAttempts ?? 0,
      attempt.nextTryInMinutes ?? null,
      attempt.run ?? null,
    ],
  )
  const id = String(row?.id)
  for (const object of attempt.objects ?? []) {
    await fixture.sql(
      `insert into outbound_sync.attempt_object
         (attempt_id, mapping_key, source_model, source_id, object_type, id_field, id_value, action, remote_id, sent,
          answered, message, href, display_name)
       values ($1, 'deals', 'Order', $2, 'deal', 'code', $3, $4, 'd-17', $5::jsonb, $6::jsonb, $7, $8, $9)`,
      [
        id,
        attempt.order,
        object.idValue,
        object.action,
        object.sent === undefined ? null : JSON.stringify(object.sent),
        object.answered === undefined ? null : JSON.stringify(object.answered),
        object.message ?? null,
        object.href ?? null,
        object.displayName ?? null,
      ],
    )
  }
  return id
}

export async function insertObject(
  fixture: Pick<AdminFixture, 'sql'>,
  object: { connection: string; order: string; idValue: string; href?: string; displayName?: string; state?: string },
): Promise<void> {
  await fixture.sql(
    `with thing as (
       insert into outbound_sync.external_object
         (connection_id, object_type, id_field, id_value, remote_id, href, display_name, state)
       values ($1, 'deal', 'code', $3, 'd-' || $2, $4, $5, $6) returning id
     )
     insert into outbound_sync.sync_link
       (connection_id, source_model, source_id, mapping_key, subject_model, subject_id, external_object_id, sent_hash,
        sent_epoch, sent_at)
     select $1, 'Order', $2, $3, 'Order', $2, id, 'hash', 1, now() - interval '12 minutes' from thing`,
    [
      object.connection,
      object.order,
      object.idValue,
      object.href ?? null,
      object.displayName ?? null,
      object.state ?? 'present',
    ],
  )
}

export async function insertRun(
  fixture: Pick<AdminFixture, 'sql'>,
  run: {
    connection: string
    state: string
    totalCount: number
    reason?: string
    scope?: string
    minutesAgo?: number
    isEnded?: boolean
  },
): Promise<string> {
  const id = randomUUID()
  await fixture.sql(
    `insert into outbound_sync.sync_run
       (id, connection_id, mode, source_model, scope, filter, state, total_count, enqueued_count, reason, actor, created_at,
        started_at, finished_at)
     values ($1, $2, 'backfill', 'Order', $3, '{"status": "paid"}', $4, $5, $5, $6, 'Anna Berg (anna@example.com)',
             now() - make_interval(mins => $7::int), now() - make_interval(mins => $7::int),
             case when $8 then now() - interval '1 minute' end)`,
    [
      id,
      run.connection,
      run.scope ?? eventScope,
      run.state,
      run.totalCount,
      run.reason ?? null,
      run.minutesAgo ?? 4,
      run.isEnded ?? false,
    ],
  )
  return id
}

export async function insertEntries(
  fixture: Pick<AdminFixture, 'sql'>,
  entries: { run: string; from: number; to: number; outcome: string; message?: string },
): Promise<void> {
  await fixture.sql(
    `insert into outbound_sync.run_entry
       (run_id, source_model, source_id, outcome, message, created_count, nothing_to_do_count, failed_count)
     select $1, 'Order', n::text, $4, $5, case when $4 = 'succeeded' then 2 else 0 end,
            case when $4 = 'nothing_to_do' then 2 else 0 end, case when $4 = 'permanent' then 1 else 0 end
     from generate_series($2::int, $3::int) n`,
    [entries.run, entries.from, entries.to, entries.outcome, entries.message ?? null],
  )
}

/** The environment "live" of the fixture's provider, with a connection that uses it. */
export async function insertEnvironment(fixture: AdminFixture, { connection }: { connection: string }): Promise<void> {
  await fixture.sql(
    `insert into outbound_sync.environment_variable (provider, provider_version, environment, name, value, sealed_value)
     values ('crm', '1.2.0', 'live', 'BASE_URL', 'https://crm.example.com/a/rather/long/path/of/an/api/v2', null),
            ('crm', '1.2.0', 'live', 'REGION', '', null),
            ('crm', '1.2.0', 'live', 'API_KEY', null, 'sealed-canary')`,
  )
  await fixture.sql(`update outbound_sync.connection set environment = 'live' where id = $1`, [connection])
}
