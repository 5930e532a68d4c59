// A host's database that goes away while records are read, and a lease that a provider hands on in an error of its own:
// no attempt is used, and the record is sent soon after.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { LeaseError } from '../../core/sync/leases.ts'
import { until } from '../support/instance.ts'
import { createScriptedInstance, type ScriptedInstance } from '../support/scripted-instance.ts'
import { accept } from '../support/scripted-provider.ts'

describe('a try that failed by no fault of the remote', () => {
  let scripted: ScriptedInstance
  before(async () => {
    scripted = await createScriptedInstance()
  })
  after(() => scripted.instance.close())

  const attemptsOf = async (id: string) =>
    scripted.instance.rows(
      `select outcome, message, failed_attempts as failed from outbound_sync.attempt
       where source_id = $1 and connection_id = $2 order by id`,
      [id, scripted.connectionId],
    )

  it('is none when the connection to the host’s database ends while records are read', async () => {
    const { instance, script } = scripted
    const client = await instance.pool.connect()
    try {
      await client.query('begin; lock table fixture.orders')
      await instance.placeOrder('1')
      const blocked = async () =>
        instance.rows(
          `select pg_terminate_backend(pid) as is_ended from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock' and query like '%from fixture.orders%'`,
        )
      await until(async () => (await blocked()).some(({ is_ended }) => is_ended))
    } finally {
      await client.query('rollback')
      client.release()
    }
    await until(async () => (await attemptsOf('1')).some(({ outcome }) => outcome === 'succeeded'))
    const [first, ...later] = await attemptsOf('1')
    assert.equal(first?.outcome, 'deferred')
    assert.match(String(first?.message), /^The record could not be read: .*terminat/)
    assert.deepEqual(
      [first, ...later].map((attempt) => attempt?.failed),
      [0, 0],
    )
    assert.equal(script.calls.length, 1)
  })

  it('is none when a provider wraps what says that the leases may have run out', async () => {
    const { script } = scripted
    script.onSync = (args) => {
      script.onSync = accept
      throw new Error(`${args.idValue} was not sent`, { cause: new LeaseError('The leases may have run out.') })
    }
    const { outcome, message } = await scripted.sync('2')
    assert.equal(outcome, 'deferred')
    assert.match(String(message), /B2 was not sent$/)
    await until(async () => (await attemptsOf('2')).length === 2)
    assert.deepEqual(
      (await attemptsOf('2')).map(({ outcome, failed }) => [outcome, failed]),
      [
        ['deferred', 0],
        ['succeeded', 0],
      ],
    )
  })
})
