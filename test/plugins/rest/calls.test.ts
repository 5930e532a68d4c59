import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { isErrorKind, RejectedError, type SyncObjectResult } from '../../../core/sdk/index.ts'
import { openRestRemote, type RestRemote } from '../../support/rest-remote.ts'

const open: RestRemote[] = []
const start = async (...given: Parameters<typeof openRestRemote>): Promise<RestRemote> => {
  const one = await openRestRemote(...given)
  open.push(one)
  return one
}
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

const find = { path: '/contacts', query: [{ name: 'email', value: '{{id}}' }] }
const known = { remoteId: '7', idValue: 'ada@example.org', customs: null, sentValues: {} }
const ofKind = (kind: Parameters<typeof isErrorKind>[1], words: RegExp) => (error: unknown) => {
  assert.ok(isErrorKind(error, kind), String(error))
  assert.match(String(error), words)
  return true
}

describe('a create call', () => {
  it('reads the id where the Location header ends', async () => {
    const { push, takeCalls } = await start(
      { type: { find, create: { path: '/contacts', idFrom: 'location_header' } }, idempotencyHeader: 'X-Once' },
      ({ method, headers }) =>
        method === 'GET'
          ? { status: 200, body: [] }
          : { status: 201, headers: { location: `/contacts/a%2Fb?once=${headers['x-once']?.slice(-7)}` } },
    )
    const result = await push()
    assert.deepEqual(result, { action: 'created', remoteId: 'a/b', externalLinkDisplayName: 'ada@example.org' })
    assert.deepEqual(takeCalls(), [
      ['GET /contacts?email=ada%40example.org', null],
      ['POST /contacts', { name: 'Ada', email: 'ada@example.org' }],
    ])
  })

  it('takes 409 for an object that is there, finds it and brings it up to date', async () => {
    let isVisible = false
    const { push, takeCalls } = await start(
      {
        type: {
          find,
          create: { path: '/contacts', exists: { statuses: '409' } },
          update: { path: '/contacts/{{remoteId}}' },
        },
      },
      ({ method }) => {
        if (method === 'GET') return { status: 200, body: isVisible ? [{ id: 7, name: 'Old' }] : [] }
        isVisible = true
        return { status: method === 'POST' ? 409 : 200 }
      },
    )
    assert.equal((await push())?.action, 'updated')
    assert.deepEqual(takeCalls().at(-1), ['PATCH /contacts/7', { name: 'Ada' }])
    isVisible = false
    assert.equal((await push({ mode: 'create' }))?.action, 'nothing_to_do')
  })

  it('updates by the id that the refusal names, where nothing can be looked up', async () => {
    const { push, takeCalls } = await start(
      {
        type: {
          create: {
            path: '/contacts',
            body: 'form',
            exists: { path: 'status', equals: 'exists' },
            existingIdPath: 'contact.id',
          },
          update: { path: '/contacts/{{remoteId}}', method: 'POST', body: 'form' },
        },
      },
      ({ path }) => ({ status: 200, body: path === '/contacts' ? { status: 'exists', contact: { id: 9 } } : {} }),
    )
    const result = await push({ properties: [['tags', ['a', 'b&c'], 'overwrite']] })
    assert.equal(result?.remoteId, '9')
    assert.deepEqual(takeCalls(), [
      ['POST /contacts', { tags: 'a,b&c', email: 'ada@example.org' }],
      ['POST /contacts/9', { tags: 'a,b&c' }],
    ])
  })

  it('takes another 409 for the refusal it is', async () => {
    const { push } = await start(
      { type: { find, create: { path: '/contacts', exists: { statuses: '409', path: 'code', equals: 'taken' } } } },
      ({ method }) => (method === 'GET' ? { status: 200, body: [] } : { status: 409, body: { code: 'quota' } }),
    )
    await assert.rejects(push(), ofKind('RejectedError', /409.*quota/))
  })

  it('is clear about an answer without an id', async () => {
    const { push } = await start({ type: { find, create: { path: '/contacts', idPath: 'data.id' } } }, ({ method }) =>
      method === 'GET' ? { status: 404 } : { status: 201, body: { id: 5 } },
    )
    await assert.rejects(push(), ofKind('SyncConfigError', /no id at "data.id".*\{"id":5\}/))
  })
})

