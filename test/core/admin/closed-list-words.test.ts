// The words for outcomes, actions, triggers, transforms, conditions, scopes and runs.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { actionWords, outcomeWords } from '../../../core/admin/outcome-words.ts'
import { describeRun, remainingMs } from '../../../core/admin/run-words.ts'
import { scopePhrase, scopeWords } from '../../../core/admin/scopes.ts'
import { conditionWords, transformWords } from '../../../core/admin/transform-words.ts'
import { triggerWords } from '../../../core/admin/trigger-words.ts'
import { attentionReasons } from '../../../core/queue/job-states.ts'
import { transformSchema } from '../../../core/sdk/mapping.ts'
import { signalNames } from '../../../core/sdk/signals.ts'
import { objectActions } from '../../../core/sdk/sync-object.ts'

describe('words for closed lists', () => {
  it('exist for every outcome of the queue, every action and every signal', () => {
    for (const outcome of [
      'succeeded',
      'nothing_to_do',
      'skipped',
      'canceled',
      'gone',
      'superseded',
      'waiting_for',
      'deferred',
      'retry',
      'rate_limited',
      'reconnect',
      'held',
      'submitted',
      ...attentionReasons,
    ]) {
      assert.notEqual(outcomeWords(outcome).label, outcome)
    }
    for (const action of [...objectActions, 'submitted', 'skipped', 'failed'])
      assert.notEqual(actionWords(action).label, action)
    for (const name of signalNames) assert.doesNotMatch(triggerWords({ name }), /_/)
  })

  it('show an unknown name as it is, also one that every object has', () => {
    assert.deepEqual(outcomeWords('constructor'), { label: 'constructor', tone: 'calm' })
    assert.deepEqual(actionWords('toString'), { label: 'toString', tone: 'calm' })
    assert.equal(triggerWords({ name: 'stock_counted' }), 'stock counted')
  })

  it('name who asked', () => {
    assert.equal(triggerWords({ name: 'sync_now', actor: 'Anna' }), 'Anna asked for it')
    assert.equal(triggerWords({ name: 'order_paid', actor: 'Anna' }), 'the order was paid, by Anna')
  })

  it('exist for every transform', () => {
    const samples: Record<string, object> = {
      truncate: { length: 10 },
      replace: { search: 'a', replacement: 'b' },
      default: { value: 'x' },
      prefix: { text: 'x' },
      suffix: { text: 'x' },
      split: { separator: ',' },
      join: { separator: ',' },
      pick: { index: 0 },
      round: { digits: 2 },
      date: { format: 'unix_seconds' },
      boolean_text: { whenTrue: 'y', whenFalse: 'n' },
    }
    for (const { shape } of transformSchema.options) {
      const name = shape.name.value
      const words = transformWords(transformSchema.parse({ name, ...samples[name] }))
      assert.ok(words.length > 3 && !words.includes('undefined') && !words.includes('_'), `${name}: ${words}`)
    }
    assert.equal(transformWords({ name: 'pick', index: -1 }), 'only entry 1 from the end')
  })

  it('say a nested condition with its brackets', () => {
    const text = conditionWords(
      {
        all: [
          { field: 'total', operator: 'greater_than', value: '0' },
          { any: [{ field: 'mail', is: 'empty' }, { not: { field: 'country', oneOf: ['DE', 'AT'] } }] },
          { field: 'business', operator: 'equals', value: true },
        ],
      },
      (key) => key.toUpperCase(),
    )
    assert.equal(
      text,
      'TOTAL is greater than “0” and (MAIL is empty or not (COUNTRY is one of “DE”, “AT”)) and BUSINESS is yes',
    )
    assert.equal(conditionWords({ all: [] }, String), 'always')
  })

  it('say a scope', () => {
    assert.equal(scopeWords('organizer:acme/event:conf26'), 'organizer acme › event conf26')
    assert.deepEqual([scopePhrase(''), scopePhrase('organizer:acme')], ['everywhere', 'for organizer acme'])
  })
})

describe('describeRun', () => {
  it('offers the buttons that fit the state', () => {
    const buttons = (state: Parameters<typeof describeRun>[0]['state']) => {
      const { canPause, canResume, canStop } = describeRun({ state, reason: null, failedCount: 0 })
      return [canPause, canResume, canStop]
    }
    assert.deepEqual(
      (['waiting', 'canary', 'running', 'paused', 'failed', 'stopped', 'finished'] as const).map(buttons),
      [
        [true, false, true],
        [true, false, true],
        [true, false, true],
        [false, true, true],
        [false, true, true],
        [false, false, false],
        [false, false, false],
      ],
    )
  })

  it('does not call a run with failures a good one', () => {
    assert.equal(describeRun({ state: 'finished', reason: null, failedCount: 0 }).tone, 'good')
    assert.equal(describeRun({ state: 'finished', reason: null, failedCount: 1 }).tone, 'wait')
    assert.equal(describeRun({ state: 'stopped', reason: 'r', failedCount: 3 }).tone, 'bad')
  })
})

describe('remainingMs', () => {
  it('goes by the pace so far, and says nothing too early', () => {
    assert.equal(remainingMs({ doneCount: 100, totalCount: 400, elapsedMs: 10_000 }), 30_000)
    assert.equal(remainingMs({ doneCount: 2, totalCount: 400, elapsedMs: 10_000 }), null)
    assert.equal(remainingMs({ doneCount: 400, totalCount: 400, elapsedMs: 10_000 }), null)
  })
})
