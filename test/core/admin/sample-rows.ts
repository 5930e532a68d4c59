// Rows for every state that the pages can show: a connection that runs, one that waits for new credentials, one that is
// slowed down; lines in each state; a history; backfills that run, stopped and ended.
import { randomUUID } from 'node:crypto'
import type { AdminFixture } from './admin-fixture.ts'
import { eventScope, mappingDocument, orders, otherScope } from './fixture-plugins.ts'

export interface SampleIds {
  sales: string
  marketing: string
  warehouse: string
  runningRun: string
  stoppedRun: string
  finishedRun: string
  pausedRun: string
  jobIds: Record<string, string>
}

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

export async function insertSample(fixture: AdminFixture): Promise<SampleIds> {
  const sales = await fixture.addConnection({ name: 'Sales CRM', lastSuccessAt: new Date(Date.now() - 40_000) })
  const marketing = await fixture.addConnection({
    name: 'Marketing CRM',
    gate: 'reconnect',
    gateReason: 'invalid_grant: the refresh token was revoked',
    lastSuccessAt: new Date(Date.now() - 2 * 86_400_000),
  })
  const warehouse = await fixture.addConnection({
    name: 'Warehouse',
    gate: 'limited',
    gateUntil: new Date(Date.now() + 7 * 60_000),
    gateReason: '429 Too Many Requests',
  })
  await fixture.addConnection({ name: 'Rival CRM', scope: 'organizer:rival' })
  await fixture.addConnection({ name: 'Archive', provider: 'archive', providerVersion: '0.4.0', scope: eventScope })
  await fixture.sql(
    `insert into outbound_sync.plugin_activation (plugin, scope, is_active, changed_by) values
     ('crm', 'organizer:acme', true, 'admin'), ('crm', 'organizer:acme/event:old25', false, 'admin'),
     ('crm', 'organizer:rival', true, 'admin')`,
  )
  for (const connection of [sales, marketing, warehouse]) {
    await fixture.sql(
      `insert into outbound_sync.mapping_version (connection_id, version, document, author, published_at)
       values ($1, 3, $2::jsonb, 'Anna Berg', now() - interval '3 days')`,
      [connection, JSON.stringify(mappingDocument)],
    )
  }
  const jobIds: Record<string, string> = {}
  const add = async (name: string, job: Parameters<typeof insertJob>[1]) => {
    jobIds[name] = await insertJob(fixture, job)
  }
  await add('exceeded', {
    connection: sales,
    order: '2',
    state: 'needs_attention',
    reason: 'exceeded',
    failedAttempts: 5,
    message: '503 Service Unavailable: maintenance until further notice',
    takenInMinutesAgo: 190,
  })
  await add('permanent', {
    connection: sales,
    order: '3',
    state: 'needs_attention',
    reason: 'permanent',
    failedAttempts: 1,
    message: 'contact_email: "anna(at)example.com" is not a valid address',
    takenInMinutesAgo: 62,
  })
  await add('config', {
    connection: sales,
    order: '4',
    state: 'needs_attention',
    reason: 'config',
    failedAttempts: 1,
    message: 'The option "vip" of the field "Ticket type" has no translation',
    takenInMinutesAgo: 55,
  })
  await add('internal', {
    connection: sales,
    order: '5',
    state: 'needs_attention',
    reason: 'internal',
    failedAttempts: 2,
    message: "Cannot read properties of undefined (reading 'id')",
    takenInMinutesAgo: 50,
  })
  await add('retrying', {
    connection: sales,
    order: '1',
    failedAttempts: 2,
    message: 'read ECONNRESET',
    dueInMinutes: 11,
    takenInMinutesAgo: 16,
    trigger: { name: 'order_paid' },
  })
  await add('waitingFor', {
    connection: sales,
    order: '6',
    waitingFor: { model: 'Customer', id: '812' },
    takenInMinutesAgo: 8,
    trigger: { name: 'order_changed' },
  })
  await add('submitted', {
    connection: sales,
    order: '7',
    state: 'submitted',
    checkInMinutes: 4,
    takenInMinutesAgo: 6,
  })
  await add('inFlight', { connection: sales, order: '8', state: 'in_flight', takenInMinutesAgo: 1 })
  await add('behind', { connection: sales, order: '8', takenInMinutesAgo: 0, trigger: { name: 'order_modified' } })
  await add('waiting', {
    connection: sales,
    order: '9',
    takenInMinutesAgo: 0,
    trigger: { name: 'sync_now', actor: 'Anna Berg (anna@example.com)' },
  })
  await add('later', { connection: sales, order: '10', dueInMinutes: 45, takenInMinutesAgo: 2 })
  await add('reconnect', { connection: marketing, order: '1', takenInMinutesAgo: 1500 })
  await add('limited', { connection: warehouse, order: '1', takenInMinutesAgo: 5 })
  await add('pluginOff', {
    connection: sales,
    order: '11',
    scope: 'organizer:acme/event:old25',
    takenInMinutesAgo: 700,
  })
  await add('foreign', { connection: sales, order: '36', scope: otherScope })

  const sent = {
    code: 'K1000',
    amount: 129.5,
    contact_email: 'anna@example.com',
    items: [{ number: 'T-1', title: 'Day pass for Anna Berg' }],
  }
  await insertAttempt(fixture, {
    connection: sales,
    order: '1',
    outcome: 'succeeded',
    minutesAgo: 300,
    objects: [
      {
        action: 'created',
        idValue: 'K1000',
        sent,
        answered: { id: 'd-17', stage: 'new' },
        href: 'https://crm.example.com/deals/17',
        displayName: 'Deal K1000',
      },
    ],
  })
  await insertAttempt(fixture, {
    connection: sales,
    order: '1',
    outcome: 'retry',
    message: 'The CRM did not answer within 10 seconds (POST https://crm.example.com/api/deals)',
    minutesAgo: 16,
    failedAttempts: 1,
    trigger: { name: 'order_paid' },
  })
  await insertAttempt(fixture, {
    connection: sales,
    order: '1',
    outcome: 'retry',
    message: 'read ECONNRESET',
    minutesAgo: 12,
    failedAttempts: 2,
    nextTryInMinutes: 11,
    trigger: { name: 'order_paid' },
    objects: [{ action: 'failed', idValue: 'K1000', sent: { ...sent, amount: 0 }, message: 'read ECONNRESET' }],
  })
  await insertAttempt(fixture, {
    connection: sales,
    order: '12',
    outcome: 'skipped',
    message: 'The order is a test order.',
    minutesAgo: 30,
  })
  await insertAttempt(fixture, {
    connection: sales,
    order: '3',
    outcome: 'permanent',
    message: 'contact_email: "anna(at)example.com" is not a valid address',
    minutesAgo: 61,
    failedAttempts: 1,
    objects: [
      {
        action: 'failed',
        idValue: 'K1002',
        sent: { contact_email: 'anna(at)example.com' },
        answered: { error: 'invalid_email' },
      },
    ],
  })
  await insertObject(fixture, {
    connection: sales,
    order: '1',
    idValue: 'K1000',
    href: 'https://crm.example.com/deals/17',
    displayName: 'Deal K1000',
  })
  await insertObject(fixture, { connection: sales, order: '1', idValue: 'K1000-OLD', state: 'orphaned' })

  const runningRun = await insertRun(fixture, { connection: sales, state: 'running', totalCount: 830 })
  await insertEntries(fixture, { run: runningRun, from: 1, to: 310, outcome: 'succeeded' })
  await insertEntries(fixture, { run: runningRun, from: 311, to: 350, outcome: 'nothing_to_do' })
  const stoppedRun = await insertRun(fixture, {
    connection: sales,
    state: 'stopped',
    totalCount: 830,
    isEnded: true,
    minutesAgo: 90,
    reason:
      'Stopped after the first 10, because 3 failed, for example Order 3: contact_email is not a valid address. Correct the cause and start again.',
  })
  await insertEntries(fixture, { run: stoppedRun, from: 1, to: 7, outcome: 'succeeded' })
  await insertEntries(fixture, {
    run: stoppedRun,
    from: 8,
    to: 10,
    outcome: 'permanent',
    message: 'contact_email: "anna(at)example.com" is not a valid address',
  })
  const finishedRun = await insertRun(fixture, {
    connection: warehouse,
    state: 'finished',
    totalCount: 34,
    isEnded: true,
    minutesAgo: 400,
  })
  await insertEntries(fixture, { run: finishedRun, from: 1, to: 34, outcome: 'succeeded' })
  const pausedRun = await insertRun(fixture, {
    connection: marketing,
    state: 'paused',
    totalCount: 34,
    minutesAgo: 1500,
  })
  await insertEntries(fixture, { run: pausedRun, from: 1, to: 12, outcome: 'succeeded' })
  return { sales, marketing, warehouse, runningRun, stoppedRun, finishedRun, pausedRun, jobIds }
}