describe('a find call', () => {
  it('refuses several objects, or takes the first, or only the exact one', async () => {
    const body = {
      hits: [
        { id: 1, email: 'adam@example.org' },
        { id: 2, email: 'ADA@example.org', name: 'Ada' },
      ],
    }
    const hits = { ...find, objectsPath: 'hits' }
    const outcome = async (given: object): Promise<SyncObjectResult | null | undefined> => {
      const { push } = await start(
        { type: { find: { ...hits, ...given }, update: { path: '/c/{{remoteId}}' } } },
        () => ({ status: 200, body }),
      )
      return push()
    }
    await assert.rejects(
      outcome({}),
      ofKind('RejectedError', /2 objects "Contact" with email "ada@example.org": 1, 2. Merge/),
    )
    assert.equal((await outcome({ whenSeveral: 'first' }))?.remoteId, '1')
    assert.deepEqual(await outcome({ isExact: true }), {
      action: 'nothing_to_do',
      remoteId: '2',
      externalLinkDisplayName: 'ada@example.org',
    })
  })

  it('may be a search with a body, and knows not found by status and value', async () => {
    const search = {
      method: 'POST',
      path: '/search',
      body: 'template',
      bodyTemplate: '{"where": {"{{idField}}": "{{id}}"}}',
      notFound: { statuses: '404', path: 'code', equals: 'none' },
    } as const
    let code = 'none'
    const { push, takeCalls } = await start({ type: { find: search, create: { path: '/contacts' } } }, ({ path }) =>
      path === '/search' ? { status: 404, body: { code } } : { status: 201, body: { id: '5' } },
    )
    assert.equal((await push())?.action, 'created')
    assert.deepEqual(takeCalls()[0], ['POST /search', { where: { email: 'ada@example.org' } }])
    code = 'no_such_address'
    await assert.rejects(push(), ofKind('RejectedError', /404.*no_such_address/))
  })

  it('is clear about an answer of another shape', async () => {
    const { push } = await start({ type: { find: { ...find, objectsPath: 'items' }, create: { path: '/c' } } }, () => ({
      status: 200,
      body: { hits: [] },
    }))
    await assert.rejects(push(), ofKind('SyncConfigError', /nothing at "items".*\{"hits":\[\]\}/))
  })
})

describe('an update call', () => {
  const held = { id: 7, email: 'ada@example.org', name: 'Old', tags: ['x'], other: { a: 1 } }

  it('sends what differs, what is mapped, or the whole object', async () => {
    const bodies: unknown[] = []
    for (const sends of ['changed', 'mapped', 'whole'] as const) {
      const { push, takeCalls } = await start(
        { type: { find, update: { method: 'PUT', path: '/contacts/{{remoteId}}', sends } } },
        () => ({ status: 200, body: [held] }),
      )
      await push({
        properties: [
          ['name', 'Ada', 'overwrite'],
          ['tags', ['x'], 'overwrite'],
        ],
      })
      bodies.push(takeCalls().at(-1)?.[1])
    }
    assert.deepEqual(bodies, [{ name: 'Ada' }, { name: 'Ada', tags: ['x'] }, { ...held, name: 'Ada' }])
  })

  it('obeys the update modes and writes nothing when nothing differs', async () => {
    const { push, takeCalls } = await start({ type: { find, update: { path: '/contacts/{{remoteId}}' } } }, () => ({
      status: 200,
      body: [held],
    }))
    const result = await push({
      properties: [
        ['name', 'Ada', 'if_empty'],
        ['tags', ['x'], 'append'],
        ['other', 'n', 'if_new'],
      ],
    })
    assert.equal(result?.action, 'nothing_to_do')
    assert.deepEqual(takeCalls().length, 1)
    await push({ properties: [['tags', ['y'], 'append']] })
    assert.deepEqual(takeCalls().at(-1)?.[1], { tags: ['x', 'y'] })
  })

  it('changes the identifying value of an object that had another one', async () => {
    const { push, takeCalls } = await start(
      { type: { find, update: { path: '/contacts/{{remoteId}}' } }, identifiersCanChange: true },
      ({ query, method }) =>
        method === 'GET' && query.email !== 'ada@example.org' ? { status: 404 } : { status: 200, body: [held] },
    )
    await push({ idValue: 'augusta@example.org', known, properties: [] })
    assert.deepEqual(takeCalls().at(-1), ['PATCH /contacts/7', { email: 'augusta@example.org' }])
  })

  it('alone creates and updates by the value itself', async () => {
    const { provider, providerClass, push, takeCalls } = await start(
      {
        type: {
          update: {
            method: 'PUT',
            path: '/people/{{id}}',
            body: 'template',
            bodyTemplate: '{"person": {{properties}}, "by": "{{value.name}}"}',
          },
        },
      },
      () => ({ status: 204 }),
    )
    assert.deepEqual(providerClass.updateModes, ['overwrite'])
    assert.equal((await push({ properties: [['name', '"}', 'overwrite']] }))?.action, 'created')
    assert.deepEqual(takeCalls(), [
      ['PUT /people/ada%40example.org', { person: { name: '"}', email: 'ada@example.org' }, by: '"}' }],
    ])
    assert.equal((await push({ known }))?.action, 'updated')
    assert.equal(await push({ mode: 'update' }), null)
    await assert.rejects(push({ properties: [['name', 'A', 'if_empty']] }), ofKind('SyncConfigError', /no call "find"/))
    for (const verb of ['readObject', 'deleteObject', 'syncObjects', 'testConnection', 'discoverObjectTypes'] as const)
      assert.equal(provider[verb], undefined, verb)
  })

  it('that finds the object gone creates it again', async () => {
    const { push, takeCalls } = await start(
      {
        type: {
          create: { path: '/contacts' },
          update: { path: '/contacts/{{remoteId}}', notFound: { statuses: '404, 410' } },
        },
      },
      ({ method }) => (method === 'PATCH' ? { status: 410 } : { status: 201, body: { id: 8 } }),
    )
    assert.deepEqual(await push({ known }), {
      action: 'created',
      remoteId: '8',
      externalLinkDisplayName: 'ada@example.org',
    })
    assert.deepEqual(
      takeCalls().map(([call]) => call),
      ['PATCH /contacts/7', 'POST /contacts'],
    )
  })
})

