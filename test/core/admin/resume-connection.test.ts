// Resuming a paused connection: all that waited goes on, or what came in since a time, or nothing.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { textOf } from './browse.ts'
import { type ConnectionsFixture, createConnectionsFixture } from './connections-fixture.ts'
import { insertJob } from './insert-rows.ts'

describe('resuming a connection', () => {
  let fixture: ConnectionsFixture
  before(async () => {
    fixture = await createConnectionsFixture()
  })
  after(() => fixture.close())

  /** Three wait: of now, of two hours ago, of two days ago. One more needs a person. */
  async function paused(): Promise<string> {
    const id = await fixture.addConnection({
      name: 'Held CRM',
      gate: 'paused',
      scope: `organizer:acme/event:${Math.random()}`,
    })
    const hours = [0, 2, 48]
    for (const [index, age] of hours.entries()) {
      const job = await insertJob(fixture, { connection: id, order: `4${index}` })
      await fixture.sql(
        `update outbound_sync.sync_job set created_at = now() - make_interval(hours => $2) where id = $1`,
        [job, age],
      )
    }
    await insertJob(fixture, { connection: id, order: '49', state: 'needs_attention', reason: 'config' })
    return id
  }
  const left = async (id: string) =>
    (
      await fixture.sql(`select source_id from outbound_sync.sync_job where connection_id = $1 order by source_id`, [
        id,
      ])
    ).map(({ source_id }) => source_id)
  const resume = async (id: string, fields: Record<string, string>) => {
    const answer = await fixture.as('operator').post(`/connections/${id}/resume`, fields)
    assert.equal(answer.status, 303, textOf(answer.text))
    assert.equal((await fixture.stateOf(id))?.gate, 'open')
  }

  it('says how many each choice is about', async () => {
    const text = textOf((await fixture.as('operator').get(`/connections/${await paused()}/resume`)).text)
    assert.match(text, /All of it is sent: 3 jobs/)
    assert.match(text, /during the last hour: 1 job\..* during the last day: 2 jobs\./)
    assert.match(text, /Nothing of it is sent: 3 jobs canceled/)
  })

  it('sends all where nothing else is chosen', async () => {
    const id = await paused()
    await resume(id, {})
    assert.equal((await left(id)).length, 4)
  })

  it('cancels what is older, in the history and in the audit log', async () => {
    const id = await paused()
    await resume(id, { send: '1d' })
    assert.deepEqual(await left(id), ['40', '41', '49'])
    const canceled = await fixture.sql(
      `select source_id, outcome, message from outbound_sync.attempt where connection_id = $1`,
      [id],
    )
    assert.deepEqual(
      canceled.map(({ source_id, outcome }) => [source_id, outcome]),
      [['42', 'canceled']],
    )
    assert.match(String(canceled[0]?.message), /canceled when operator resumed it/)
    const [entry] = await fixture.sql(
      `select after from outbound_sync.audit_entry where target = $1 and action = 'connection.resumed'`,
      [`connection:${id}`],
    )
    assert.equal(Object(entry?.after).canceledCount, 1)
  })

  it('takes a time of one’s own, and says when it is none', async () => {
    const id = await paused()
    const anHourAgo = new Date(Date.now() - 3_600_000).toISOString().slice(0, 16)
    for (const since of ['', 'yesterday', '2026-02-31T10:00', '9999-01-01T00:00', '\0']) {
      const answer = await fixture.as('operator').post(`/connections/${id}/resume`, { send: 'since', since })
      assert.equal(answer.status, 422, since)
      assert.match(answer.text, /<title>Error: /)
    }
    assert.equal((await fixture.stateOf(id))?.gate, 'paused')
    await resume(id, { send: 'since', since: anHourAgo })
    assert.deepEqual(await left(id), ['40', '49'])
  })

  it('sends nothing of it, and begins slowly', async () => {
    const id = await paused()
    await resume(id, { send: 'none', ramped: 'yes' })
    assert.deepEqual(await left(id), ['49'])
    const ramped = await fixture.sql(
      `select recovered_at > now() - interval '1 minute' as is_ramped from outbound_sync.account_gate where account_key = $1`,
      [id],
    )
    assert.deepEqual(ramped, [{ is_ramped: true }])
    // Again, from a page that was left open.
    assert.equal((await fixture.as('operator').post(`/connections/${id}/resume`, { send: 'none' })).status, 303)
    assert.match(textOf((await fixture.as('operator').get(`/connections/${id}/resume`)).text), /It is not paused/)
  })

  it('is not for everybody', async () => {
    const id = await paused()
    assert.equal((await fixture.as('rival').post(`/connections/${id}/resume`, { send: 'none' })).status, 404)
    assert.equal((await fixture.as('rival').get(`/connections/${id}/resume`)).status, 404)
    assert.equal((await left(id)).length, 4)
  })
})
