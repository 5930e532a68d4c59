// The shape of the plan of every hot statement, at the size of a busy shop, with fresh statistics and with those of when the
// tables were empty: nothing reads a big table from end to end, and each step uses the index it was written for.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { claimJobs } from '../../../core/queue/claim.ts'
import type { ClaimedJob } from '../../../core/queue/claimed-job.ts'
import { findDueConnections } from '../../../core/queue/due-connections.ts'
import { enqueueEvent } from '../../../core/queue/enqueue.ts'
import { handBack } from '../../../core/queue/hand-back.ts'
import { createRecorder } from '../../../core/queue/recorder.ts'
import { sweep } from '../../../core/queue/sweep.ts'
import { createIdentityLeases } from '../../../core/sync/leases.ts'
import { loadLinks, loadReferences } from '../../../core/sync/ledger.ts'
import type { SentObject } from '../../../core/sync/write-ledger.ts'
import { type ExplainedDatabase, explainStatements, type StatementPlan } from '../../support/explained-database.ts'
import { jobEnd } from '../../support/job-end.ts'
import { quietLog } from '../../support/migrated-database.ts'
import { createQueueFixture, eventScope, type QueueFixture } from '../../support/queue-fixture.ts'

const rowCount = 50_000
/** In flight at other workers. */
const leaseCount = 20_000
const connectionCount = 20
/** Of pg-boss: every queue shares it. */
const ticketTable = 'job_common'
const bigTables = ['lease', 'sync_job', 'external_object', 'sync_link', 'attempt', 'attempt_object', ticketTable]
const schema = 'outbound_sync'
const worker = 'worker-1'