describe('the error table', () => {
  const errors = [
    {
      when: { statuses: '200', path: 'error.code', equals: 'expired' },
      means: 'reconnect' as const,
      messagePath: 'error.text',
    },
    { when: { path: 'error.code', equals: 'later' }, means: 'retry' as const },
    { when: { statuses: '4xx', path: 'error.code', equals: 'slow' }, means: 'rate_limited' as const },
    {
      when: { statuses: '422' },
      means: 'rejected' as const,
      problemsPath: 'list',
      problemFieldPath: 'at',
      problemMessagePath: 'says',
    },
    { when: { statuses: '418' }, means: 'config' as const, messagePath: 'error.text' },
    { when: { statuses: '410' }, means: 'permanent' as const },
  ]
  const cases: [
    string,
    Parameters<typeof isErrorKind>[1],
    RegExp,
    { status: number; headers?: Record<string, string>; body?: unknown },
  ][] = [
    [
      'an error with a good status',
      'AuthenticationError',
      /gone stale/,
      { status: 200, body: { error: { code: 'expired', text: 'gone stale' } } },
    ],
    [
      'a value with any status',
      'RetryableError',
      /tried again later/,
      { status: 400, body: { error: { code: 'later' } } },
    ],
    [
      'a group of statuses',
      'RateLimitedError',
      /less often/,
      { status: 420, headers: { 'retry-after': '60' }, body: { error: { code: 'slow' } } },
    ],
    [
      'a list of problems',
      'RejectedError',
      /name: is too long; is odd/,
      { status: 422, body: { list: [{ at: 'name', says: 'is too long' }, { says: 'is odd' }, 5, null] } },
    ],
    ['a message', 'SyncConfigError', /teapot/, { status: 418, body: { error: { text: 'teapot' } } }],
    ['a status alone', 'PermanentError', /HTML page/, { status: 410, body: '<p>HTML page</p>' }],
    ['nothing that is listed', 'AuthenticationError', /401/, { status: 401, body: 'null' }],
  ]
  for (const [what, kind, words, answer] of cases) {
    it(`judges ${what}`, async () => {
      const { push } = await start({ type: { update: { path: '/c/{{id}}' } }, errors }, () => answer)
      await assert.rejects(push(), (error) => {
        if (error instanceof RejectedError)
          assert.deepEqual(error.problems[0], { property: 'name', message: 'is too long' })
        return ofKind(kind, words)(error)
      })
    })
  }
})

describe('deleting', () => {
  it('goes by the known id, else looks the object up, and takes gone for done', async () => {
    let status = 204
    const { provider, args, takeCalls } = await start(
      { type: { find, update: { path: '/c/{{remoteId}}' }, delete: { path: '/c/{{remoteId}}' } } },
      ({ method, query }) =>
        method === 'DELETE' ? { status } : { status: 200, body: query.email === 'ada@example.org' ? { id: 3 } : [] },
    )
    const remove = (given: object) =>
      provider.deleteObject?.({ externalObjectType: 'contact', ...args(), known: null, ...given })
    assert.deepEqual(await remove({ known }), {
      action: 'deleted',
      remoteId: '7',
      externalLinkDisplayName: 'ada@example.org',
    })
    assert.equal((await remove({}))?.remoteId, '3')
    status = 410
    assert.equal((await remove({ known }))?.action, 'nothing_to_do')
    assert.deepEqual(await remove({ idValue: 'nobody@example.org' }), { action: 'nothing_to_do' })
    assert.deepEqual(
      takeCalls().map(([call]) => call.split('?')[0]),
      ['DELETE /c/7', 'GET /contacts', 'DELETE /c/3', 'DELETE /c/7', 'GET /contacts'],
    )
  })
})
