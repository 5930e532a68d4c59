import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { isErrorKind } from '../../../core/sdk/index.ts'
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

const signal = new AbortController().signal
const noHeaders: Record<string, string> = {}
const update = { path: '/c/{{id}}' }
const entries = ['a', 'b', 'c', 'd', 'email'].map((name) => ({
  name,
  label: name.toUpperCase(),
  kind: name === 'a' ? 'int' : 'odd',
}))

describe('discovery', () => {
  const keysOf = async ({ provider }: RestRemote) =>
    (await provider.discoverObjectTypes?.({ signal }))?.[0]?.fields.map(({ key }) => key)
  const all = ['email', 'name', 'tags', 'a', 'b', 'c', 'd']
  const discovery = {
    path: '/fields',
    itemsPath: 'items',
    typePath: 'kind',
    types: [{ remote: 'int', type: 'integer' as const }],
  }

  it('reads pages by number and by offset', async () => {
    for (const kind of ['page', 'offset'] as const) {
      const pagination = { kind, parameter: 'at', sizeParameter: 'n', size: 2 }
      const one = await start({ type: { update, discovery: { ...discovery, pagination } } }, ({ query }) => {
        const from = kind === 'page' ? (Number(query.at) - 1) * Number(query.n) : Number(query.at)
        return { status: 200, body: { items: entries.slice(from, from + 2) } }
      })
      assert.deepEqual(await keysOf(one), all)
      assert.deepEqual(
        one.takeCalls().map(([call]) => call),
        (kind === 'page' ? [1, 2, 3] : [0, 2, 4]).map((at) => `GET /fields?n=2&at=${at}`),
      )
    }
  })

  it('follows a cursor, an address in the answer and the Link header', async () => {
    for (const kind of ['cursor', 'next_url', 'link_header'] as const) {
      const pagination = { kind, parameter: 'after', nextPath: 'next' }
      const one = await start({ type: { update, discovery: { ...discovery, pagination } } }, ({ query, headers }) => {
        const from = Number(query.after ?? 0)
        const end = from + 2
        const address = `http://${headers.host}/fields?after=${end}`
        const isLast = end >= entries.length
        return {
          status: 200,
          headers:
            kind === 'link_header' && !isLast
              ? { link: `<${address}&x=1>; rel="last", <${address}>; title="a"; rel="next"` }
              : noHeaders,
          body: {
            items: entries.slice(from, end),
            next: isLast ? null : kind === 'cursor' ? end : `/fields?after=${end}`,
          },
        }
      })
      assert.deepEqual(await keysOf(one), all, kind)
      assert.equal(one.takeCalls().length, 3)
    }
  })

  it('takes the types of the table, and what the definition says first', async () => {
    const one = await start({ type: { update, discovery } }, () => ({
      status: 200,
      body: { items: [...entries, { name: null }, 5, { name: '__proto__' }] },
    }))
    const [type] = (await one.provider.discoverObjectTypes?.({ signal })) ?? []
    assert.deepEqual(type?.fields[0], {
      key: 'email',
      label: 'email',
      type: 'email',
      isRequired: false,
      updateModes: ['overwrite'],
    })
    assert.deepEqual(type?.fields[3], { key: 'a', label: 'A', type: 'integer' })
    assert.deepEqual(type?.fields.at(-1), { key: '__proto__', label: '__proto__', type: 'any' })
    assert.equal(type?.allowsOtherFields, false)
    assert.equal(one.providerClass.externalObjectTypes[0]?.allowsOtherFields, true)
  })

  it('carries the credentials to no other server, and ends', async () => {
    const pagination = { kind: 'next_url' as const, nextPath: 'next' }
    const foreign = await start({ type: { update, discovery: { ...discovery, pagination } } }, () => ({
      status: 200,
      body: { items: [], next: 'http://127.0.0.1:1/fields' },
    }))
    await assert.rejects(
      keysOf(foreign),
      (error) => isErrorKind(error, 'SyncConfigError') && /another server/.test(String(error)),
    )
    const endless = await start({ type: { update, discovery: { ...discovery, pagination } } }, () => ({
      status: 200,
      body: { items: [], next: '/fields' },
    }))
    await assert.rejects(
      keysOf(endless),
      (error) => isErrorKind(error, 'SyncConfigError') && /more than 100 pages/.test(String(error)),
    )
    const odd = await start({ type: { update, discovery } }, () => ({ status: 200, body: { items: {} } }))
    await assert.rejects(
      keysOf(odd),
      (error) => isErrorKind(error, 'SyncConfigError') && /no list at "items"/.test(String(error)),
    )
  })
})

