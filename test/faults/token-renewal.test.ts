// Three workers whose token has ended, and one that is killed while it renews it.
import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { type AuthorizedInstance, createAuthorizedInstance } from '../support/authorized-instance.ts'
import { until } from '../support/instance.ts'

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

async function start(test: TestContext, orderCount: number) {
  const workers: ChildProcess[] = []
  // Before the database they work on is gone.
  test.after(async () => {
    await Promise.all(workers.map(kill))
  })
  const instance = await createAuthorizedInstance(test, { orderCount })
  // Its own jobs are not what this is about.
  await instance.rows(`update outbound_sync.connection set state = 'disabled' where id = $1`, [instance.connectionId])
  const id = await instance.connect('agreed')
  await instance.agree(id)
  await instance.expire(id)
  const startWorker = async (): Promise<ChildProcess> => {
    const script = join(import.meta.dirname, '../support/authorized-worker-process.ts')
    const child = fork(script, [instance.databaseUrl, instance.keyFolder])
    workers.push(child)
    await once(child, 'message')
    return child
  }
  return { instance, id, startWorker }
}

const allArrived = ({ oidc }: AuthorizedInstance, orderCount: number) =>
  until(() => oidc.received.size === orderCount, 60_000)

async function leftOver({ rows }: AuthorizedInstance, id: string): Promise<unknown> {
  const [row] = await rows(
    `select count(*) filter (where state <> 'waiting')::int as other, count(*)::int as jobs,
            coalesce(max(failed_attempts), 0) as failed
     from outbound_sync.sync_job where connection_id = $1`,
    [id],
  )
  return row
}

describe('a token that has ended', () => {
  it('is renewed by one of three processes, once for all', async (test) => {
    const orderCount = 240
    const { instance, id, startWorker } = await start(test, orderCount)
    const { oidc, rows } = instance
    oidc.apiLatencyMs = 200
    await instance.placeOrders(1, orderCount)
    await Promise.all([1, 2, 3].map(startWorker))
    const workers = async (table: string): Promise<unknown> => {
      const [row] = await rows(
        `select count(distinct worker)::int as count from outbound_sync.${table} where connection_id = $1 and worker is not null`,
        [id],
      )
      return row?.count
    }
    // Each of them has sent with the first token it renewed or found renewed, and has calls under way with it.
    await until(async () => (await workers('attempt')) === 3 && (await workers('sync_job')) === 3, 60_000)
    assert.equal(oidc.counts.refresh_token, 1)
    assert.ok(oidc.received.size < orderCount)
    oidc.hold = 'before'
    await oidc.endAccess()
    await oidc.held()
    oidc.release()
    await allArrived(instance, orderCount)
    assert.equal(oidc.counts.refresh_token, 2)
    assert.equal(oidc.counts.invalid_grant, undefined)
    assert.equal(await instance.gateOf(id), 'open')
    assert.ok(oidc.apiStatuses.filter((status) => status === 401).length >= 3)
    await until(async () => (await rows('select from outbound_sync.sync_job')).length === 0)
    const outcomes = await rows('select distinct outcome from outbound_sync.attempt where connection_id = $1', [id])
    assert.deepEqual(outcomes, [{ outcome: 'succeeded' }])
  })

  it('is renewed by another process when the one that began is killed before the remote has done anything', async (test) => {
    const { instance, id, startWorker } = await start(test, 30)
    const { oidc } = instance
    oidc.hold = 'before'
    await instance.placeOrders(1, 30)
    const doomed = await startWorker()
    await oidc.held()
    await kill(doomed)
    oidc.release()
    assert.equal(oidc.counts.refresh_token, undefined)
    await startWorker()
    await allArrived(instance, 30)
    assert.equal(oidc.counts.refresh_token, 1)
    assert.equal(await instance.gateOf(id), 'open')
    await until(async () => (await instance.rows('select from outbound_sync.sync_job')).length === 0)
  })

  it('has to be agreed to again when the new one was given out and the process was killed before it heard', async (test) => {
    const { instance, id, startWorker } = await start(test, 30)
    const { oidc } = instance
    oidc.hold = 'after'
    await instance.placeOrders(1, 30)
    const doomed = await startWorker()
    await oidc.held()
    await kill(doomed)
    oidc.release()
    assert.equal(oidc.counts.refresh_token, 1)
    await startWorker()
    await until(async () => (await instance.gateOf(id)) === 'reconnect', 60_000)
    const isWaiting = async () => JSON.stringify(await leftOver(instance, id)) === '{"other":0,"jobs":30,"failed":0}'
    await until(isWaiting)
    assert.equal(oidc.received.size, 0)

    await instance.agree(id)
    await allArrived(instance, 30)
    assert.equal(await instance.gateOf(id), 'open')
  })
})
