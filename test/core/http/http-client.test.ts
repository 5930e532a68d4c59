import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import type { HttpResponse } from '../../../core/sdk/http-client.ts'
import { expectFailure } from './expect-failure.ts'
import { startClient, startHttpServer, startRawServer } from './local-server.ts'

const parse = async (response: HttpResponse): Promise<unknown> => response.json()

describe('the HTTP client sends', () => {
  it('method, query, headers, JSON and idempotency key', async (test) => {
    const server = await startHttpServer(test, async (request, response) => {
      const body = await request.setEncoding('utf8').toArray()
      response
        .setHeader('x-answer', 'yes')
        .end(JSON.stringify({ ...request.headers, url: request.url, body: body.join('') }))
    })
    const client = startClient(test)
    const response = await client.request({
      method: 'POST',
      url: `${server.origin}/contacts?a=1`,
      query: { b: 'ä &', c: 2, d: undefined, e: false },
      headers: { Authorization: 'Bearer x', Accept: 'application/xml' },
      json: { name: 'Ada' },
      idempotencyKey: 'k1',
    })
    assert.equal(response.status, 200)
    assert.equal(response.headers['x-answer'], 'yes')
    const { url, body, ...headers } = response.json() as Record<string, string>
    assert.equal(url, '/contacts?a=1&b=%C3%A4+%26&c=2&e=false')
    assert.equal(body, '{"name":"Ada"}')
    assert.deepEqual(headers, {
      host: `127.0.0.1:${server.port}`,
      connection: 'keep-alive',
      'user-agent': 'outbound-sync-test',
      accept: 'application/xml',
      'accept-encoding': 'identity',
      'content-type': 'application/json',
      'content-length': '14',
      authorization: 'Bearer x',
      'idempotency-key': 'k1',
    })
  })

  it('form data, text and bytes', async (test) => {
    const server = await startHttpServer(test, async (request, response) => {
      const body = Buffer.concat(await request.toArray())
      response.end(JSON.stringify([request.headers['content-type'] ?? null, body.toString('latin1')]))
    })
    const client = startClient(test)
    const send = async (part: object) => (await client.request({ method: 'PUT', url: server.origin, ...part })).json()
    assert.deepEqual(await send({ form: { a: 'ä b', c: '1' } }), [
      'application/x-www-form-urlencoded',
      'a=%C3%A4+b&c=1',
    ])
    assert.deepEqual(await send({ body: '<x/>', headers: { 'content-type': 'text/xml' } }), ['text/xml', '<x/>'])
    assert.deepEqual(await send({ body: new Uint8Array([1, 255]) }), [null, '\u0001\u00ff'])
    assert.deepEqual(await send({}), [null, ''])
  })

  it('nothing when the request makes no sense, and says why', async (test) => {
    const server = await startHttpServer(test, (_request, response) => response.end())
    const client = startClient(test)
    const url = server.origin
    await expectFailure(
      client.request({ url, json: 1, form: {} }),
      'PermanentError',
      /more than one of json, form and body/,
    )
    for (const name of ['Host', 'content-length', 'Transfer-Encoding', 'connection', 'upgrade']) {
      const message = new RegExp(`header "${name}" is set by outbound-sync itself`)
      await expectFailure(client.request({ url, headers: { [name]: 'x' } }), 'SyncConfigError', message)
    }
    await expectFailure(
      client.request({ url, headers: { 'x-a': 'a\r\nx-b: b' } }),
      'SyncConfigError',
      /invalid x-a header/,
    )
    await expectFailure(client.request({ url, headers: { 'x\r\na': 'a' } }), 'SyncConfigError', /invalid header/)
    await expectFailure(
      client.request({ url: '/relative?token=hush' }),
      'SyncConfigError',
      /^"\/relative" cannot be called/,
    )
    const withUser = url.replace('//', '//ada:hush@')
    const error = await expectFailure(
      client.request({ url: withUser }),
      'SyncConfigError',
      /holds a user name or password/,
    )
    assert.doesNotMatch(error.message, /hush/)
    assert.equal(server.connectionCount(), 0)
  })
})

