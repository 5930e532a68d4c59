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

  it('lets a pause of a person stand when the credentials are refused', async () => {
    const [open, paused] = [await fixture.addConnection(), await fixture.addConnection()]
    await fixture.rows(`update outbound_sync.connection set gate = 'paused' where id = $1`, [paused])
    await close(
      ...[open, paused].map((connectionId) => ({ gate: 'reconnect' as const, connectionId, message: 'revoked' })),
    )
    const rows = await fixture.rows('select id, gate from outbound_sync.connection')
    assert.deepEqual(
      new Map(rows.map(({ id, gate }) => [id, gate])),
      new Map([
        [open, 'reconnect'],
        [paused, 'paused'],
      ]),
    )
  })
})