for (const statistics of ['fresh', 'stale'] as const) {
  describe(`hot statements with ${statistics} statistics`, () => {
    let fixture: QueueFixture
    let database: ExplainedDatabase
    let connectionId: string
    let claimed: ClaimedJob[]

    before(async () => {
      fixture = await createQueueFixture()
      database = explainStatements(fixture.database)
      connectionId = await fill(fixture, statistics)
      claimed = []
    })
    after(() => fixture.close())

    const recorder = () =>
      createRecorder({
        database,
        boss: fixture.boss,
        identityLeases: createIdentityLeases({ database, worker, leaseSeconds: 60 }),
        worker,
        log: quietLog,
        onEnded: () => undefined,
        onClosed: () => undefined,
        onFailing: () => undefined,
      })

    it('enqueue', async () => {
      const plans = await database.plansOf(() =>
        database.transaction((session) =>
          enqueueEvent({ schema, boss: fixture.boss }, session, {
            provider: 'test',
            event: { scope: eventScope, subjects: [{ model: 'Order', id: '7' }] },
            triggeredBy: 'order_placed',
          }),
        ),
      )
      assertShape(plans, [])
    })

    it('find connections with due work', async () => {
      const plans = await database.plansOf(() =>
        findDueConnections(database, schema, [{ identifier: 'test', version: '1.0.0' }]),
      )
      assertShape(plans, ['sync_job_due'])
    })

    it('claim', async () => {
      const plans = await database.plansOf(async () => {
        claimed = await claimJobs(
          { database, boss: fixture.boss },
          { connectionId, worker, leaseSeconds: 60, limit: 100, scopes: [eventScope], lane: 'ordinary' },
        )
      })
      assert.equal(claimed.length, 100)
      assertShape(plans, ['sync_job_due', 'sync_job_subject', 'sync_job_pkey'])
    })

    it('take tickets of a queue that is newer than the statistics', async () => {
      const newest = await fixture.addConnection()
      await fixture.rows(`insert into outbound_sync_boss.job (name) select $1 from generate_series(1, 3000)`, [
        `sync-${newest}`,
      ])
      const plans = await database.plansOf(async () => {
        const count = await database.transaction((session) => fixture.boss.takeTickets(session, newest, 100))
        assert.equal(count, 100)
      })
      assertShape(plans, ['job_common_pkey'])
      assert.deepEqual(new Set(plans.map((plan) => plan.quadraticJoinCount)), new Set([0]))
    })

    it('load the ledger of a batch', async () => {
      const plans = await database.plansOf(async () => {
        const subjects = claimed.map((job) => ({ model: job.sourceModel, id: job.sourceId, stream: job.stream }))
        const links = await loadLinks(database, schema, connectionId, subjects)
        assert.equal(links.size, 100)
        const references = await loadReferences(database, schema, connectionId, subjects)
        assert.equal(references.size, 100)
      })
      assertShape(plans, ['sync_link_subject', 'external_object_pkey', linkKeyIndex])
    })

    it('lease external identities', async () => {
      const leases = createIdentityLeases({ database, worker, leaseSeconds: 60 })
      const plans = await database.plansOf(() =>
        Promise.all(
          claimed.map(async (job) => {
            const lease = await leases.acquire(identityOf(job), job.fence)
            assert.ok('known' in lease)
            assert.equal(lease.known?.idValue, job.sourceId)
          }),
        ),
      )
      assertShape(plans, [identityIndex])
    })

    it('record what was sent and how jobs ended', async () => {
      const plans = await database.plansOf(async () => {
        const { sent, ended, drain } = recorder()
        for (const job of claimed) sent(job, sentObjectOf(job), `${job.connectionId}//deal`)
        for (const job of claimed.slice(0, 50)) ended(jobEnd(job, { kind: 'succeeded' }))
        for (const job of claimed.slice(50, 60))
          ended(jobEnd(job, { kind: 'retry', delayMs: 60_000, message: 'later' }))
        await drain()
      })
      const { rows } = await fixture.database.executeSql('select from outbound_sync.attempt where worker = $1', [
        worker,
      ])
      assert.equal(rows.length, 60)
      assertShape(plans, ['sync_job_pkey', 'lease_pkey'])
    })

    it('hand back', async () => {
      const plans = await database.plansOf(async () => {
        const { handedBackCount } = await handBack({ database, boss: fixture.boss }, worker)
        assert.equal(handedBackCount, 40)
      })
      assertShape(plans, ['lease_worker', 'sync_job_in_flight'])
    })

    it('sweep', async () => {
      const plans = await database.plansOf(async () => {
        await fixture.claim(connectionId, { worker: 'dead', limit: 5 })
        await fixture.rows(`update outbound_sync.lease set until = now() - interval '1 minute' where worker = 'dead'`)
        const { returnedCount } = await sweep({ database, boss: fixture.boss })
        assert.equal(returnedCount, 5)
      })
      // One worker reads the leases every ten seconds; they are as many as there is work in flight.
      assertShape(plans, ['sync_job_in_flight', 'sync_job_unticketed'], { mayScan: ['lease'] })
    })

    it('would show an index that is missing', async () => {
      await fixture.rows('drop index outbound_sync.sync_job_due')
      const plans = await database.plansOf(() =>
        findDueConnections(database, schema, [{ identifier: 'test', version: '1.0.0' }]),
      )
      assert.throws(() => assertShape(plans, ['sync_job_due']), assert.AssertionError)
    })
  })
}

const identityIndex = 'external_object_connection_id_object_type_id_field_id_value_key'
const linkKeyIndex = 'sync_link_connection_id_source_model_source_id_stream_mappi_key'

function assertShape(
  plans: readonly StatementPlan[],
  expectedIndexes: readonly string[],
  { mayScan = [] }: { mayScan?: readonly string[] } = {},
): void {
  assert.ok(plans.length > 0)
  const scans = plans.flatMap(({ text, plannedFor, scannedTables }) =>
    scannedTables
      .filter((name) => bigTables.includes(name) && !mayScan.includes(name))
      .map((name) => `${name}, planned for ${plannedFor}, by ${text.replaceAll(/\s+/g, ' ').slice(0, 120)}`),
  )
  assert.deepEqual(scans, [])
  for (const plannedFor of new Set(plans.map((plan) => plan.plannedFor))) {
    const used = new Set(plans.filter((plan) => plan.plannedFor === plannedFor).flatMap((plan) => plan.indexes))
    const missing = expectedIndexes.filter((name) => !used.has(name))
    assert.deepEqual({ plannedFor, missing, used: [...used] }, { plannedFor, missing: [], used: [...used] })
  }
}

