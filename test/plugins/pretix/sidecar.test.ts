// The program beside a pretix: from its webhook to what arrives at a remote, and what happens when one of them is away.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import pg from 'pg'
import { until } from '../../support/instance.ts'
import { conferenceEvent, conferenceOrder, plainOrder } from '../../support/pretix-conference.ts'
import { webhookSecret } from '../../support/pretix-reader.ts'
import { createPretixSidecar, type Sidecar } from '../../support/pretix-sidecar.ts'

const scope = 'organizer:acme/event:conf26'
const idOf = (code: string, event = 'conf26') => `acme/${event}/${code}`

/** How the tries of an order ended, in order. */
async function outcomesOf({ rows }: Sidecar, code: string, event?: string) {
  return rows('select outcome, message, failed_attempts from outbound_sync.attempt where source_id = $1 order by id', [
    idOf(code, event),
  ])
}

describe('an order of pretix', () => {
  let sidecar: Sidecar
  before(async () => {
    sidecar = await createPretixSidecar()
  })
  after(() => sidecar.close())
  beforeEach(() => {
    sidecar.arrived.length = 0
  })

  it('is written down when its webhook is answered, and arrives as pretix shows it then', async () => {
    const { pretix, arrived, rows, notify } = sidecar
    pretix.put('acme', 'conf26', { ...conferenceOrder, status: 'n' })
    const answer = await notify('order.placed', 'ABC37')
    assert.equal(answer.status, 200)
    assert.deepEqual(await answer.json(), { taken: idOf('ABC37') })
    const jobs = await rows(
      `select scope, source_model, source_id, state, triggers->0->>'name' as name from outbound_sync.sync_job`,
    )
    assert.deepEqual(jobs, [
      { scope, source_model: 'Order', source_id: idOf('ABC37'), state: 'waiting', name: 'order_placed' },
    ])
    assert.deepEqual(pretix.takeCalls(), [], 'nothing is read before it is sent')

    pretix.put('acme', 'conf26', conferenceOrder)
    await sidecar.sync.worker.start()
    await until(() => arrived.length === 1)
    assert.deepEqual(arrived, [
      {
        type: 'order.created',
        timestamp: Reflect.get(arrived[0] ?? {}, 'timestamp'),
        data: {
          id: 'CONF26-ABC37',
          order_total: '138.80',
          email: 'jürgen@xn--bcher-kva.example',
          order_date: '2026-03-01T10:00:00+01:00',
          order_status: 'paid',
          tickets: [
            {
              product: 'Conference ticket – Early bird',
              attendee_name: 'Ada King Lovelace',
              question_diet: 'vegan',
              checkin_date_1: '2026-09-17T08:55:00+02:00',
            },
            {
              product: 'T-shirt – M',
              attendee_name: 'Ada King Lovelace',
              question_diet: 'all',
              checkin_date_1: null,
            },
            { product: 'Workshop seat', attendee_name: null, question_diet: null, checkin_date_1: null },
          ],
        },
      },
    ])
  })

  it('is not sent again by a notification that changes nothing, and is when it is canceled', async () => {
    const { pretix, arrived, notify } = sidecar
    for (let times = 0; times < 2; times++) await notify('order.paid', 'ABC37')
    await until(async () => (await outcomesOf(sidecar, 'ABC37')).some(({ outcome }) => outcome === 'nothing_to_do'))
    assert.equal(arrived.length, 0)
    pretix.put('acme', 'conf26', { ...conferenceOrder, status: 'c' })
    await notify('order.canceled', 'ABC37')
    await until(() => arrived.length === 1)
    assert.deepEqual([arrived[0]?.type, arrived[0]?.data.order_status], ['order.updated', 'canceled'])
  })

  it('that is gone ends as such, and nothing is sent', async () => {
    const { pretix, arrived, notify } = sidecar
    pretix.remove('acme', 'conf26', 'ABC37')
    await notify('order.changed.cancel', 'ABC37')
    await until(async () => (await outcomesOf(sidecar, 'ABC37')).some(({ outcome }) => outcome === 'gone'))
    assert.equal(arrived.length, 0)
    assert.deepEqual(await sidecar.rows('select id from outbound_sync.sync_job'), [])
  })

  it('waits while pretix is down, with a sentence that names it, and arrives when it is back', async () => {
    const { pretix, arrived, notify } = sidecar
    pretix.put('acme', 'conf26', plainOrder('DOWN1', 1))
    pretix.put('acme', 'conf26', plainOrder('DOWN2', 2))
    await pretix.stop()
    for (const code of ['DOWN1', 'DOWN2']) assert.equal((await notify('order.placed', code)).status, 200)
    await until(async () => {
      const tried = await Promise.all(['DOWN1', 'DOWN2'].map((code) => outcomesOf(sidecar, code)))
      return tried.every(([first]) => first?.outcome === 'retry')
    })
    const [attempt] = await outcomesOf(sidecar, 'DOWN1')
    assert.match(String(attempt?.message), /could not be read from pretix\. GET http.* refused the connection/)
    await pretix.start()
    await until(() => arrived.length === 2)
    assert.deepEqual(arrived.map(({ data }) => data.id).sort(), ['CONF26-DOWN1', 'CONF26-DOWN2'])
    await until(async () => (await sidecar.rows('select id from outbound_sync.sync_job')).length === 0)
  })

  it('waits as long as pretix asks when it is called too often, and uses no attempt', async () => {
    const { pretix, arrived, notify } = sidecar
    pretix.put('acme', 'conf26', plainOrder('LIMIT1', 3))
    pretix.limit(1, '1')
    await notify('order.placed', 'LIMIT1')
    await until(async () => (await outcomesOf(sidecar, 'LIMIT1')).length === 2)
    assert.equal(arrived.length, 1)
    const attempts = await outcomesOf(sidecar, 'LIMIT1')
    assert.deepEqual(
      attempts.map(({ outcome, failed_attempts: failedAttempts }) => [outcome, failedAttempts]),
      [
        ['rate_limited', 0],
        ['succeeded', 0],
      ],
    )
    assert.match(String(attempts[0]?.message), /from pretix\. .*429.*not to be called again before/)
  })

  it('that the token may not see waits for a person and holds back no other', async () => {
    const { pretix, arrived, notify, rows } = sidecar
    pretix.addEvent('acme', 'closed', { ...conferenceEvent, event: { ...conferenceEvent.event, slug: 'closed' } })
    pretix.forbid('acme/closed')
    pretix.put('acme', 'conf26', plainOrder('OPEN1', 4))
    await sidecar.sync.worker.stop()
    await notify('order.placed', 'HIDDEN1', 'closed')
    await notify('order.placed', 'OPEN1')
    await sidecar.sync.worker.start()
    await until(() => arrived.length === 1)
    await until(async () => (await outcomesOf(sidecar, 'HIDDEN1', 'closed')).length === 1)
    const [job] = await rows('select state, reason, message from outbound_sync.sync_job')
    assert.deepEqual([job?.state, job?.reason], ['needs_attention', 'config'])
    assert.match(String(job?.message), /The order HIDDEN1 of acme\/closed .*\(403\)/)
    assert.equal(arrived[0]?.data.id, 'CONF26-OPEN1')
    await rows('delete from outbound_sync.sync_job')
  })

  it('is sent by a backfill with all others, over several pages of pretix', async () => {
    const { pretix, arrived, sync, connectionId } = sidecar
    for (let index = 0; index < 120; index++) {
      pretix.put('acme', 'conf26', plainOrder(`B${String(100 + index)}`, 60 + index))
    }
    pretix.takeCalls()
    const { runId } = await sync.operations.startBackfill({
      connectionId,
      sourceModel: 'Order',
      scope,
      filter: { modified_since: '2026-05-01' },
      actor: 'test',
    })
    await until(async () => (await sync.operations.runReport(runId)).state === 'finished', 40_000)
    const report = await sync.operations.runReport(runId)
    // The four orders that arrived before are up to date.
    assert.deepEqual([report.totalCount, report.doneCount, report.failedCount], [124, 124, 0])
    assert.equal(report.objects.created, 120)
    assert.equal(new Set(arrived.map(({ data }) => data.id)).size, 120)
    const pages = pretix.takeCalls().filter((call) => /\/orders\/\?.*page_size=50/.test(call))
    assert.ok(pages.length >= 3, pages.join('\n'))
  })

  it('is found missing by an audit when its webhook never came', async () => {
    const { pretix, sync, connectionId } = sidecar
    pretix.put('acme', 'conf26', plainOrder('LOST1', 300))
    const { runId } = await sync.operations.startAudit({ connectionId, sourceModel: 'Order', scope, actor: 'test' })
    await until(async () => (await sync.operations.auditReport(runId)).state === 'finished')
    const { missingCount, sendableCount } = await sync.operations.auditReport(runId)
    assert.deepEqual([missingCount, sendableCount], [1, 1])
  })
})

