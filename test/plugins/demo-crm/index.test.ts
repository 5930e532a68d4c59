import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkPlugin } from '../../../core/registry/check-plugin.ts'
import {
  type EnqueueOptions,
  type EnqueueTarget,
  isPlugin,
  type SignalEvent,
  signalNames,
} from '../../../core/sdk/index.ts'
import demoCrm from '../../../plugins/demo-crm/index.ts'

describe('the plugin demo-crm', () => {
  it('is a plugin with one provider, its own schema and one service', () => {
    assert.ok(isPlugin(demoCrm))
    assert.equal(checkPlugin(demoCrm), null)
    assert.deepEqual(
      demoCrm.providers.map(({ identifier }) => identifier),
      ['demo-crm'],
    )
    assert.match(demoCrm.migrations[0]?.up ?? '', /create schema if not exists demo_crm/)
  })

  it('asks for a sync at every signal, with the name of the signal as the reason', async () => {
    for (const name of signalNames) {
      const calls: [EnqueueTarget, EnqueueOptions][] = []
      const event: SignalEvent = {
        name,
        scope: 'organizer:acme/event:conf26',
        subjects: [{ model: 'Order', id: '1' }],
        async enqueue(provider, options) {
          calls.push([provider, options])
          return { enqueuedCount: 1 }
        },
      }
      await demoCrm.taps[name]?.(event)
      assert.deepEqual(
        calls.map(([{ identifier }, { triggeredBy }]) => [identifier, triggeredBy]),
        [['demo-crm', name]],
      )
    }
  })
})
