// What a rate limit and a refused credential write, by the database's clock.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { closeGates, type GateClosing } from '../../../core/queue/close-gates.ts'
import { createQueueFixture, type QueueFixture } from '../../support/queue-fixture.ts'

describe('closing gates', () => {
  let fixture: QueueFixture
  before(async () => {
    fixture = await createQueueFixture()
  })
  after(() => fixture.close())
  beforeEach(() => fixture.rows('delete from outbound_sync.account_gate'))

  const close = (...closings: GateClosing[]) =>
    fixture.database.transaction((session) => closeGates(session, fixture.database.schema, closings))
  const limit = (delayMs: number | null): GateClosing => ({
    gate: 'limited',
    accountKey: 'acme',
    delayMs,
    message: `told ${delayMs}`,
  })
  const refusal = async (connectionId: string): Promise<GateClosing> => {
    const [row] = await fixture.rows(
      'select updated_at::text as revision from outbound_sync.connection where id = $1',
      [connectionId],
    )
    return { gate: 'reconnect', connectionId, revision: String(row?.revision), message: 'revoked' }
  }
  const account = async () => {
    const [row] = await fixture.rows(
      `select extract(epoch from limited_until - now())::float8 as seconds, limited_reason as reason, limited_seconds as own
       from outbound_sync.account_gate where account_key = 'acme'`,
    )
    return { seconds: Number(row?.seconds), reason: row?.reason, own: Number(row?.own) }
  }
  const pass = (seconds: number) =>
    fixture.rows('update outbound_sync.account_gate set limited_until = now() - make_interval(secs => $1)', [seconds])

  it('keeps the longest wait it was told, also of several at once', async () => {
    await close(limit(60_000), limit(null), limit(120_000))
    await close(limit(5_000))
    const { seconds } = await account()
    assert.ok(seconds > 119 && seconds <= 120, `${seconds} s`)
  })

  it('waits longer each time a remote that does not say how long limits it again soon', async () => {
    const waits: number[] = []
    for (let round = 0; round < 9; round++) {
      await close(limit(null))
      const { seconds, own } = await account()
      assert.ok(seconds >= own - 1 && seconds <= own * 1.1, `${seconds} s of ${own} s`)
      waits.push(own)
      await pass(1)
    }
    assert.deepEqual(waits, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600])
    await pass(3700)
    await close(limit(null))
    assert.equal((await account()).own, 30)
  })

  it('counts the answers of one burst once', async () => {
    await close(limit(null), limit(null))
    await close(limit(null))
    assert.equal((await account()).own, 30)
  })

  it('leaves a connection open whose credentials were replaced while a call with the old ones was under way', async () => {
    const connectionId = await fixture.addConnection()
    const late = await refusal(connectionId)
    await fixture.rows('update outbound_sync.connection set updated_at = now() where id = $1', [connectionId])
    await close(late)
    const gateOf = async () =>
      (await fixture.rows('select gate from outbound_sync.connection where id = $1', [connectionId]))[0]?.gate
    assert.equal(await gateOf(), 'open')
    await close(late, await refusal(connectionId))
    assert.equal(await gateOf(), 'reconnect')
  })

  it('lets a pause of a person stand when the credentials are refused', async () => {
    const [open, paused] = [await fixture.addConnection(), await fixture.addConnection()]
    await fixture.rows(`update outbound_sync.connection set gate = 'paused' where id = $1`, [paused])
    await close(...(await Promise.all([open, paused].map(refusal))))
    const rows = await fixture.rows('select id, gate from outbound_sync.connection where id = any ($1)', [
      [open, paused],
    ])
    assert.deepEqual(
      new Map(rows.map(({ id, gate }) => [id, gate])),
      new Map([
        [open, 'reconnect'],
        [paused, 'paused'],
      ]),
    )
  })
})
