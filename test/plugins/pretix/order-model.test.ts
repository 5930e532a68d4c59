// Reading orders from pretix over HTTP: how many calls, what is left out, what goes on when something fails, and pages.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { ErrorKind } from '../../../core/errors.ts'
import { isErrorKind, messageOf, type SourceModel } from '../../../core/sdk/index.ts'
import { conferenceEvent, conferenceOrder, plainOrder } from '../../support/pretix-conference.ts'
import { createPretixReader, type PretixReader } from '../../support/pretix-reader.ts'
import { type PretixServer, startPretixServer } from '../../support/pretix-server.ts'

const scope = 'organizer:acme/event:conf26'
const signal = new AbortController().signal
const codes = Array.from({ length: 120 }, (_, index) => `K${String(1000 + index)}`)

let pretix: PretixServer
let reader: PretixReader
let model: SourceModel
before(async () => {
  pretix = await startPretixServer()
  pretix.addEvent('acme', 'conf26', conferenceEvent)
  pretix.put('acme', 'conf26', conferenceOrder)
  for (const [index, code] of codes.entries()) {
    const status = index % 3 === 0 ? 'p' : 'n'
    // The second fifty all came in one moment, as an import makes them.
    pretix.put('acme', 'conf26', plainOrder(code, index >= 50 && index < 100 ? 50 : index, { status }))
  }
  pretix.addEvent('acme', 'fair27', {
    ...conferenceEvent,
    event: { ...conferenceEvent.event, slug: 'fair27', timezone: 'UTC', date_from: '2027-01-01T10:00:00Z' },
    questions: [],
    checkinlists: [{ id: 9, name: 'Gate' }],
  })
  pretix.put('acme', 'fair27', plainOrder('FAIR1', 500))
  pretix.addEvent('other', 'party', { ...conferenceEvent, event: { ...conferenceEvent.event, slug: 'party' } })
  pretix.put('other', 'party', plainOrder('PARTY', 3))
})
// Each test begins without anything kept of the one before.
const begin = () => {
  reader = createPretixReader({ baseUrl: pretix.origin, token: pretix.token })
  model = reader.model
  pretix.takeCalls()
}
afterEach(async () => {
  pretix.forbid()
  pretix.limit(0, '')
  pretix.linkOrigin = pretix.origin
  await reader.close()
})
after(() => pretix.stop())

const idOf = (code: string, event = 'conf26') => `acme/${event}/${code}`

