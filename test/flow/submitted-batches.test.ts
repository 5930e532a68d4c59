// Remotes that answer later, for real: an HTTP remote takes batches, keeps the objects for a while and is asked for what
// became of them; the order goes on from there.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { type Boss, createBoss } from '../../core/queue/boss.ts'
import { cancelConnectionJobs } from '../../core/queue/cancel-connection-jobs.ts'
import { createJobActions, type JobActions } from '../../core/queue/job-actions.ts'
import { createBatchPlugin } from '../support/batch-provider.ts'
import { type BatchRemote, startBatchRemote } from '../support/batch-remote.ts'
import { scope } from '../support/fixture-shop.ts'
import { createInstance, type Instance, until } from '../support/instance.ts'
import { quietLog } from '../support/migrated-database.ts'

const orderCount = 60

for (const granularity of ['batch', 'object'] as const) {
  describe(`a remote that answers later, ${granularity} by ${granularity}`, () => {
    const { plugin, log } = createBatchPlugin({ granularity })
    let remote: BatchRemote
    let instance: Instance
    let connectionId = ''
    let nextOrder = 1
    let actions: JobActions
    let boss: Boss
    before(async () => {
      remote = await startBatchRemote()
      instance = await createInstance({
        orderCount,
        plugins: [plugin],
        egressAllow: [`127.0.0.1:${remote.port}`],
        workerPollIntervalMs: 50,
      })
      const settings = { baseUrl: remote.baseUrl }
      const connection = { provider: 'batches', name: 'Late', scope, settings, actor: 'test' }
      connectionId = (await instance.sync.operations.ensureConnection(connection)).connectionId
      await instance.rows(`update outbound_sync.connection set state = 'disabled' where id <> $1`, [connectionId])
      await instance.sync.worker.start()
      boss = createBoss({ database: instance.database, schema: 'outbound_sync_boss', log: quietLog, isWorker: false })
      await boss.start()
      actions = createJobActions({ database: instance.database, boss, wakeUp: () => undefined })
    })
    after(async () => {
      await boss.stop()
      await instance.close()
      await remote.close()
    })
    beforeEach(() => {
      remote.answerAfterMs = 0
      remote.refuse = () => null
      remote.failures.length = 0
      log.finalized.length = 0
    })

    const jobsOf = (id: string) =>
      instance.rows(
        `select id, state, reason, message, check_at > now() + interval '10 seconds' as is_later from outbound_sync.sync_job
         where source_id = $1 and connection_id = $2 order by id`,
        [id, connectionId],
      )
    const stateOf = async (id: string) => (await jobsOf(id))[0]?.state
    const outcomesOf = async (id: string) =>
      (
        await instance.rows(
          `select outcome from outbound_sync.attempt where source_id = $1 and connection_id = $2 order by id`,
          [id, connectionId],
        )
      ).map((row) => row.outcome)
    const place = async (): Promise<string> => {
      const id = String(nextOrder++)
      await instance.placeOrder(id)
      return id
    }
    const untilDone = (ids: readonly string[]) =>
      until(async () => {
        const rows = await instance.rows(`select 1 from outbound_sync.sync_job where source_id = any($1)`, [ids])
        return rows.length === 0
      })
    /** The ids of a ticket's objects are made from the order's. */
    const ticketsOf = (id: string) => [String(Number(id) * 2), String(Number(id) * 2 + 1)]

    it('gets the objects in the order of the mappings, each with the answers to those before, and finalizes once', async () => {
      remote.answerAfterMs = 300
      const id = await place()
      await until(async () => (await stateOf(id)) === 'submitted')
      assert.equal(remote.objects.size, 0)
      await untilDone([id])
      const [first, second] = ticketsOf(id).map((ticket) => remote.objects.get(`ticket/${ticket}`))
      assert.deepEqual(remote.objects.get(`deal/B${id}`)?.values.tickets, `${first?.remoteId},${second?.remoteId}`)
      assert.deepEqual(
        [...remote.objects.values()].map(({ appliedCount }) => appliedCount),
        [1, 1, 1],
      )
      assert.equal(remote.resentKeys.size, 0)
      assert.equal(log.finalized.length, 1)
      const mapped = log.finalized[0]?.mappedObjects
      assert.deepEqual(
        mapped?.ticket?.map((object) => object?.note),
        ticketsOf(id).map((ticket) => `about ${ticket}`),
        'free keys of the answer reach what comes after',
      )
      assert.deepEqual(await outcomesOf(id), ['submitted', 'submitted', 'succeeded'])
      const actions = await instance.rows(
        `select a.outcome, o.mapping_key, o.action from outbound_sync.attempt_object o
         join outbound_sync.attempt a on a.id = o.attempt_id
         where a.source_id = $1 and a.connection_id = $2 order by o.id`,
        [id, connectionId],
      )
      assert.deepEqual(
        actions.map((row) => `${row.outcome}: ${row.mapping_key} ${row.action}`),
        [
          'submitted: ticket submitted',
          'submitted: ticket submitted',
          'submitted: ticket created',
          'submitted: ticket created',
          'submitted: deal submitted',
          'succeeded: deal created',
        ],
      )
      assert.deepEqual(await instance.rows(`select key from outbound_sync.lease where worker not like '%/%/%'`), [])
    })

    it('is not asked again for what has not changed', async () => {
      const id = await place()
      await untilDone([id])
      const before = remote.batches.length
      await instance.placeOrder(id)
      await untilDone([id])
      assert.equal(remote.batches.length, before)
      assert.equal((await outcomesOf(id)).at(-1), 'nothing_to_do')
    })

    it('ends the job by the class of the error it answers, and the other orders go on', async () => {
      const bad = String(nextOrder)
      remote.refuse = ({ id }) => (id === ticketsOf(bad)[0] ? 'This ticket type is closed' : null)
      const ids = [await place(), await place()]
      await until(async () => (await stateOf(bad)) === 'needs_attention')
      await untilDone(ids.slice(1))
      const [job] = await jobsOf(bad)
      assert.deepEqual([job?.reason, job?.message], ['permanent', 'This ticket type is closed'])
      assert.ok(remote.objects.has(`deal/B${ids[1]}`))
      assert.ok(!remote.objects.has(`deal/B${bad}`))

      remote.refuse = () => null
      const accepted = remote.objects.get(`ticket/${ticketsOf(bad)[1]}`)?.appliedCount
      await instance.placeOrder(bad)
      await untilDone([bad])
      assert.ok(remote.objects.has(`deal/B${bad}`))
      assert.deepEqual(
        [accepted, remote.objects.get(`ticket/${ticketsOf(bad)[1]}`)?.appliedCount],
        [1, 1],
        'what was taken is not sent again',
      )
    })

    it('sends a change that came meanwhile next, and never two for one object at the same time', async () => {
      remote.answerAfterMs = 400
      const id = await place()
      await until(async () => (await stateOf(id)) === 'submitted')
      await instance.rows(`update fixture.positions set item = 'Balcony' where order_id = $1`, [id])
      await instance.placeOrder(id)
      await until(async () => (await jobsOf(id)).length === 2)
      await untilDone([id])
      for (const ticket of ticketsOf(id)) {
        assert.deepEqual(remote.objects.get(`ticket/${ticket}`)?.values, { item: 'Balcony' })
      }
      assert.deepEqual(remote.overlaps, [])
    })

    it('keeps an identity that two orders share with the one that was first', async () => {
      remote.answerAfterMs = 300
      const ids = [await place(), await place()]
      await instance.rows(`update fixture.orders set code = 'SHARED' where id = any($1::bigint[])`, [ids])
      await untilDone(ids)
      assert.equal(remote.objects.get('deal/SHARED')?.appliedCount, 2)
      assert.deepEqual(remote.overlaps, [])
    })

    it('is asked again after a failed look, later each time, and nothing is lost', async () => {
      remote.failures.push({ path: 'ask', status: 503 })
      const id = await place()
      // The order's other ticket lies in a batch of its own, which is answered.
      await until(async () => (await jobsOf(id))[0]?.is_later === true)
      const [job] = await jobsOf(id)
      assert.equal(job?.state, 'submitted')
      assert.match(String(job?.message), /could not be looked up/)
      const [batch] = await instance.rows(
        `select failed_checks, state, extract(epoch from check_at - now())::int as seconds
         from outbound_sync.batch_request where connection_id = $1 and check_at > now() + interval '10 seconds'`,
        [connectionId],
      )
      assert.equal(batch?.failed_checks, 1)
      assert.ok(Number(batch?.seconds) >= 50 && Number(batch?.seconds) <= 70, `in ${batch?.seconds} seconds`)
      await instance.rows('update outbound_sync.batch_request set check_at = now()')
      await untilDone([id])
      assert.equal(remote.objects.get(`deal/B${id}`)?.appliedCount, 1)
    })

    it('is not asked behind a closed gate, and then it is', async () => {
      remote.answerAfterMs = 200
      const id = await place()
      await until(async () => (await stateOf(id)) === 'submitted')
      await instance.rows(`update outbound_sync.connection set gate = 'paused' where id = $1`, [connectionId])
      const asked = () => [...remote.questions.values()].reduce((sum, count) => sum + count, 0)
      // A question that was on its way when the gate closed.
      await until(
        async () => (await instance.rows(`select 1 from outbound_sync.lease where key like 'check/%'`)).length === 0,
      )
      const before = asked()
      await until(async () => {
        const rows = await instance.rows(
          `select 1 from outbound_sync.batch_request where state in ('sent_to_remote', 'ongoing') and check_at < now() - interval '300 ms'`,
        )
        return rows.length > 0
      })
      assert.equal(asked(), before)
      await instance.rows(`update outbound_sync.connection set gate = 'open' where id = $1`, [connectionId])
      await untilDone([id])
    })

    it('is waited for no longer when a person cancels, and its answer reaches the ledger all the same', async () => {
      remote.answerAfterMs = 500
      const id = await place()
      await until(async () => (await stateOf(id)) === 'submitted')
      const jobId = String((await jobsOf(id))[0]?.id)
      assert.equal(await actions.retryNow({ jobId, actor: 'Ada' }), 'submitted')
      await instance.placeOrder(id)
      assert.equal(await actions.cancel({ jobId, actor: 'Ada' }), 'canceled')
      assert.deepEqual(await jobsOf(id), [])
      await until(async () => {
        const rows = await instance.rows(
          `select 1 from outbound_sync.external_object where object_type = 'ticket' and id_value = any($1)`,
          [ticketsOf(id)],
        )
        return rows.length === 2
      })
      assert.ok(!remote.objects.has(`deal/B${id}`))
      assert.deepEqual(await outcomesOf(id), ['submitted', 'canceled', 'canceled'])
      assert.deepEqual(await instance.rows(`select key from outbound_sync.lease where until = 'infinity'`), [])
    })

    it('gets it once more after the answer when a person asks for it meanwhile', async () => {
      remote.answerAfterMs = 400
      const id = await place()
      await until(async () => (await stateOf(id)) === 'submitted')
      await actions.syncNow({ connectionId, subject: { model: 'Order', id }, scope, actor: 'Ada' })
      await untilDone([id])
      const sent = remote.batches.flatMap((batch) => batch.objects.map((object) => object.id))
      for (const ticket of ticketsOf(id)) assert.equal(sent.filter((one) => one === ticket).length, 2)
      assert.deepEqual(remote.overlaps, [])
    })

    it('is given up when it does not answer within its time', async () => {
      remote.answerAfterMs = Number.POSITIVE_INFINITY
      const id = await place()
      await until(async () => (await stateOf(id)) === 'submitted')
      await instance.rows(`update outbound_sync.batch_request set expires_at = now() where state <> 'done'`)
      await until(async () => (await stateOf(id)) === 'needs_attention')
      const [job] = await jobsOf(id)
      assert.equal(job?.reason, 'timeout')
      assert.match(String(job?.message), /accepted it as batch-\d+ and has not answered within its time/)
      await until(
        async () => (await instance.rows(`select key from outbound_sync.lease where until = 'infinity'`)).length === 0,
      )

      remote.answerAfterMs = 0
      await instance.placeOrder(id)
      await untilDone([id])
      assert.ok(remote.objects.has(`deal/B${id}`))
    })

    it('is not waited for when its connection is deleted', async () => {
      remote.answerAfterMs = Number.POSITIVE_INFINITY
      const id = await place()
      await until(async () => (await stateOf(id)) === 'submitted')
      await instance.database.transaction((session) =>
        cancelConnectionJobs(session, 'outbound_sync', { connectionId, actor: 'Ada' }),
      )
      assert.deepEqual(await jobsOf(id), [])
      assert.deepEqual(await outcomesOf(id), ['submitted', 'canceled'])
      const open = `select 1 from outbound_sync.batch_request where state in ('sent_to_remote', 'ongoing')`
      assert.deepEqual(await instance.rows(open), [])
      assert.deepEqual(await instance.rows(`select key from outbound_sync.lease where until = 'infinity'`), [])
    })
  })
}