describe('many at once', () => {
  const batch = {
    path: '/bulk',
    itemsPath: 'list',
    itemPath: 'attributes',
    size: 2,
    resultsPath: 'results',
    statusPath: 'status',
    successValues: 'ok, 201',
    messagePath: 'why',
  }

  it('sends lists of the size that is allowed and tells each result', async () => {
    const one = await start({ type: { batch } }, ({ body }) => {
      const { list } = body as { list: { attributes: { email: string } }[] }
      const results = list.map(({ attributes: { email } }) =>
        email === 'b@x'
          ? { status: 'bad', why: 'is no address' }
          : { status: email === 'c@x' ? 201 : 'ok', id: email.length },
      )
      return { status: 200, body: { results } }
    })
    assert.deepEqual([one.providerClass.granularity, one.providerClass.limits.batchSize], ['batch', 2])
    const list = ['a@x', 'b@x', 'c@x'].map((idValue) => one.args({ idValue }))
    const answers = await one.provider.syncObjects?.(list)
    assert.deepEqual(answers?.[0], { action: 'created', remoteId: '3', externalLinkDisplayName: 'a@x' })
    assert.ok(isErrorKind(answers?.[1], 'RejectedError') && /"b@x" \(bad\): is no address/.test(String(answers?.[1])))
    assert.deepEqual(answers?.[2], { action: 'created', remoteId: '3', externalLinkDisplayName: 'c@x' })
    assert.deepEqual(one.takeCalls()[0]?.[1], {
      list: [{ attributes: { name: 'Ada', email: 'a@x' } }, { attributes: { name: 'Ada', email: 'b@x' } }],
    })
  })

  it('finds results by the identifying value, and misses none in silence', async () => {
    const one = await start(
      {
        type: {
          batch: {
            ...batch,
            itemsPath: '',
            itemPath: '',
            correlation: 'identifier',
            identifierPath: 'email',
            statusPath: '',
          },
        },
      },
      () => ({
        status: 200,
        body: { results: [{ email: 'b@x', id: 2 }] },
      }),
    )
    const answers = await one.provider.syncObjects?.([one.args({ idValue: 'a@x' }), one.args({ idValue: 'b@x' })])
    assert.ok(
      isErrorKind(answers?.[0], 'RetryableError') && /did not say what became of "a@x"/.test(String(answers?.[0])),
    )
    assert.equal(JSON.stringify(answers?.[1]).includes('"remoteId":"2"'), true)
    assert.deepEqual(one.takeCalls()[0]?.[1], [
      { name: 'Ada', email: 'a@x' },
      { name: 'Ada', email: 'b@x' },
    ])
  })

  it('is refused for what would have to be read first, and fails whole on an answer of another shape', async () => {
    const one = await start({ type: { batch } }, () => ({ status: 200, body: {} }))
    const answers = await one.provider.syncObjects?.([one.args({ properties: [['name', 'A', 'if_empty']] })])
    assert.ok(isErrorKind(answers?.[0], 'SyncConfigError'))
    assert.equal(one.takeCalls().length, 0)
    await assert.rejects(
      Promise.resolve(one.provider.syncObjects?.([one.args()])),
      (error) => isErrorKind(error, 'SyncConfigError') && /no list at "results"/.test(String(error)),
    )
  })
})