describe('the webhook of pretix', () => {
  let sidecar: Sidecar
  before(async () => {
    sidecar = await createPretixSidecar()
  })
  after(() => sidecar.close())

  it('is unknown without its secret, and too large beyond 256 KiB', async () => {
    const body = JSON.stringify({ action: 'pretix.event.order.paid', organizer: 'acme', event: 'conf26', code: 'A' })
    assert.equal((await sidecar.post('/receive/pretix/another-secret-altogether', body)).status, 404)
    assert.equal((await sidecar.post('/receive/pretix', body)).status, 404)
    const large = JSON.stringify({ action: 'x'.repeat(10 * 1024 * 1024) })
    assert.equal((await sidecar.post(`/receive/pretix/${webhookSecret}`, large)).status, 413)
    const broken = await sidecar.post(`/receive/pretix/${webhookSecret}`, '{"action"')
    assert.deepEqual(
      [broken.status, await broken.json()],
      [400, { error: 'This is no notification of pretix. The body is no JSON.' }],
    )
    assert.deepEqual(await sidecar.rows('select id from outbound_sync.sync_job'), [])
  })

  it('is answered with 500 while the database is away, so that pretix sends it again', async () => {
    const { notify, rows, databaseUrl } = sidecar
    const name = new URL(databaseUrl).pathname.slice(1)
    const server = new URL(databaseUrl)
    server.pathname = '/postgres'
    const other = new pg.Client({ connectionString: server.href })
    await other.connect()
    try {
      await other.query(`alter database ${name} allow_connections false`)
      await other.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
      const refused = await notify('order.placed', 'ABC37')
      assert.equal(refused.status, 500)
      const text = await refused.text()
      assert.doesNotMatch(text, /connection|postgres|sync_job/i)
      assert.match(text, /Send it again later/)
    } finally {
      await other.query(`alter database ${name} allow_connections true`)
      await other.end()
    }
    assert.match(sidecar.logLines.join(''), /"plugin":"pretix".*A plugin failed to take a message/)
    assert.ok(!sidecar.logLines.join('').includes(webhookSecret), 'no secret in the log')
    assert.equal((await notify('order.placed', 'ABC37')).status, 200)
    assert.deepEqual(await rows('select source_id from outbound_sync.sync_job'), [{ source_id: idOf('ABC37') }])
  })
})

describe('a token that pretix refuses', () => {
  let sidecar: Sidecar
  before(async () => {
    sidecar = await createPretixSidecar({ token: 'an-old-token' })
  })
  after(() => sidecar.close())

  it('is told in words, makes the order wait for a person, and asks nobody to reconnect the remote', async () => {
    const { notify, rows } = sidecar
    await sidecar.sync.worker.start()
    await notify('order.placed', 'ABC37')
    await until(async () => (await outcomesOf(sidecar, 'ABC37')).length === 1)
    const [job] = await rows('select state, reason, message from outbound_sync.sync_job')
    assert.deepEqual([job?.state, job?.reason], ['needs_attention', 'config'])
    assert.match(
      String(job?.message),
      /^The order ABC37 of acme\/conf26 could not be read: pretix at http\S+ does not accept the API token \(401\)\..*PRETIX_TOKEN/,
    )
    assert.deepEqual(await rows('select gate from outbound_sync.connection'), [{ gate: 'open' }])
    assert.ok(!sidecar.logLines.join('').includes('an-old-token'))
  })
})
