// Rows for every state that the pages can show: a connection that runs, one that waits for new credentials, one that is
// slowed down; lines in each state; a history; backfills that run, stopped and ended.
import type { AdminFixture } from './admin-fixture.ts'
import { eventScope, mappingDocument, otherScope } from './fixture-plugins.ts'
import { insertAttempt, insertEntries, insertJob, insertObject, insertRun, type JobRow } from './insert-rows.ts'

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
  const add = async (name: string, job: JobRow) => {
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