function identityOf(job: ClaimedJob) {
  return { connectionId: job.connectionId, objectType: 'deal', idField: 'code', idValue: job.sourceId }
}

function sentObjectOf(job: ClaimedJob): SentObject {
  return {
    ...identityOf(job),
    mappingKey: 'deal',
    sourceModel: job.sourceModel,
    sourceId: job.sourceId,
    stream: job.stream,
    subjectModel: job.sourceModel,
    subjectId: job.sourceId,
    remoteId: job.sourceId,
    customs: undefined,
    sentValues: { code: job.sourceId },
    href: null,
    displayName: null,
    sentHash: 'new',
    sentEpoch: 1,
    runId: null,
    replaces: null,
  }
}

// Jobs, tickets, ledger and history of 20 connections. Nine of ten jobs are due.
async function fill(fixture: QueueFixture, statistics: 'fresh' | 'stale'): Promise<string> {
  const tables = [
    ...bigTables.filter((name) => name !== ticketTable).map((name) => `${schema}.${name}`),
    `${schema}.lease`,
  ]
  tables.push(`outbound_sync_boss.${ticketTable}`)
  for (const table of tables) await fixture.rows(`alter table ${table} set (autovacuum_enabled = false)`)
  const ids: string[] = []
  while (ids.length < connectionCount) ids.push(await fixture.addConnection())
  const insert = (count: number, from: number) => insertRows(fixture, { ids, count, from })
  await insert(connectionCount, 0)
  for (const table of tables) await fixture.rows(`analyze ${table}`)
  await insert(rowCount, connectionCount)
  await fixture.rows(
    `insert into ${schema}.lease (key, worker, until, fence)
     select gen_random_uuid() || '/Order/' || n || '/', 'other-' || n % 10, now() + interval '1 minute', nextval('${schema}.fence')
     from generate_series(1, $1::int) n`,
    [leaseCount],
  )
  if (statistics === 'fresh') for (const table of tables) await fixture.rows(`analyze ${table}`)
  return ids[0] ?? ''
}

async function insertRows(
  fixture: QueueFixture,
  { ids, count, from }: { ids: string[]; count: number; from: number },
): Promise<void> {
  const numbers = [ids, from, from + count - 1]
  const connection = `($1::uuid[])[1 + n % ${connectionCount}]`
  const series = 'from generate_series($2::int, $3::int) n'
  await fixture.rows(
    `insert into ${schema}.sync_job (connection_id, scope, source_model, source_id, not_before, triggers)
     select ${connection}, '${eventScope}', 'Order', n::text,
            now() + case when n % 10 = 3 then interval '1 day' else interval '-1 second' end, '[]' ${series}`,
    numbers,
  )
  await fixture.rows(`insert into outbound_sync_boss.job (name) select 'sync-' || ${connection} ${series}`, numbers)
  await fixture.rows(
    `with object as (
       insert into ${schema}.external_object (connection_id, object_type, id_field, id_value, remote_id)
       select ${connection}, 'deal', 'code', n::text, n::text ${series} returning id, connection_id, id_value)
     insert into ${schema}.sync_link (connection_id, source_model, source_id, mapping_key, subject_model, subject_id,
       external_object_id, sent_hash, sent_epoch)
     select connection_id, 'Order', id_value, 'deal', 'Order', id_value, id, 'hash', 1 from object`,
    numbers,
  )
  await fixture.rows(
    `with tried as (
       insert into ${schema}.attempt (id, job_id, connection_id, scope, source_model, source_id, source_label, stream,
         outcome, triggers, failed_attempts, worker, duration_ms)
       select nextval('${schema}.fence'), n, ${connection}, '${eventScope}', 'Order', n::text, 'B' || n, '', 'succeeded',
         '[]', 0, 'earlier', 5 ${series} returning id, source_id)
     insert into ${schema}.attempt_object (attempt_id, mapping_key, source_model, source_id, object_type, id_field, action)
     select id, 'deal', 'Order', source_id, 'deal', 'code', 'created' from tried`,
    numbers,
  )
}
