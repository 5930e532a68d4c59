// How lines, connections and the whole are doing, in sentences made from facts.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ConnectionCounts } from '../../../core/admin/connections/connection-counts.ts'
import type { ConnectionRecord } from '../../../core/admin/connections/connection-records.ts'
import { describeConnection } from '../../../core/admin/connections/connection-words.ts'
import { healthSentence } from '../../../core/admin/home-pages.ts'
import { describeLine } from '../../../core/admin/line-words.ts'
import type { Line } from '../../../core/admin/lines.ts'
import { attentionReasons } from '../../../core/queue/job-states.ts'

const now = new Date('2026-11-22T12:00:00Z')
const later = new Date('2026-11-22T12:10:00Z')
const earlier = new Date('2026-11-22T11:50:00Z')

const connection: ConnectionRecord = {
  id: 'c',
  name: 'Sales CRM',
  provider: 'crm',
  providerVersion: '1.0.0',
  providerName: 'CRM',
  scope: 'organizer:acme',
  state: 'active',
  gate: 'open',
  gateUntil: null,
  gateReason: null,
  lastSuccessAt: null,
  createdAt: earlier,
}
const line: Line = {
  jobId: '1',
  connectionId: 'c',
  scope: 'organizer:acme/event:conf26',
  sourceModel: 'Order',
  sourceId: '17',
  stream: '',
  state: 'waiting',
  reason: null,
  message: null,
  notBefore: earlier,
  checkAt: null,
  waitingFor: null,
  expiresAt: null,
  failedAttempts: 0,
  hasNewerChange: false,
  since: earlier,
  triggers: [],
}

