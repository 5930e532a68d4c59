// A remote that is down for a while: the breaker spares it and us, one job at a time probes, and everything arrives.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { NetworkError } from '../../core/errors.ts'
import type { FailingAccount } from '../../core/registry/create-hooks.ts'
import { scope } from '../support/fixture-shop.ts'
import { createInstance, type Instance, until } from '../support/instance.ts'
import { accept, createScriptedPlugin } from '../support/scripted-provider.ts'

const orderCount = 120

describe('an outage', () => {
  const { plugin, script } = createScriptedPlugin({ maxAttempts: 10 })
  let instance: Instance
  let connectionId = ''
  const alerts: FailingAccount[] = []
  before(async () => {
    instance = await createInstance({ orderCount, plugins: [plugin] })
    instance.sync.hooks.accountFailing.tap('test', (account) => void alerts.push(account))
    const { operations } = instance.sync
    await operations.setPluginActive({ plugin: 'scripted', scope, isActive: true, actor: 'test' })
    const connection = { provider: 'scripted', name: 'Scripted', scope, settings: {}, actor: 'test' }
    connectionId = (await operations.ensureConnection(connection)).connectionId
    await instance.rows(`update outbound_sync.connection set state = 'disabled' where id <> $1`, [connectionId])
  })
  after(() => instance.close())

  const gate = async () =>
    (await instance.rows('select breaker_probe_at is not null as is_open from outbound_sync.account_gate'))[0]
  const probeIsDue = () => instance.rows('update outbound_sync.account_gate set breaker_probe_at = now()')

  it('opens the breaker, tells it step by step, and stops what was claimed', async () => {
    script.onSync = async () => {
      await delay(20)
      throw new NetworkError('crm.example refused the connection')
    }
    await instance.inTransaction(async (transaction) => {
      const subjects = Array.from({ length: orderCount }, (_, index) => ({ model: 'Order', id: String(index + 1) }))
      await instance.sync.signals.order_placed.promise({ scope, subjects, transaction })
    })
    await instance.sync.worker.start()
    await until(async () => (await gate())?.is_open === true)
    await until(
      async () => (await instance.rows(`select 1 from outbound_sync.sync_job where state = 'in_flight'`)).length === 0,
    )
    // Ten to open it, and what was on its way while that was written.
    assert.ok(script.calls.length >= 10 && script.calls.length <= 40, `${script.calls.length} calls`)
    assert.deepEqual(
      alerts.map(({ percent }) => percent),
      [50, 70, 90, 100],
    )
    assert.deepEqual(alerts[0]?.connectionIds, [connectionId])
    const callCount = script.calls.length
    await delay(1_500)
    assert.equal(script.calls.length, callCount)
  })

  it('lets one job probe when it is time, and goes on waiting while that fails', async () => {
    const callCount = script.calls.length
    await probeIsDue()
    await until(() => script.calls.length > callCount)
    await delay(1_500)
    assert.equal(script.calls.length, callCount + 1)
    assert.equal((await gate())?.is_open, true)
  })

  it('drains when the remote is back: first one call at a time, never more than the account allows', async () => {
    const startedAt: { at: number; underWay: number }[] = []
    let underWay = 0
    script.onSync = async (args) => {
      startedAt.push({ at: performance.now(), underWay: ++underWay })
      await delay(30)
      underWay--
      return accept(args)
    }
    await instance.rows(`update outbound_sync.sync_job set not_before = now()`)
    // Their tickets are as late as their next try would have been.
    await instance.rows(`update outbound_sync_boss.job set start_after = now()`)
    await probeIsDue()
    await until(async () => (await instance.rows('select 1 from outbound_sync.sync_job')).length === 0)
    const [sent] = await instance.rows('select count(*)::int as count from outbound_sync.external_object')
    assert.equal(sent?.count, orderCount)
    const first = startedAt[0]?.at ?? 0
    const inFirstSecond = startedAt.filter(({ at }) => at < first + 900)
    assert.equal(Math.max(...inFirstSecond.map((call) => call.underWay)), 1)
    assert.ok(Math.max(...startedAt.map((call) => call.underWay)) <= 4)
    assert.equal((await gate())?.is_open, false)
  })
})
