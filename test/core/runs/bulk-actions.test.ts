import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { LineSelection } from '../../../core/queue/line-filters.ts'
import type { BulkMode, BulkReport } from '../../../core/runs/bulk-actions.ts'
import { until } from '../../support/instance.ts'
import { insertConnection, scope } from './run-bench.ts'
import { rejects, useBench } from './use-bench.ts'

const event = (name: string): string => `${scope}/event:${name}`
const everything: LineSelection = {
  filter: 'needs_attention',
  reason: null,
  connectionId: null,
  scope: '',
  scopes: null,
  subjects: null,
}

describe('a retry or cancel of all lines that match', () => {
  const bench = useBench()
  const { tick } = bench
  const sql = async (text: string, values: readonly unknown[] = []) =>
    (await bench.database.executeSql<Record<string, unknown>>(text, values)).rows

  /** Lines that need attention, one record each, from one id to another. */
  const insertFailed = (from: number, to: number, { connection = bench.connectionId, at = event('one') } = {}) =>
    sql(
      `insert into outbound_sync.sync_job
         (connection_id, scope, source_model, source_id, state, reason, message, failed_attempts, first_failed_at, triggers)
       select $1, $2, 'Order', n::text, 'needs_attention', case when n % 2 = 0 then 'exceeded' else 'permanent' end,
              'The remote refused it.', 5, now(),
              jsonb_build_array(jsonb_build_object('name', 'order_placed', 'at', now() - interval '1 hour'))
       from generate_series($3::int, $4::int) n`,
      [connection, at, from, to],
    )

  async function ask(
    mode: BulkMode,
    selection: Partial<LineSelection> = {},
    more: { refusedScopes?: readonly string[]; note?: string } = {},
  ): Promise<string> {
    const { refusedScopes = null, note } = more
    const request = { selection: { ...everything, ...selection }, refusedScopes }
    const { upTo } = await bench.bulkActions.preview(request)
    const { runId } = await bench.bulkActions.start({
      ...request,
      mode,
      upTo,
      actor: 'Ann',
      filter: {},
      ...(note ? { note } : {}),
    })
    return runId
  }

  const stateOf = async (runId: string): Promise<unknown> =>
    (await sql('select state from outbound_sync.sync_run where id = $1', [runId]))[0]?.state

  const figures = ({ lineCount, done, inFlight, vanished, askedAgain, refused }: BulkReport) => ({
    lineCount,
    done,
    inFlight,
    vanished,
    askedAgain,
    refused,
  })
  const none = { inFlight: 0, vanished: 0, askedAgain: 0, refused: 0 }

  it('retries them with a full new budget, a ticket each, and tells the workers', async () => {
    const other = await insertConnection(bench.database)
    await insertFailed(1, 600)
    await insertFailed(1, 3, { connection: other })
    const { lineCount } = await bench.bulkActions.preview({ selection: everything, refusedScopes: null })
    assert.equal(lineCount, 603)
    const runId = await ask('retry')
    await tick()
    assert.equal(await stateOf(runId), 'finished')
    assert.deepEqual(figures(await bench.bulkActions.report(runId)), { lineCount: 603, done: 603, ...none })
    assert.deepEqual(
      await sql(
        `select state, reason, failed_attempts, first_failed_at, force, not_before <= now() as is_due,
                triggers #>> '{-1,name}' as name, triggers #>> '{-1,actor}' as actor, count(*)::int as count
         from outbound_sync.sync_job group by 1, 2, 3, 4, 5, 6, 7, 8`,
      ),
      [
        {
          ...{ state: 'waiting', reason: null, failed_attempts: 0, first_failed_at: null, force: true, is_due: true },
          ...{ name: 'retry_now', actor: 'Ann', count: 603 },
        },
      ],
    )
    assert.deepEqual(Object.fromEntries(bench.tickets.counts), { [bench.connectionId]: 600, [other]: 3 })
    assert.ok(bench.wakeUpCount > 0)
  })

  it('cancels them and keeps each in the history, with the reason', async () => {
    await insertFailed(1, 300)
    const runId = await ask('cancel', {}, { note: 'sent by hand' })
    await tick()
    assert.deepEqual(figures(await bench.bulkActions.report(runId)), { lineCount: 300, done: 300, ...none })
    assert.deepEqual(await sql('select id from outbound_sync.sync_job'), [])
    assert.deepEqual(
      await sql('select outcome, message, run_id, count(*)::int as count from outbound_sync.attempt group by 1, 2, 3'),
      [{ outcome: 'canceled', message: 'Canceled by Ann: sent by hand', run_id: null, count: 300 }],
    )
  })

  for (const [name, selection, expected] of [
    ['one reason', { reason: 'permanent' }, ['1', '3', '5']],
    ['one event', { scope: event('two') }, ['5', '6']],
    ['an organizer', { scope }, ['1', '2', '3', '4', '5', '6']],
    ['a scope that only begins alike', { scope: 'organizer:ac' }, []],
    ['some scopes, as who may not see all has them', { scopes: [event('two')] }, ['5', '6']],
    ['some records', { subjects: [{ model: 'Order', id: '2' }] }, ['2']],
    ['a state that none is in', { filter: 'retrying' }, []],
  ] satisfies [string, Partial<LineSelection>, string[]][]) {
    it(`is for what the filter says: ${name}`, async () => {
      await insertFailed(1, 4)
      await insertFailed(5, 6, { at: event('two') })
      const runId = await ask('cancel', selection)
      await tick()
      assert.equal((await bench.bulkActions.report(runId)).done, expected.length)
      const canceled = await sql('select source_id from outbound_sync.attempt order by source_id')
      assert.deepEqual(
        canceled.map((row) => row.source_id),
        expected,
      )
    })
  }

  it('is for one connection when the filter names one', async () => {
    const other = await insertConnection(bench.database)
    await insertFailed(1, 3)
    await insertFailed(1, 2, { connection: other })
    const runId = await ask('cancel', { connectionId: other })
    await tick()
    assert.equal((await bench.bulkActions.report(runId)).done, 2)
    assert.equal((await sql('select id from outbound_sync.sync_job')).length, 3)
  })

  it('touches nothing that failed or came in after it was asked for', async () => {
    await insertFailed(1, 10)
    await sql(
      `insert into outbound_sync.sync_job (connection_id, scope, source_model, source_id) values ($1, $2, 'Order', '50')`,
      [bench.connectionId, event('one')],
    )
    const runId = await ask('cancel')
    await insertFailed(60, 70)
    await sql(`update outbound_sync.sync_job set state = 'needs_attention', reason = 'config' where source_id = '50'`)
    await tick()
    assert.deepEqual(figures(await bench.bulkActions.report(runId)), { lineCount: 10, done: 10, ...none })
    const left = await sql('select source_id from outbound_sync.sync_job order by source_id::int')
    assert.equal(left[0]?.source_id, '50')
    assert.equal(left.length, 12)
  })

  it('tells what had left, what is being sent, and what was asked for again', async () => {
    await insertFailed(1, 6)
    const runId = await ask('cancel')
    await sql(`delete from outbound_sync.sync_job where source_id = '1'`)
    await sql(`update outbound_sync.sync_job set state = 'in_flight', fence = 7 where source_id in ('2', '3')`)
    // As a row of its own, and merged into the line by a claim that could not send it yet.
    await sql(
      `insert into outbound_sync.sync_job (connection_id, scope, source_model, source_id, triggers)
       values ($1, $2, 'Order', '4', jsonb_build_array(jsonb_build_object('name', 'order_paid', 'at', now())))`,
      [bench.connectionId, event('one')],
    )
    await sql(
      `update outbound_sync.sync_job set triggers = triggers || jsonb_build_object('name', 'order_paid', 'at', now())
       where source_id = '5'`,
    )
    await tick()
    assert.deepEqual(figures(await bench.bulkActions.report(runId)), {
      ...{ lineCount: 6, done: 1, inFlight: 2, vanished: 1, askedAgain: 2, refused: 0 },
    })
    const left = await sql('select source_id from outbound_sync.sync_job order by id')
    assert.deepEqual(
      left.map((row) => row.source_id),
      ['2', '3', '4', '5', '4'],
    )
  })

  it('takes all rows of a line as one', async () => {
    await insertFailed(1, 2)
    for (let n = 0; n < 3; n += 1) {
      await sql(
        `insert into outbound_sync.sync_job (connection_id, scope, source_model, source_id, failed_attempts, not_before)
         values ($1, $2, 'Order', '1', 2, now() + interval '1 hour')`,
        [bench.connectionId, event('one')],
      )
    }
    const runId = await ask('retry', { filter: null })
    // A claim merges a line into its oldest row.
    await sql(`delete from outbound_sync.sync_job where source_id = '1' and id > (
      select min(id) + 1 from outbound_sync.sync_job where source_id = '1')`)
    await tick()
    assert.deepEqual(figures(await bench.bulkActions.report(runId)), { lineCount: 2, done: 2, ...none })
    assert.deepEqual(await sql('select distinct force, not_before <= now() as is_due from outbound_sync.sync_job'), [
      { force: true, is_due: true },
    ])
  })

  it('counts what may be seen and not changed, and leaves it', async () => {
    await insertFailed(1, 4)
    await insertFailed(5, 7, { at: event('two') })
    const runId = await ask('retry', { scopes: [event('one')] }, { refusedScopes: [event('two')] })
    await tick()
    assert.deepEqual(figures(await bench.bulkActions.report(runId)), { lineCount: 4, done: 4, ...none, refused: 3 })
    assert.deepEqual(await bench.bulkActions.openScopes(runId), [event('one')])
    const [left] = await sql(
      `select count(*)::int as count from outbound_sync.sync_job where state = 'needs_attention' and scope = $1`,
      [event('two')],
    )
    assert.equal(left?.count, 3)
  })

  it('writes who asked into the audit, and is not found among the backfills', async () => {
    await insertFailed(1, 2)
    const runId = await ask('retry', { scope })
    const [entry] = await sql('select actor, action, scope, target, after from outbound_sync.audit_entry')
    assert.deepEqual(entry, {
      ...{ actor: 'Ann', action: 'retry.started', scope, target: `sync_run:${runId}` },
      after: { connectionId: null, filter: {}, lineCount: 2 },
    })
    await rejects(bench.backfills.report(runId), 'OutboundSyncError', /There is no backfill/)
    await rejects(bench.backfills.pause({ runId, actor: 'Bob' }), 'OutboundSyncError', /There is no backfill/)
    await rejects(bench.bulkActions.report(bench.connectionId), 'OutboundSyncError', /There is no retry or cancel/)
  })

  it('is paused, resumed and stopped', async () => {
    await insertFailed(1, 600)
    const runId = await ask('cancel')
    const by = { runId, actor: 'Bob' }
    await bench.bulkActions.pause(by)
    await tick()
    assert.equal((await bench.bulkActions.report(runId)).position, 0)
    await bench.bulkActions.resume(by)
    await bench.bulkActions.stop(by)
    await tick()
    assert.equal((await bench.bulkActions.report(runId)).position, 0)
    assert.equal(await stateOf(runId), 'stopped')
    await rejects(bench.bulkActions.resume(by), 'TransitionError', /The cancel cannot be resumed: it is stopped/)
  })

  it('goes through 10,000 lines while others are claimed and end, each once', async (t) => {
    await insertFailed(1, 10_000)
    await sql('analyze outbound_sync.sync_job')
    const asked = performance.now()
    const runId = await ask('retry')
    const askMs = performance.now() - asked
    // Lines end under it, as a worker ends them.
    const ending = (async () => {
      for (let from = 1; from <= 10_000; from += 500) {
        await sql(
          `delete from outbound_sync.sync_job where id in (
             select id from outbound_sync.sync_job where source_id::int between $1::int and $2::int and source_id::int % 10 = 0
             for update skip locked)`,
          [from, from + 499],
        )
      }
    })()
    const began = performance.now()
    await until(async () => {
      await tick()
      return (await stateOf(runId)) === 'finished'
    })
    const tookMs = performance.now() - began
    await ending
    const report = await bench.bulkActions.report(runId)
    assert.equal(report.position, 10_000)
    assert.equal(report.done + report.vanished, 10_000)
    const rows = await sql(
      `select count(*) filter (where jsonb_array_length(triggers) <> 2)::int as odd, count(*)::int as count
       from outbound_sync.sync_job where force`,
    )
    assert.equal(rows[0]?.odd, 0)
    assert.equal(bench.tickets.counts.get(bench.connectionId), report.done)
    t.diagnostic(`asked in ${Math.round(askMs)} ms, 10,000 lines in ${Math.round(tookMs)} ms`)
    assert.ok(askMs < 5_000 && tookMs < 30_000, `asked in ${askMs} ms, took ${tookMs} ms`)
  })

  describe('in a process that is killed', () => {
    const file = fileURLToPath(new URL('./run-driver-process.ts', import.meta.url))
    const children: ChildProcess[] = []

    async function startProcess(): Promise<ChildProcess> {
      const child = fork(file, [bench.database.databaseUrl, '40'])
      children.push(child)
      await once(child, 'message')
      return child
    }

    it('goes on where it was: no line twice and none left out', async (t) => {
      const lineCount = 2_000
      await insertFailed(1, lineCount)
      const runId = await ask('retry')
      const position = async () => (await bench.bulkActions.report(runId)).position
      const progress: number[] = []
      try {
        for (let kill = 1; kill <= 3; kill += 1) {
          const child = await startProcess()
          const before = await position()
          await until(async () => (await position()) > before)
          await delay(15 * kill)
          child.kill('SIGKILL')
          await once(child, 'exit')
          progress.push(await position())
        }
        const child = await startProcess()
        await until(async () => (await stateOf(runId)) === 'finished')
        child.kill('SIGTERM')
        await once(child, 'exit')
      } finally {
        for (const child of children) child.kill('SIGKILL')
      }
      t.diagnostic(`looked at when killed: ${progress.join(', ')}`)
      assert.ok((progress[0] ?? lineCount) < lineCount, 'it was killed while at work')
      assert.deepEqual(figures(await bench.bulkActions.report(runId)), { lineCount, done: lineCount, ...none })
      assert.deepEqual(
        await sql(
          `select jsonb_array_length(triggers) as triggers, count(*)::int as count from outbound_sync.sync_job group by 1`,
        ),
        [{ triggers: 2, count: lineCount }],
      )
    })
  })
})
