// Pause, resume and "try now": what each does to the gate in force, whatever else holds the account back.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { gateInForce } from '../../../core/connections/connection-gates.ts'
import { pauseConnection, resumeConnection, tryConnectionNow } from '../../../core/connections/gate-moves.ts'
import { isErrorKind } from '../../../core/errors.ts'
import { createQueueFixture, type QueueFixture } from '../../support/queue-fixture.ts'

describe('gates of a connection', () => {
  let fixture: QueueFixture
  let connectionId: string
  before(async () => {
    fixture = await createQueueFixture()
  })
  after(() => fixture.close())
  beforeEach(async () => {
    connectionId = await fixture.addConnection()
  })

  const noneCanceled = async () => assert.fail('nothing was to be canceled')
  const by = () => ({ connectionId, actor: 'Ann' })
  const inForce = async () => {
    const [row] = await fixture.rows(
      `select gate.gate, gate.gate_reason as reason, extract(epoch from gate.gate_until - now())::int as seconds
       from outbound_sync.connection c ${gateInForce('outbound_sync')} where c.id = $1`,
      [connectionId],
    )
    return row
  }
  const limitAccount = (seconds: number) =>
    fixture.rows(
      `insert into outbound_sync.account_gate (account_key, limited_until, limited_reason)
       values ($1, now() + make_interval(secs => $2), 'Slow down')`,
      [connectionId, seconds],
    )
  const refuses = (work: Promise<unknown>, message: RegExp) =>
    assert.rejects(work, (error: Error) => isErrorKind(error, 'TransitionError') && message.test(error.message))

  it('is open where nothing was ever closed', async () => {
    assert.deepEqual(await inForce(), { gate: 'open', reason: null, seconds: null })
  })

  it('lets a pause outlive a rate limit, and the limit outlive the pause', async () => {
    await pauseConnection(fixture.database, by())
    await limitAccount(600)
    assert.equal((await inForce())?.gate, 'paused')
    await resumeConnection(fixture.database, by(), noneCanceled)
    const { gate, reason, seconds } = (await inForce()) ?? {}
    assert.deepEqual([gate, reason], ['limited', 'Slow down'])
    assert.ok(Number(seconds) > 590 && Number(seconds) <= 600)
  })

  it('ends a pause by itself when its time is over', async () => {
    await pauseConnection(fixture.database, { ...by(), seconds: 3600 })
    assert.equal((await inForce())?.seconds, 3600)
    await fixture.rows(`update outbound_sync.connection set gate_until = now() - interval '1 second' where id = $1`, [
      connectionId,
    ])
    assert.equal((await inForce())?.gate, 'open')
  })

  it('tries now: ends a limit, an outage and the wait for credentials', async () => {
    await limitAccount(600)
    await tryConnectionNow(fixture.database, by())
    assert.equal((await inForce())?.gate, 'open')
    await fixture.rows(`update outbound_sync.account_gate set breaker_probe_at = now() where account_key = $1`, [
      connectionId,
    ])
    assert.equal((await inForce())?.gate, 'breaker')
    await tryConnectionNow(fixture.database, by())
    assert.equal((await inForce())?.gate, 'open')
    const [account] = await fixture.rows(
      'select recovered_at is not null as ramps from outbound_sync.account_gate where account_key = $1',
      [connectionId],
    )
    assert.deepEqual(account, { ramps: true })
    await fixture.rows(`update outbound_sync.connection set gate = 'reconnect' where id = $1`, [connectionId])
    await tryConnectionNow(fixture.database, by())
    assert.equal((await inForce())?.gate, 'open')
  })

  it('honours what a worker of the version before wrote into the row', async () => {
    const close = (until: string) =>
      fixture.rows(
        `update outbound_sync.connection set gate = 'limited', gate_until = now() + $2::interval where id = $1`,
        [connectionId, until],
      )
    await close('1 minute')
    assert.equal((await inForce())?.gate, 'limited')
    await close('-1 minute')
    assert.equal((await inForce())?.gate, 'open')
  })

  it('says why it refuses, and who did what', async () => {
    await refuses(resumeConnection(fixture.database, by(), noneCanceled), /it is not paused/)
    await refuses(tryConnectionNow(fixture.database, by()), /nothing holds it back/)
    await refuses(pauseConnection(fixture.database, { ...by(), seconds: -5 }), /for -5 seconds: expected more than 0/)
    await refuses(pauseConnection(fixture.database, { ...by(), connectionId: 'nobody' }), /does not exist/)
    await pauseConnection(fixture.database, by())
    await refuses(tryConnectionNow(fixture.database, by()), /it is paused. Resume it/)
    await resumeConnection(fixture.database, by(), noneCanceled)
    const entries = await fixture.rows(
      `select actor, action, before ->> 'gate' as before, after ->> 'gate' as after
       from outbound_sync.audit_entry where target = $1 order by id`,
      [`connection:${connectionId}`],
    )
    assert.deepEqual(entries, [
      { actor: 'Ann', action: 'connection.paused', before: 'open', after: 'paused' },
      { actor: 'Ann', action: 'connection.resumed', before: 'paused', after: 'open' },
    ])
  })
})
