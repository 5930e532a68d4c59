import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { type FakeRemote, type RemoteHandler, startFakeRemote } from '../../../core/testing/index.ts'

describe('a fake remote', () => {
  let remote: FakeRemote | undefined
  afterEach(() => remote?.close())

  async function start(handler: RemoteHandler = () => ({ status: 204 })): Promise<FakeRemote> {
    remote = await startFakeRemote(handler)
    return remote
  }

  it('hands each call to its model, taken apart, and answers what the model says', async () => {
    const { origin, calls } = await start(({ method, segments, query, body }) => ({
      status: 201,
      headers: { 'x-count': '1' },
      body: { method, segments, query, body },
    }))
    const response = await fetch(`${origin}/people/ada%40example.org?page=2&page=3`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"name":"Ada"}',
    })
    assert.equal(response.status, 201)
    assert.equal(response.headers.get('x-count'), '1')
    assert.deepEqual(await response.json(), {
      method: 'POST',
      segments: ['people', 'ada@example.org'],
      query: { page: '3' },
      body: { name: 'Ada' },
    })
    const [call] = calls
    assert.equal(call?.path, '/people/ada%40example.org')
    assert.equal(call?.answer?.status, 201)
    assert.equal(call?.fault, null)
  })

  it('reads forms as fields, other bodies as text, and JSON that is none as text', async () => {
    const { origin, calls } = await start()
    const post = (body: string | URLSearchParams, type?: string) =>
      fetch(origin, { method: 'POST', body, ...(type ? { headers: { 'content-type': type } } : {}) })
    await post(new URLSearchParams({ a: '1' }))
    await post('<xml/>', 'text/xml')
    await post('{', 'application/json')
    await fetch(origin)
    assert.deepEqual(
      calls.map(({ body }) => body),
      [{ a: '1' }, '<xml/>', '{', null],
    )
  })

  it('answers 500 with the reason when its model fails', async () => {
    const { origin } = await start(() => {
      throw new Error('no such table')
    })
    const response = await fetch(origin)
    assert.equal(response.status, 500)
    assert.match(await response.text(), /The model of the fake remote failed: no such table/)
  })

  it('meets so many of the calls that match, in the order the faults were ordered', async () => {
    const { origin, calls, fail } = await start()
    const limited = fail({ kind: 'answer', answer: { status: 429, headers: { 'retry-after': '7' } } }, { times: 2 })
    fail({ kind: 'html' }, { when: ({ method }) => method === 'POST' })
    const first = await fetch(origin)
    assert.equal(first.headers.get('retry-after'), '7')
    const statuses = [first.status]
    for (const method of ['GET', 'GET', 'POST', 'POST']) statuses.push((await fetch(origin, { method })).status)
    assert.deepEqual(statuses, [429, 429, 204, 200, 204])
    assert.equal(limited.hitCount, 2)
    assert.deepEqual(
      calls.map(({ fault }) => fault),
      ['answer', 'answer', null, 'html', null],
    )
  })

  it('answers with a page, or with JSON that is cut off', async () => {
    const { origin, fail } = await start()
    fail({ kind: 'html' })
    fail({ kind: 'broken_json' })
    const page = await fetch(origin)
    assert.match(page.headers.get('content-type') ?? '', /html/)
    assert.match(await page.text(), /<html>/)
    await assert.rejects((await fetch(origin)).json(), SyntaxError)
  })

  it('carries a call out and then loses the answer', async () => {
    let writeCount = 0
    const { origin, fail, calls } = await start(() => {
      writeCount++
      return { status: 200 }
    })
    fail({ kind: 'lost_answer' })
    await assert.rejects(fetch(origin, { method: 'POST' }))
    assert.equal(writeCount, 1)
    assert.equal(calls[0]?.answer, null)
    assert.equal((await fetch(origin)).status, 200)
  })

  it('lets a model lose its own answer', async () => {
    const { origin } = await start(() => 'lost')
    await assert.rejects(fetch(origin))
  })

  it('hangs until it is released, and asks its model then', async () => {
    const { origin, fail } = await start(() => ({ status: 200, body: 'here' }))
    const hang = fail({ kind: 'hang' })
    const answer = fetch(origin)
    assert.equal((await hang.hit).method, 'GET')
    hang.release()
    assert.equal(await (await answer).text(), 'here')
  })

  it('tells when the caller of a call that hangs gives up, and does not carry it out', async () => {
    let callCount = 0
    const { origin, fail } = await start(() => {
      callCount++
      return { status: 200 }
    })
    const hang = fail({ kind: 'hang' })
    const controller = new AbortController()
    const answer = fetch(origin, { signal: controller.signal })
    await hang.hit
    controller.abort()
    await assert.rejects(answer)
    await hang.givenUp
    hang.end()
    assert.equal((await fetch(origin)).status, 200)
    assert.equal(callCount, 1)
  })

  it('forgets calls and faults when cleared, and cuts what is under way when closed', async () => {
    const { origin, fail, calls, clear, close } = await start()
    fail({ kind: 'html' })
    await fetch(origin)
    fail({ kind: 'html' })
    clear()
    assert.equal((await fetch(origin)).status, 204)
    assert.equal(calls.length, 1)
    const hang = fail({ kind: 'hang' })
    const answer = fetch(origin)
    await hang.hit
    await Promise.all([assert.rejects(answer), close()])
    await assert.rejects(fetch(origin))
  })
})