describe('describeLine', () => {
  const describeWith = (changes: Partial<Line>, situation: Partial<Parameters<typeof describeLine>[1]> = {}) =>
    describeLine(
      { ...line, ...changes },
      { connection, pluginGate: { kind: 'open' }, maxAttempts: 5, now, ...situation },
    )

  it('waits in turn, or for its time', () => {
    assert.equal(describeWith({}).sentence, 'It is sent as soon as a worker is free.')
    assert.deepEqual(describeWith({ notBefore: later }).due, { label: 'To be sent', at: later })
  })

  it('counts the tries and names the next one', () => {
    const words = describeWith({ failedAttempts: 2, message: 'read\n ECONNRESET', notBefore: later })
    assert.deepEqual(
      [words.state, words.sentence, words.due, words.tries],
      ['retrying', 'Try 2 of 5 failed. “read ECONNRESET”', { label: 'Next try', at: later }, '2 of 5'],
    )
    assert.equal(describeWith({ failedAttempts: 2 }).due, null, 'no due time that has passed')
  })

  it('counts fewer tries for an error that nobody expected', () => {
    const again = describeWith({ failedAttempts: 1, reason: 'internal', message: 'x is undefined' })
    assert.deepEqual(
      [again.state, again.sentence, again.tries],
      ['retrying', 'Try 1 of 2 failed. “x is undefined”', '1 of 2'],
    )
    const ended = describeWith({ state: 'needs_attention', failedAttempts: 3, reason: 'internal' })
    assert.equal(ended.tries, '3')
  })

  it('names the record it waits for', () => {
    const words = describeWith({ waitingFor: { model: 'Customer', id: '812' }, expiresAt: later })
    assert.match(words.sentence, /refers to Customer 812, which has not arrived at Sales CRM yet/)
    assert.deepEqual(words.due, { label: 'It gives up', at: later })
  })

  it('offers no button that would do nothing', () => {
    const inFlight = describeWith({ state: 'in_flight' })
    assert.deepEqual([inFlight.canRetry, inFlight.canCancel], [false, false])
    const submitted = describeWith({ state: 'submitted', checkAt: later })
    assert.deepEqual([submitted.canRetry, submitted.canCancel], [false, true])
    assert.match(submitted.advice ?? '', /accepted cannot be taken back/)
    assert.deepEqual(submitted.due, { label: 'The answer is looked up', at: later })
    const held = describeWith({}, { connection: { ...connection, gate: 'paused' } })
    assert.deepEqual([held.canRetry, held.canCancel], [false, true])
  })

  it('has own words for every reason to need attention', () => {
    const words = attentionReasons.map((reason) =>
      describeWith({ state: 'needs_attention', reason, failedAttempts: 3, message: 'm' }),
    )
    assert.equal(new Set(words.map(({ label }) => label)).size, attentionReasons.length)
    for (const one of words) {
      assert.match(one.sentence, /“m”$/)
      assert.match(one.advice ?? '', /“Retry now”/)
      assert.deepEqual([one.tone, one.canRetry, one.canCancel], ['bad', true, true])
    }
  })

  it('has own words for every gate, and none for one whose time has passed', () => {
    for (const gate of ['paused', 'reconnect', 'limited', 'breaker'] as const) {
      const closed = describeWith({}, { connection: { ...connection, gate, gateUntil: later, gateReason: 'r' } })
      assert.deepEqual([closed.state, closed.label], ['held', 'Held'])
      assert.match(closed.sentence, /Sales CRM .*“r”/)
      const label = gate === 'breaker' ? 'The connection is tried again' : 'It goes on'
      assert.deepEqual(closed.due, { label, at: later })
      const passed = describeWith({}, { connection: { ...connection, gate, gateUntil: earlier } })
      // The breaker's time is that of a single probe: all others go on waiting.
      assert.equal(passed.state, gate === 'breaker' ? 'held' : 'waiting')
    }
  })

  it('holds for a plugin that is off or missing, and for a connection that is off', () => {
    const off = describeWith({}, { pluginGate: { kind: 'off', plugin: 'crm', pluginName: 'CRM' } })
    assert.equal(off.sentence, 'The plugin CRM is switched off for organizer acme › event conf26.')
    assert.match(
      describeWith({}, { pluginGate: { kind: 'missing' } }).sentence,
      /No loaded plugin sends to crm 1\.0\.0/,
    )
    assert.match(
      describeWith({}, { connection: { ...connection, state: 'disabled' } }).sentence,
      /connection Sales CRM is switched off/,
    )
    for (const words of [off]) assert.match(words.advice ?? '', /Nothing is lost/)
  })

  it('cuts what a remote said at a readable length', () => {
    const { sentence } = describeWith({ failedAttempts: 1, message: 'x'.repeat(10_000) })
    assert.ok(sentence.length < 500)
  })
})

