// What each way a provider can end means for the job, its gate and its history: the table of outcomes, for real.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import {
  AuthenticationError,
  NetworkError,
  RateLimitedError,
  RejectedError,
  SyncConfigError,
} from '../../core/errors.ts'
import { scope } from '../support/fixture-shop.ts'
import { createInstance, type Instance, until } from '../support/instance.ts'
import { accept, createScriptedPlugin, dealMapping } from '../support/scripted-provider.ts'

describe('outcomes', () => {
  const { plugin, script } = createScriptedPlugin()
  let instance: Instance
  let connectionId = ''
  let nextOrder = 1
  before(async () => {
    instance = await createInstance({ orderCount: 50, plugins: [plugin] })
    await instance.sync.operations.setPluginActive({ plugin: 'scripted', scope, isActive: true, actor: 'test' })
    const connection = { provider: 'scripted', name: 'Scripted', scope, settings: {}, actor: 'test' }
    connectionId = (await instance.sync.operations.ensureConnection(connection)).connectionId
    await instance.rows(`update outbound_sync.connection set state = 'disabled' where id <> $1`, [connectionId])
    await instance.sync.worker.start()
  })
  after(() => instance.close())
  beforeEach(async () => {
    script.onSync = accept
    script.onFinalize = () => undefined
    script.shouldSync = true
    script.calls.length = 0
    script.finalized.length = 0
    await instance.rows(`delete from outbound_sync.sync_job`)
    await instance.rows(`update outbound_sync.connection set gate = 'open', gate_until = null, gate_reason = null`)
    await instance.rows('delete from outbound_sync.account_gate')
    // The failures of all tests together would open the breaker.
    await instance.rows('delete from outbound_sync.attempt')
  })

  const place = async (): Promise<string> => {
    const id = String(nextOrder++)
    await instance.placeOrder(id)
    return id
  }
  const attemptsOf = (id: string) =>
    instance.rows(
      `select outcome, message, failed_attempts from outbound_sync.attempt where source_id = $1 and connection_id = $2 order by id`,
      [id, connectionId],
    )
  const jobOf = async (id: string) =>
    (
      await instance.rows(
        `select state, reason, message, failed_attempts, extract(epoch from not_before - now())::int as seconds
         from outbound_sync.sync_job where source_id = $1`,
        [id],
      )
    )[0]
  const placeAndTry = async (): Promise<string> => {
    const id = await place()
    await until(async () => (await attemptsOf(id)).length > 0)
    return id
  }

  it('retries what can heal: waits a minute, uses an attempt, says why', async () => {
    script.onSync = () => {
      throw new NetworkError('crm.example refused the connection')
    }
    const id = await placeAndTry()
    const job = await jobOf(id)
    assert.equal(job?.state, 'waiting')
    assert.equal(job?.failed_attempts, 1)
    assert.equal(job?.message, 'crm.example refused the connection')
    assert.ok(Number(job?.seconds) >= 50 && Number(job?.seconds) <= 70)
  })

  it('gives up after the last attempt and waits for a person', async () => {
    script.onSync = () => {
      throw new NetworkError('still down')
    }
    const id = await placeAndTry()
    for (const attempt of [2, 3]) {
      // The wait is over; a new trigger brings the ticket.
      await instance.rows(`update outbound_sync.sync_job set not_before = now() where source_id = $1`, [id])
      await instance.placeOrder(id)
      await until(async () => (await attemptsOf(id)).length === attempt)
    }
    const job = await jobOf(id)
    assert.deepEqual([job?.state, job?.reason, job?.failed_attempts], ['needs_attention', 'exceeded', 3])
  })

  it('parks what a person has to mend, by its kind', async () => {
    const kinds: [Error, string][] = [
      [new RejectedError('The e-mail address is not valid'), 'permanent'],
      [new SyncConfigError('The list was deleted'), 'config'],
    ]
    for (const [error, reason] of kinds) {
      script.onSync = () => {
        throw error
      }
      const job = await jobOf(await placeAndTry())
      assert.deepEqual([job?.state, job?.reason, job?.message], ['needs_attention', reason, error.message])
    }
  })

  it('continues with the next order after an exception nobody expected', async () => {
    script.onSync = (args) => {
      if (script.calls.length === 1) throw new TypeError('undefined is not a function')
      return accept(args)
    }
    const failed = await placeAndTry()
    const succeeded = await placeAndTry()
    assert.equal((await attemptsOf(failed))[0]?.outcome, 'retry')
    assert.equal((await attemptsOf(succeeded))[0]?.outcome, 'succeeded')
  })

  it('says of an unexpected error whose it is, and in words what of an answer has another form', async () => {
    const verb = 'syncObjectWithProperties of the provider scripted (plugin scripted) failed: '
    const messageAfter = async (onSync: typeof script.onSync): Promise<unknown> => {
      script.onSync = onSync
      return (await jobOf(await placeAndTry()))?.message
    }
    const thrown = await messageAfter(() => {
      throw new TypeError('undefined is not a function')
    })
    assert.equal(thrown, `${verb}undefined is not a function`)
    const answer = z.object({ id: z.string(), items: z.array(z.object({ sku: z.string() })) })
    const parsed = await messageAfter((args) => {
      answer.parse({ items: [{ sku: 7 }] })
      return accept(args)
    })
    assert.equal(
      parsed,
      `${verb}what it read is not of the form it expects: id is missing; items.0.sku must be a text.`,
    )
    const id = await placeAndTry()
    await instance.rows(`update outbound_sync.sync_job set not_before = now() where source_id = $1`, [id])
    await instance.placeOrder(id)
    await until(async () => (await attemptsOf(id)).length === 2)
    assert.deepEqual([(await jobOf(id))?.state, (await jobOf(id))?.reason], ['needs_attention', 'internal'])
    const isTold = (line: string): boolean =>
      line.includes('"level":"error"') && line.includes(`"subject":"Order ${id}"`)
    await until(() => instance.logLines.some(isTold))
    const line = instance.logLines.find(isTold) ?? ''
    assert.match(line, /"connection":"Scripted".*"provider":"scripted".*"reason":"internal".*"stack":".*ZodError/)
  })

  it('says of a record that no mapping is for that it was left out, and not that it is up to date', async () => {
    const { plugin: elsewhere } = createScriptedPlugin({
      ...{ name: 'elsewhere', level: 'instance', mappings: [{ ...dealMapping, sourceModel: 'Booking' }] },
    })
    const other = await createInstance({ plugins: [elsewhere] })
    try {
      const connection = { provider: 'elsewhere', name: 'Elsewhere', scope, settings: {}, actor: 'test' }
      const { connectionId: id } = await other.sync.operations.ensureConnection(connection)
      const told = other.logLines.find((line) => line.includes('no mapping for any record that is known here')) ?? ''
      assert.match(told, /"level":"warn".*"connection":"Elsewhere".*the source model \\"Booking\\"/)
      await other.sync.worker.start()
      await other.placeOrder('1')
      const attempts = () =>
        other.rows('select outcome, message from outbound_sync.attempt where connection_id = $1', [id])
      await until(async () => (await attempts()).length === 1)
      assert.deepEqual(await attempts(), [
        {
          outcome: 'skipped',
          message:
            'No mapping of this connection says what is to be made of Order: those there are map Booking. Hand one over, for example with ensureConnection({ mappings }).',
        },
      ])
    } finally {
      await other.close()
    }
  })

  it('says of an answer that nobody can make anything of where it came from, without credentials', async () => {
    const url = `${instance.remote.baseUrl}/nowhere`
    const verb = 'syncObjectWithProperties of the provider scripted (plugin scripted) failed'
    const messageAfter = async (onSync: typeof script.onSync): Promise<unknown> => {
      script.onSync = async (args) => {
        await args.http.request({ method: 'POST', url: `${url}?api_key=s3cret`, json: {}, expectStatus: [409] })
        return onSync(args)
      }
      return (await jobOf(await placeAndTry()))?.message
    }
    const after = (status: number) => `after POST ${url}?api_key=[redacted] was answered with ${status}`
    const parsed = await messageAfter((args) => {
      z.object({ id: z.string() }).parse({})
      return accept(args)
    })
    assert.equal(parsed, `${verb} ${after(200)}: what it read is not of the form it expects: id is missing.`)
    const must =
      'syncObjectWithProperties must answer with a result (its action is one of created, updated, nothing_to_do, deleted, found), submitted({ remoteBatchId, checkAt }) or null.'
    // What a provider in JavaScript can answer.
    const answered = (answer: unknown) => messageAfter(() => answer as never)
    assert.equal(
      await answered({ id: 'secret value', name: 'x' }),
      `${must} It answered an object with id, name, ${after(409)}.`,
    )
    assert.equal(await answered({ action: 'done' }), `${must} It answered the action "done", ${after(409)}.`)
    assert.equal(await answered(undefined), `${must} It answered nothing, ${after(409)}.`)
  })

  it('remembers until the next try that nobody expected the failure, also when the order changes meanwhile', async () => {
    script.onSync = () => {
      throw new TypeError('undefined is not a function')
    }
    const id = await placeAndTry()
    const told = async () =>
      instance.rows(
        `select state, reason, jsonb_array_length(triggers) as triggers from outbound_sync.sync_job where source_id = $1`,
        [id],
      )
    assert.deepEqual(await told(), [{ state: 'waiting', reason: 'internal', triggers: 1 }])
    await instance.placeOrder(id)
    await until(async () => (await told()).length === 1)
    assert.deepEqual(await told(), [{ state: 'waiting', reason: 'internal', triggers: 2 }])
  })

  it('puts the account behind its rate limit without using an attempt', async () => {
    script.onSync = () => {
      throw new RateLimitedError('Slow down', { retryAt: new Date(Date.now() + 60_000) })
    }
    const id = await placeAndTry()
    assert.equal((await jobOf(id))?.failed_attempts, 0)
    const [gate] = await instance.rows(
      `select limited_reason, extract(epoch from limited_until - now())::int > 50 as is_later
       from outbound_sync.account_gate where account_key = $1`,
      [connectionId],
    )
    assert.deepEqual(gate, { limited_reason: 'Slow down', is_later: true })
    const held = await place()
    await until(async () => (await jobOf(held))?.state === 'waiting')
    assert.equal(script.calls.length, 1)
  })

  it('waits behind the connection for a reconnect when the credentials are refused', async () => {
    script.onSync = () => {
      throw new AuthenticationError('The API key was revoked')
    }
    const id = await placeAndTry()
    assert.equal((await jobOf(id))?.state, 'waiting')
    const [gate] = await instance.rows(`select gate, gate_reason from outbound_sync.connection where id = $1`, [
      connectionId,
    ])
    assert.deepEqual(gate, { gate: 'reconnect', gate_reason: 'The API key was revoked' })
  })

  it('holds everything of a paused connection, also what was claimed, and wakes the workers when it is resumed', async () => {
    const { operations } = instance.sync
    const by = { connectionId, actor: 'Ann' }
    let release = (): void => undefined
    const isReleased = new Promise<void>((resolve) => {
      release = resolve
    })
    script.onSync = async (args) => {
      await isReleased
      return accept(args)
    }
    const ids = await Promise.all(Array.from({ length: 8 }, place))
    await until(() => script.calls.length === 4)
    await operations.pauseConnection(by)
    // The worker looks every 100 ms here, and is woken besides.
    await delay(500)
    release()
    await until(
      async () => (await instance.rows(`select 1 from outbound_sync.sync_job where state = 'in_flight'`)).length === 0,
    )
    assert.equal(script.calls.length, 4)
    const tries = await instance.rows(
      `select outcome, count(*)::int from outbound_sync.attempt where source_id = any ($1) group by outcome`,
      [ids],
    )
    // Their object was sent, and is told of; finalize is a call too, and waits. The other four were not tried.
    assert.deepEqual(tries, [{ outcome: 'held', count: 4 }])
    assert.equal(script.finalized.length, 0)
    await operations.resumeConnection(by)
    await until(async () => (await instance.rows('select 1 from outbound_sync.sync_job')).length === 0)
    assert.equal(script.calls.length, 8)
    assert.equal(script.finalized.length, 8)
  })

  it('says why a subject was skipped, by the provider or by an object it declined', async () => {
    script.shouldSync = { skip: 'Free orders are not sent.' }
    const bySubject = await placeAndTry()
    assert.deepEqual(await attemptsOf(bySubject), [
      { outcome: 'skipped', message: 'Free orders are not sent.', failed_attempts: 0 },
    ])
    script.shouldSync = true
    script.onSync = () => null
    const byObject = await placeAndTry()
    assert.equal((await attemptsOf(byObject))[0]?.outcome, 'skipped')
  })

  it('notices that a record is gone', async () => {
    await instance.placeOrder('9999')
    await until(async () => (await attemptsOf('9999')).length > 0)
    assert.equal((await attemptsOf('9999'))[0]?.outcome, 'gone')
  })

  it('finalizes once after something was sent, not for an unchanged order, and again when finalize failed', async () => {
    const id = await placeAndTry()
    assert.equal(script.finalized.length, 1)
    assert.deepEqual(
      script.finalized[0]?.mappedObjects.deal?.map((object) => object?.remoteId),
      [`remote-B${id}`],
    )
    await instance.placeOrder(id)
    await until(async () => (await attemptsOf(id)).length === 2)
    assert.equal(script.finalized.length, 1)
    assert.equal((await attemptsOf(id))[1]?.outcome, 'nothing_to_do')

    script.onFinalize = () => {
      throw new NetworkError('down while finalizing')
    }
    const second = await placeAndTry()
    assert.equal((await attemptsOf(second))[0]?.outcome, 'retry')
    script.onFinalize = () => undefined
    const [job] = await instance.rows('select must_finalize from outbound_sync.sync_job where source_id = $1', [second])
    assert.deepEqual(job, { must_finalize: true })
  })

  it('runs a trigger that came during the flight next, with the latest state', async () => {
    let release = (): void => undefined
    script.onSync = async (args) => {
      if (script.calls.length === 1) {
        await new Promise<void>((resolve) => {
          release = resolve
        })
      }
      return accept(args)
    }
    const id = await place()
    await until(() => script.calls.length === 1)
    await instance.rows('update fixture.orders set total = 99 where id = $1', [id])
    await instance.placeOrder(id)
    await instance.placeOrder(id)
    release()
    await until(async () => (await attemptsOf(id)).length === 2)
    assert.deepEqual(
      script.calls.map((call) => call.properties[0]?.[1]),
      [(Number(id) * 1.5).toFixed(1), '99'],
    )
    assert.equal(script.calls[1]?.known?.remoteId, `remote-B${id}`)
    assert.notEqual(script.calls[0]?.idempotencyKey, script.calls[1]?.idempotencyKey)
  })

  it('keeps text that PostgreSQL refuses out of the way of the results around it', async () => {
    script.onSync = (args) => ({ ...accept(args), note: 'a\u0000b \ud800', externalLinkHref: 'javascript:alert(1)' })
    const id = await placeAndTry()
    assert.equal((await attemptsOf(id))[0]?.outcome, 'succeeded')
    const [object] = await instance.rows(`select href from outbound_sync.external_object where id_value = $1`, [
      `B${id}`,
    ])
    assert.deepEqual(object, { href: null })
  })
})