describe('the HTTP client reads', () => {
  it('2xx and expected statuses as answers, all others as the error of the status table', async (test) => {
    const server = await startHttpServer(test, (request, response) => {
      response.statusCode = Number(request.url?.slice(1))
      response.end('{"a":1}')
    })
    const client = startClient(test)
    assert.equal((await client.request({ url: `${server.origin}/201` })).status, 201)
    assert.equal((await client.request({ url: `${server.origin}/404`, expectStatus: [404] })).status, 404)
    await expectFailure(client.request({ url: `${server.origin}/404` }), 'RejectedError', /404 Not Found/)
    await expectFailure(client.request({ url: `${server.origin}/500` }), 'RetryableError', /500 Internal Server Error/)
    assert.equal((await client.send({ url: `${server.origin}/500` })).status, 500)
  })

  it('no redirect: nobody calls where it points', async (test) => {
    const target = await startHttpServer(test, (_request, response) => response.end('{}'))
    const server = await startHttpServer(test, (_request, response) => {
      response.writeHead(302, { location: `${target.origin}/x?token=hush` }).end()
    })
    const client = startClient(test)
    const error = await expectFailure(
      client.request({ url: server.origin }),
      'PermanentError',
      /redirects are not followed/,
    )
    assert.match(error.message, new RegExp(`to ${target.origin}/x\\?token=\\[redacted\\],`))
    assert.equal(target.connectionCount(), 0)
  })

  it('JSON, and names the call when it is none', async (test) => {
    const server = await startHttpServer(test, (request, response) => {
      response.end(request.url === '/empty' ? '' : request.url === '/bom' ? '\uFEFF[1]' : '<html>secret page</html>')
    })
    const client = startClient(test)
    const page = await client.request({ url: `${server.origin}/page?token=hush` })
    const message =
      /^GET http:\/\/127\.0\.0\.1:\d+\/page\?token=\[redacted\] was answered with something that is no JSON/
    const error = await expectFailure(parse(page), 'RetryableError', message)
    assert.doesNotMatch(error.message, /secret page|hush/)
    const empty = await client.request({ url: `${server.origin}/empty` })
    await expectFailure(parse(empty), 'RetryableError', /answered with nothing that is no JSON/)
    assert.deepEqual((await client.request({ url: `${server.origin}/bom` })).json(), [1])
  })

  it('other character sets, repeated headers, early hints, and answers without a body', async (test) => {
    const server = await startHttpServer(test, (request, response) => {
      if (request.url === '/latin1') {
        response.setHeader('content-type', 'text/plain; charset="ISO-8859-1"').end(Buffer.from('Zürich', 'latin1'))
      } else if (request.url === '/typo') {
        response.setHeader('content-type', 'text/plain; charset=utf-9').end('Zürich')
      } else if (request.url === '/hints') {
        response.writeEarlyHints({ link: '</x>; rel=preload' }, () => response.end('late'))
      } else {
        response.writeHead(204, { 'set-cookie': ['a=1', 'b=2'], __proto__: 'x' }).end()
      }
    })
    const client = startClient(test)
    assert.equal((await client.request({ url: `${server.origin}/latin1` })).text, 'Zürich')
    assert.equal((await client.request({ url: `${server.origin}/typo` })).text, 'Zürich')
    const hints = await client.request({ url: `${server.origin}/hints` })
    assert.deepEqual([hints.status, hints.text], [200, 'late'])
    const empty = await client.request({ url: server.origin })
    assert.deepEqual([empty.status, empty.text, empty.headers['set-cookie']], [204, '', 'a=1, b=2'])
    assert.equal((await client.request({ method: 'HEAD', url: `${server.origin}/latin1` })).text, '')
  })

  it('an answer that was compressed although we asked for none', async (test) => {
    const packers = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync }
    const server = await startHttpServer(test, (request, response) => {
      const name = request.url?.slice(1) ?? ''
      const [, pack] = Object.entries(packers).find(([key]) => key === name) ?? []
      response.setHeader('content-encoding', name).end(pack ? pack('{"a":1}') : 'garbage')
    })
    const client = startClient(test)
    for (const name of Object.keys(packers)) {
      assert.deepEqual((await client.request({ url: `${server.origin}/${name}` })).json(), { a: 1 })
    }
    await expectFailure(client.request({ url: `${server.origin}/x-gzip` }), 'RetryableError', /damaged/)
    await expectFailure(client.request({ url: `${server.origin}/zip` }), 'PermanentError', /is not known/)
  })
})

describe('the HTTP client and its connections', () => {
  it('keeps a connection alive for the next call', async (test) => {
    const server = await startHttpServer(test, (_request, response) => response.end('{}'))
    const client = startClient(test)
    for (let count = 0; count < 50; count += 1) await client.request({ url: server.origin })
    // undici may take two in turn: the first is not quite free yet when the next call begins.
    assert.ok(server.connectionCount() <= 2, `${server.connectionCount()} connections`)
  })

  it('opens no more than allowed per origin; the others wait for their turn', async (test) => {
    const server = await startHttpServer(test, (_request, response) => setTimeout(() => response.end('{}'), 10))
    const client = startClient(test, { connectionsPerOrigin: 3 })
    const answers = await Promise.all(Array.from({ length: 30 }, () => client.request({ url: server.origin })))
    assert.equal(answers.length, 30)
    assert.equal(server.connectionCount(), 3)
  })

  it('lets no hanging origin hold up another', async (test) => {
    const hanging = await startRawServer(test, (socket) => socket.resume())
    const server = await startHttpServer(test, (_request, response) => response.end('{}'))
    const client = startClient(test)
    const stop = new AbortController()
    const stuck = Array.from({ length: 100 }, () => client.request({ url: hanging.origin, signal: stop.signal }))
    for (let count = 0; count < 100; count += 1) await client.request({ url: server.origin, timeoutMs: 2000 })
    stop.abort(new Error('enough'))
    for (const result of await Promise.allSettled(stuck)) assert.equal(result.status, 'rejected')
  })

  it('finishes the calls under way when it is closed, and then says that it makes none', async (test) => {
    const server = await startHttpServer(test, (_request, response) => setTimeout(() => response.end('[1]'), 50))
    const client = startClient(test)
    const call = client.request({ url: server.origin })
    await new Promise((resolve) => setImmediate(resolve))
    const [response] = await Promise.all([call, client.close()])
    assert.deepEqual(response.json(), [1])
    await expectFailure(client.request({ url: server.origin }), 'NetworkError', /outbound-sync is stopping/)
  })
})