describe('describeConnection', () => {
  const none: ConnectionCounts = {
    waitingCount: 0,
    retryingCount: 0,
    heldCount: 0,
    inFlightCount: 0,
    submittedCount: 0,
    attentionCount: 0,
    isCapped: false,
    oldestWaitingAt: null,
    recentCount: 0,
    recentFailedCount: 0,
    lastAttemptAt: null,
    failingSince: null,
  }
  const describeWith = (
    changes: Partial<ConnectionRecord>,
    counts: Partial<ConnectionCounts> = {},
    isPluginLoaded = true,
    isSwitchedOn = true,
  ) =>
    describeConnection(
      { ...connection, ...changes },
      { counts: { ...none, ...counts }, isPluginLoaded, isSwitchedOn, now },
    )

  for (const [name, words, label, needsYou] of [
    ['nothing sent yet', describeWith({}), 'Nothing sent yet', false],
    ['everything sent', describeWith({ lastSuccessAt: earlier }), 'Up to date', false],
    ['tries that sent nothing', describeWith({}, { recentCount: 2 }), 'Nothing sent yet', false],
    ['work under way', describeWith({}, { waitingCount: 3 }), 'Sending', false],
    ['tries that failed', describeWith({}, { waitingCount: 3, retryingCount: 1 }), 'Trying again', false],
    ['lines that need somebody', describeWith({}, { retryingCount: 1, attentionCount: 2 }), 'Needs attention', true],
    ['a limit', describeWith({ gate: 'limited', gateUntil: later }, { attentionCount: 2 }), 'Slowed down', false],
    [
      'a limit that has passed',
      describeWith({ gate: 'limited', gateUntil: earlier }, { waitingCount: 1 }),
      'Sending',
      false,
    ],
    ['a pause', describeWith({ gate: 'paused' }), 'Paused', false],
    ['refused credentials', describeWith({ gate: 'reconnect' }), 'Connect again', true],
    ['an open breaker', describeWith({ gate: 'breaker' }), 'Failing', true],
    ['being switched off', describeWith({ state: 'disabled', gate: 'reconnect' }), 'Switched off', false],
    ['a missing plugin', describeWith({}, {}, false), 'Plugin missing', true],
    ['a plugin that is off everywhere', describeWith({ lastSuccessAt: earlier }, {}, true, false), 'Plugin off', true],
    ['what waits for a plugin that is off', describeWith({}, { waitingCount: 3 }, true, false), 'Plugin off', true],
    ['a pause and a plugin that is off', describeWith({ gate: 'paused' }, {}, true, false), 'Paused', true],
    [
      'refused credentials and a plugin that is off',
      describeWith({ gate: 'reconnect' }, {}, true, false),
      'Connect again',
      true,
    ],
    [
      'a connection and a plugin that are off',
      describeWith({ state: 'disabled' }, {}, true, false),
      'Switched off',
      false,
    ],
  ] as const) {
    it(`calls ${name} "${label}"`, () => {
      assert.deepEqual([words.label, words.needsYou], [label, needsYou])
    })
  }

  it('tells both of two troubles, and what waits for them', () => {
    const off =
      'The plugin is switched on nowhere that Sales CRM serves, so what changes there is not taken in for it. Switch it on under Plugins. What happened before then needs a backfill.'
    const also = (...given: Parameters<typeof describeWith>) => describeWith(...given).also
    assert.equal(also({ gate: 'reconnect' }, {}, true, false), off)
    assert.equal(also({}, { attentionCount: 2 }, true, false), off)
    assert.equal(also({ state: 'disabled' }, {}, true, false), off)
    assert.equal(
      also({}, { waitingCount: 2, retryingCount: 1 }, true, false),
      '3 records that came before wait for that.',
    )
    assert.equal(also({ gate: 'paused' }, { heldCount: 1 }, true, false), off)
    assert.equal(also({}, {}, true, false), undefined)
    assert.equal(also({ gate: 'reconnect' }), undefined)
    assert.equal(also({}, {}, false, false), undefined)
  })

  it('counts one record as one', () => {
    assert.equal(describeWith({}, { attentionCount: 1 }).sentence, '1 record could not be sent to Sales CRM.')
    assert.equal(
      describeWith({}, { retryingCount: 1200 }).sentence,
      '1,200 records failed and are tried again by themselves.',
    )
  })
})

describe('healthSentence', () => {
  const words = (needsYou: boolean) => ({
    words: { needsYou, tone: 'good' as const, label: '', sentence: '', advice: null, due: null },
  })
  for (const [connections, broken, missing, text] of [
    [[], 0, 0, 'Nothing is connected yet.'],
    [[words(false)], 0, 0, 'Everything runs. Nothing needs you.'],
    [[words(true), words(false)], 0, 0, '1 of 2 connections needs you.'],
    [[words(true)], 0, 0, 'The connection needs you.'],
    [[words(true), words(true)], 1, 0, 'Both connections need you, and 1 plugin is out of use.'],
    [[words(true), words(true), words(false)], 0, 0, '2 of 3 connections need you.'],
    [[words(true), words(true), words(true)], 0, 0, 'All 3 connections need you.'],
    [[words(false)], 2, 0, '2 plugins are out of use.'],
    [[words(false)], 0, 1, '1 record has not arrived.'],
    [[words(true)], 0, 40, 'The connection needs you, and 40 records have not arrived.'],
  ] as const) {
    it(`says "${text}"`, () =>
      assert.equal(healthSentence(connections, { brokenPluginCount: broken, missingCount: missing }).text, text))
  }
})
