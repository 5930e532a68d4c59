// Every verb of a provider may hang; none keeps a worker.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createScriptedInstance, type ScriptedInstance } from '../support/scripted-instance.ts'
import { accept, dealMapping } from '../support/scripted-provider.ts'

const forever = (): Promise<never> => new Promise(() => undefined)

describe('a provider that hangs', () => {
  let scripted: ScriptedInstance
  let order = 0
  before(async () => {
    scripted = await createScriptedInstance({
      orderCount: 10,
      mappings: ['first', 'second', 'third'].map((key) => ({ ...dealMapping, key, externalObjectType: key })),
      limits: { objectTimeoutMs: 200, subjectTimeoutMs: 500 },
    })
  })
  after(() => scripted.instance.close())
  beforeEach(() => {
    order++
    scripted.script.onSync = accept
    scripted.script.onFinalize = () => undefined
    scripted.script.calls.length = 0
  })

  it('in finalize is given up at the time limit and tried again later', async () => {
    scripted.script.onFinalize = forever
    const { outcome, message } = await scripted.sync(String(order))
    assert.deepEqual(
      [outcome, message],
      ['retry', `Finalizing B${order} took longer than 0.2 seconds and was given up.`],
    )
  })

  it('in a call is given up, and what it answers after that counts for nothing', async () => {
    const answered = Promise.withResolvers<void>()
    scripted.script.onSync = async (args) => {
      await delay(400)
      answered.resolve()
      return accept(args)
    }
    const { outcome, message } = await scripted.sync(String(order))
    assert.deepEqual(
      [outcome, message],
      ['retry', `Sending first B${order} took longer than 0.2 seconds and was given up.`],
    )
    await answered.promise
    assert.deepEqual(
      await scripted.instance.rows('select id from outbound_sync.external_object where id_value = $1', [`B${order}`]),
      [],
    )
  })

  it('in all it does, within its limits, is stopped by the time limit of the record and waits for a person', async () => {
    scripted.script.onSync = async (args) => {
      await delay(180)
      return accept(args)
    }
    // Three calls are made; finalize is not begun any more.
    const { outcome, message } = await scripted.sync(String(order))
    assert.equal(outcome, 'timeout')
    assert.equal(scripted.script.calls.length, 3)
    assert.equal(scripted.script.finalized.length, 1)
    assert.match(String(message), /not through after 0\.5 seconds/)
    const [job] = await scripted.instance.rows(
      'select state, reason, failed_attempts from outbound_sync.sync_job where source_id = $1',
      [String(order)],
    )
    assert.deepEqual(job, { state: 'needs_attention', reason: 'timeout', failed_attempts: 0 })
  })
})
