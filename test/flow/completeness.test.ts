// From "was everything sent?" to "it was": a whole instance with its worker, its schedule and a remote in a process of its
// own.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { PgBoss } from 'pg-boss'
import type { FinishedAudit } from '../../core/registry/create-hooks.ts'
import { scope } from '../support/fixture-shop.ts'
import { createInstance, type Instance, until } from '../support/instance.ts'

describe('records that have not arrived', () => {
  let instance: Instance
  const audited: FinishedAudit[] = []
  before(async () => {
    instance = await createInstance({ orderCount: 40, auditSchedule: '15 3 * * *' })
    instance.sync.hooks.auditFinished.tap('test', (audit) => void audited.push(audit))
    instance.sync.hooks.auditFinished.tap('broken', () => {
      throw new Error('a fault of the host')
    })
    await instance.sync.worker.start()
  })
  after(() => instance.close())

  const reportWhen = async (runId: string) => {
    await until(async () => (await instance.sync.operations.auditReport(runId)).state === 'finished')
    return instance.sync.operations.auditReport(runId)
  }
  const start = () =>
    instance.sync.operations.startAudit({
      ...{ connectionId: instance.connectionId, sourceModel: 'Order', scope, actor: 'test' },
    })

  it('are found by an audit that is asked for', async () => {
    for (let order = 1; order <= 15; order += 1) await instance.placeOrder(String(order))
    await instance.untilIdle()
    const { runId } = await start()
    const report = await reportWhen(runId)
    assert.deepEqual([report.checkedCount, report.missingCount, report.sendableCount], [40, 25, 25])
    await until(() => audited.some((audit) => audit.runId === runId && audit.missingCount === 25))
    assert.ok(instance.logLines.some((line) => /found records that have not arrived/.test(line)))
    await until(() => instance.logLines.some((line) => /A tap of auditFinished failed/.test(line)))
  })

  it('are not told of orders that are placed and sent while it looks', async () => {
    const { runId } = await start()
    for (let order = 16; order <= 25; order += 1) await instance.placeOrder(String(order))
    const report = await reportWhen(runId)
    assert.ok(report.missingCount >= 15 && report.missingCount <= 25, `${report.missingCount}`)
    await instance.untilIdle()
    assert.equal((await reportWhen((await start()).runId)).missingCount, 15)
  })

  it('are looked for by the schedule, which one worker keeps', async () => {
    const schedules = await instance.rows('select name, cron from outbound_sync_boss.schedule')
    assert.deepEqual(schedules, [{ name: 'audit', cron: '15 3 * * *' }])
    const before = audited.length
    const clock = new PgBoss({ connectionString: instance.databaseUrl, schema: 'outbound_sync_boss', supervise: false })
    clock.on('error', () => undefined)
    await clock.start()
    // What the schedule sends at its time.
    await clock.send('audit', {})
    await until(() => audited.length > before, 30_000)
    await clock.stop({ graceful: false })
    const [run] = await instance.rows(
      `select actor, scope, source_model from outbound_sync.sync_run order by created_at desc`,
    )
    assert.deepEqual(run, { actor: 'the schedule', scope, source_model: 'Order' })
  })

  it('are not looked for when the schedule is switched off', async () => {
    await instance.sync.worker.stop()
    const off = await createInstance({ orderCount: 1, auditSchedule: 'off' })
    try {
      await off.sync.worker.start()
      assert.deepEqual(await off.rows('select name from outbound_sync_boss.schedule'), [])
    } finally {
      await off.close()
    }
    const wrong = await createInstance({ orderCount: 1, auditSchedule: '61 3 * * *' })
    try {
      await assert.rejects(
        wrong.sync.worker.start(),
        /The schedule "61 3 \* \* \*" of audit cannot be used: .*five cron fields/,
      )
    } finally {
      await wrong.close()
    }
  })
})