describe('loading orders of pretix', () => {
  it('asks once for each order and once for what belongs to their event, some at a time', async () => {
    begin()
    const records = await model.load(
      codes.slice(0, 40).map((code) => idOf(code)),
      { scope, signal },
    )
    assert.equal(records.length, 40)
    await model.fields('Order', scope)
    await model.fields('OrderPosition', scope)
    const calls = pretix
      .takeCalls()
      .map((call) => call.replace(/\?.*/, '').replace('/api/v1/organizers/acme/events/conf26/', ''))
    assert.equal(calls.filter((call) => call.startsWith('orders/')).length, 40)
    assert.deepEqual(calls.filter((call) => !call.startsWith('orders/')).sort(), [
      '',
      'categories/',
      'checkinlists/',
      'items/',
      'questions/',
    ])
    assert.ok(pretix.mostAtOnce() <= 6, `${pretix.mostAtOnce()} at once`)
  })

  it('leaves out what is gone, what is no order of pretix, and what belongs to another scope', async () => {
    begin()
    const strange = [
      '',
      'K1000',
      'acme/conf26',
      'acme/conf26/a/b',
      '../../K1000',
      'acme/conf26/..',
      'acme/con f26/K1000',
    ]
    const ids = [...strange, idOf('GONE'), 'other/party/PARTY', idOf('FAIR1', 'fair27'), idOf('K1000')]
    const load = async (within: string) => (await model.load(ids, { scope: within, signal })).map(({ id }) => id)
    assert.deepEqual(await load(scope), [idOf('K1000')])
    assert.deepEqual(await load('organizer:acme'), [idOf('FAIR1', 'fair27'), idOf('K1000')])
    assert.equal((await load('')).length, 3)
    await assert.rejects(load('shop:acme'), /pretix has no scope "shop:acme"/)
    await assert.rejects(load('organizer:..'), /has no scope/)
  })

  it('says the label of an order without asking', () => {
    begin()
    assert.equal(model.labelOf?.(idOf('K1000')), 'K1000')
    assert.equal(model.labelOf?.('something else'), 'something else')
    assert.deepEqual(pretix.takeCalls(), [])
  })

  it('reads products anew when an order is of one that was not there before', async () => {
    begin()
    const { items } = conferenceEvent
    await model.load([idOf('K1000')], { scope, signal })
    const mug = { id: 77, name: { en: 'Mug' }, category: null, admission: false, variations: [] }
    pretix.answerInstead('/api/v1/organizers/acme/events/conf26/items/', {
      status: 200,
      text: JSON.stringify({ count: 4, next: null, previous: null, results: [...items, mug] }),
    })
    const [first] = plainOrder('MUG1', 1).positions
    pretix.put(
      'acme',
      'conf26',
      plainOrder('MUG1', 1, { positions: [{ ...first, canceled: false, item: 77, variation: null }] }),
    )
    try {
      const [record] = await model.load([idOf('MUG1')], { scope, signal })
      const position = record?.nested.OrderPosition?.[0]
      const product = (await model.fields('OrderPosition', scope)).find(({ key }) => key === 'product')
      assert.equal(product?.getter(position?.inputs ?? {}), 'Mug')
    } finally {
      pretix.answerInstead('/api/v1/organizers/acme/events/conf26/items/', null)
      pretix.remove('acme', 'conf26', 'MUG1')
    }
  })

  it('goes on with the others when the token may not see one of them, and tells which', async () => {
    begin()
    pretix.forbid('acme/fair27')
    const failures: [string, unknown][] = []
    const ids = [idOf('FAIR1', 'fair27'), idOf('K1000')]
    const options = { scope: 'organizer:acme', signal }
    const records = await model.load(ids, { ...options, unreadable: (id, error) => void failures.push([id, error]) })
    assert.deepEqual(
      records.map(({ id }) => id),
      [idOf('K1000')],
    )
    const [[id, error] = []] = failures
    assert.equal(id, idOf('FAIR1', 'fair27'))
    assert.ok(isErrorKind(error, 'SyncConfigError'))
    assert.match(
      messageOf(error),
      /^The order FAIR1 of acme\/fair27 could not be read: pretix at http\S+ does not show it to this API token \(403\)\..*"Can view orders"/,
    )
    await assert.rejects(model.load(ids, options), /does not show it/)
  })

  it('goes on with the others when pretix fails at one of them, or answers in another form', async () => {
    begin()
    const path = (code: string) => `/api/v1/organizers/acme/events/conf26/orders/${code}/`
    pretix.answerInstead(path('K1000'), { status: 500, text: '<h1>Server Error (500)</h1>' })
    pretix.answerInstead(path('K1001'), { status: 200, text: '{"code": "K1001"}' })
    pretix.answerInstead(path('K1002'), { status: 200, text: '<html>' })
    const failures = new Map<string, unknown>()
    try {
      const ids = ['K1000', 'K1001', 'K1002', 'K1003'].map((code) => idOf(code))
      const records = await model.load(ids, { scope, signal, unreadable: (id, error) => void failures.set(id, error) })
      assert.deepEqual(
        records.map(({ label }) => label),
        ['K1003'],
      )
    } finally {
      for (const code of ['K1000', 'K1001', 'K1002']) pretix.answerInstead(path(code), null)
    }
    const expected: [string, ErrorKind, RegExp][] = [
      ['K1000', 'RetryableError', /^The order K1000 of acme\/conf26 could not be read from pretix\. .*500/],
      ['K1001', 'PermanentError', /another form than expected \(status: .*PRETIX_BASE_URL/],
      ['K1002', 'RetryableError', /from pretix\. .*no JSON/],
    ]
    for (const [code, kind, sentence] of expected) {
      const error = failures.get(idOf(code))
      assert.ok(isErrorKind(error, kind), `${code}: ${messageOf(error)}`)
      assert.match(messageOf(error), sentence)
    }
  })

  const outages: Record<string, { kind: ErrorKind; sentence: RegExp; cause(): Promise<void> | void }> = {
    'pretix is down': {
      kind: 'NetworkError',
      sentence: /could not be read from pretix\. .*refused the connection/,
      cause: () => pretix.stop(),
    },
    'pretix asks for fewer calls': {
      kind: 'RateLimitedError',
      sentence: /could not be read from pretix\. .*429/,
      cause: () => pretix.limit(1000, '17'),
    },
  }
  for (const [what, { kind, sentence, cause }] of Object.entries(outages)) {
    it(`gives up the whole batch when ${what}, and asks for no more than was under way`, async () => {
      begin()
      await cause()
      try {
        const ids = codes.slice(0, 60).map((code) => idOf(code))
        const unreadable = () => assert.fail('no order is at fault')
        await assert.rejects(model.load(ids, { scope, signal, unreadable }), (error) => {
          assert.ok(isErrorKind(error, kind))
          assert.match(messageOf(error), sentence)
          return true
        })
      } finally {
        pretix.limit(0, '')
        await pretix.stop()
        await pretix.start()
      }
      // Behind whatever still waits for its turn.
      await model.load([idOf('ABC37')], { scope, signal })
      assert.ok(pretix.takeCalls().filter((call) => call.includes('/orders/K')).length <= 12)
    })
  }

  it('passes on when pretix wants to be called again', async () => {
    begin()
    pretix.limit(1, '17')
    await assert.rejects(model.load([idOf('K1000')], { scope, signal }), (error) => {
      const retryAt: unknown = Reflect.get(Object(error), 'retryAt')
      return retryAt instanceof Date && Math.abs(retryAt.getTime() - Date.now() - 17_000) < 3_000
    })
  })

  it('tells of a refused token in words, as a setting that somebody has to change', async () => {
    begin()
    const other = createPretixReader({ baseUrl: pretix.origin, token: 'an-old-token' })
    try {
      const unreadable = () => assert.fail('no order is at fault')
      await assert.rejects(other.model.load([idOf('K1000')], { scope, signal, unreadable }), (error) => {
        assert.ok(isErrorKind(error, 'SyncConfigError'))
        assert.match(messageOf(error), /pretix at http\S+ does not accept the API token \(401\).*PRETIX_TOKEN/)
        assert.doesNotMatch(messageOf(error), /an-old-token/)
        return true
      })
    } finally {
      await other.close()
    }
  })

  it('does not begin for a caller who has given up', async () => {
    begin()
    await assert.rejects(
      model.load([idOf('K1000')], { scope, signal: AbortSignal.abort(new Error('stopped')) }),
      /stopped/,
    )
    assert.deepEqual(pretix.takeCalls(), [])
  })
})

describe('paging through orders of pretix', () => {
  async function walk(filter: Record<string, string>, within: string, limit: number): Promise<string[]> {
    const found: string[] = []
    let after: string | null = null
    do {
      const page = await model.page(after, filter, { scope: within, limit, signal })
      found.push(...page.records.map(({ id }) => id))
      assert.ok(found.length < 500, 'more than there are')
      after = page.next
    } while (after !== null)
    return found
  }
  const ofConference = [idOf('ABC37'), ...codes.map((code) => idOf(code))]

  it('gives every order once, whatever the size of a page, over the pages of pretix', async () => {
    begin()
    for (const limit of [7, 10, 50, 500]) {
      const found = await walk({}, scope, limit)
      assert.equal(found.length, new Set(found).size, `limit ${limit}`)
      assert.deepEqual([...found].sort(), [...ofConference].sort(), `limit ${limit}`)
    }
    pretix.takeCalls()
    await walk({}, scope, 500)
    assert.deepEqual(
      pretix.takeCalls().map((call) => new URL(call, pretix.origin).searchParams.get('page')),
      [null, '2', '3'],
    )
  })

  it('goes on at the same place when an order before it is deleted and others are placed', async () => {
    begin()
    const first = await model.page(null, {}, { scope, limit: 60, signal })
    const [gone] = first.records.slice(20)
    assert.ok(gone)
    const code = gone.id.split('/').at(-1) ?? ''
    const index = codes.indexOf(code)
    pretix.remove('acme', 'conf26', code)
    pretix.put('acme', 'conf26', plainOrder('LATE1', 400))
    try {
      const seen = first.records.map(({ id }) => id)
      let { next } = first
      while (next !== null) {
        const page = await model.page(next, {}, { scope, limit: 60, signal })
        seen.push(...page.records.map(({ id }) => id))
        assert.ok(seen.length < 500, 'more than there are')
        next = page.next
      }
      assert.deepEqual([...seen].sort(), [...ofConference, idOf('LATE1')].sort())
    } finally {
      pretix.remove('acme', 'conf26', 'LATE1')
      pretix.put('acme', 'conf26', plainOrder(code, index, { status: index % 3 === 0 ? 'p' : 'n' }))
    }
  })

  it('covers an organizer, and all organizers that the token may see, with the scope of each order', async () => {
    begin()
    assert.equal((await walk({}, 'organizer:acme', 50)).length, 122)
    const all = await walk({}, '', 50)
    assert.equal(all.length, 123)
    assert.ok(all.includes('other/party/PARTY'))
    const { records } = await model.page(null, { code: 'party' }, { scope: '', limit: 10, signal })
    assert.deepEqual(records, [{ id: 'other/party/PARTY', scope: 'organizer:other/event:party' }])
    assert.equal(await model.count({}, { scope: '', signal }), 123)
  })

  it('filters by status, by event and by the day of the last change', async () => {
    begin()
    assert.equal((await walk({ status: 'p' }, scope, 50)).length, 41)
    assert.equal(await model.count({ status: 'p' }, { scope, signal }), 41)
    assert.deepEqual(await walk({ event: 'fair27' }, 'organizer:acme', 50), [idOf('FAIR1', 'fair27')])
    assert.deepEqual(await walk({ event: 'fair27' }, scope, 50), [])
    assert.deepEqual(await walk({ event: 'nowhere' }, '', 50), [])
    assert.deepEqual(await walk({ event: '../secret' }, '', 50), [])
    assert.equal(await model.count({ event: 'nowhere' }, { scope: '', signal }), 0)
    assert.equal((await walk({ modified_since: '2026-05-01' }, scope, 50)).length, 120)
    assert.equal((await walk({ modified_since: '2026-05-02' }, scope, 50)).length, 0)
    await assert.rejects(model.count({ status: 'x' }, { scope, signal }), /cannot be filtered so/)
  })

  it('tells when the event of its own scope may not be seen', async () => {
    begin()
    pretix.forbid('acme/conf26')
    await assert.rejects(model.page(null, {}, { scope, limit: 10, signal }), /The list of orders of acme\/conf26.*403/)
  })

  it('follows the links of lists only within the address it was given', async () => {
    begin()
    pretix.linkOrigin = 'http://elsewhere.example'
    await assert.rejects(
      walk({}, scope, 500),
      /continues its list at http:\/\/elsewhere\.example\. Put the address .* PRETIX_BASE_URL/,
    )
  })

  it('refuses a place that is none of its own', async () => {
    begin()
    await assert.rejects(model.page('4711', {}, { scope, limit: 10, signal }), /"4711" is not where a page/)
  })
})

describe('the fields of a whole organizer', () => {
  it('are those of its events together, with the lists named after theirs', async () => {
    begin()
    const fields = await model.fields('OrderPosition', 'organizer:acme')
    const labels = fields.filter(({ key }) => key.startsWith('checkin_date_')).map(({ label }) => label)
    assert.ok(labels.includes('First check-in on the list Gate (fair27)'))
    assert.ok(labels.includes('First check-in on the list Main entrance (conf26)'))
    assert.ok(fields.some(({ key }) => key === 'question_diet'))
    assert.equal(new Set(fields.map(({ key }) => key)).size, fields.length)
    assert.deepEqual(await model.fields('Nonsense', scope), [])
  })
})
