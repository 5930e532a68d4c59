// The addresses of plugins that other systems call: who gets through, what is handed on, and what is told of a fault.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { definePlugin } from '../../../core/sdk/plugin.ts'
import type { ReceivedMessage, ReceiverAnswer } from '../../../core/sdk/receiver.ts'
import { type AdminFixture, createAdminFixture } from './admin-fixture.ts'

const received: ReceivedMessage[] = []
let answerNext: (message: ReceivedMessage) => ReceiverAnswer | Promise<ReceiverAnswer> = () => ({ status: 200 })

const receiving = definePlugin({
  name: 'till',
  version: '1.0.0',
  compatibility: '*',
  level: 'instance',
  setup: () => ({
    receivers: [
      {
        path: '/:secret/sales',
        async receive(message) {
          received.push(message)
          return answerNext(message)
        },
      },
      { path: '/', receive: async () => ({ status: 202, body: 'root' }) },
    ],
  }),
})

const address = '/receive/till/s%C3%A9cret/sales'

describe('receivers', () => {
  let fixture: AdminFixture
  before(async () => {
    fixture = await createAdminFixture({ plugins: [receiving] })
  })
  after(() => fixture.close())

  const post = (body: string | Uint8Array<ArrayBuffer> | null, headers: Record<string, string> = {}, path = address) =>
    fetch(fixture.origin + path, { method: 'POST', body, headers, redirect: 'manual' })

  it('are called from anywhere without a sign-in, with the message as it was sent', async () => {
    answerNext = () => ({ status: 201, body: { taken: 'yes' } })
    const text = '{ "sold": "Bücher" }'
    const response = await post(text, {
      'content-type': 'application/vnd.till+json',
      'sec-fetch-site': 'cross-site',
      origin: 'https://till.example',
      'X-Till': 'counter 4',
    })
    assert.equal(response.status, 201)
    assert.deepEqual(await response.json(), { taken: 'yes' })
    const message = received.at(-1)
    assert.equal(message?.body, text)
    assert.deepEqual(message?.params, { secret: 'sécret' })
    assert.equal(message?.headers['x-till'], 'counter 4')
    assert.equal(message?.headers['content-type'], 'application/vnd.till+json')
  })

  it('are handed the first value of each query parameter', async () => {
    await post('x', {}, `${address}?shop=1&shop=2&__proto__=3`)
    assert.deepEqual(Object.entries(received.at(-1)?.query ?? {}), [
      ['shop', '1'],
      ['__proto__', '3'],
    ])
  })

  it('take any content type, none at all, and an empty body', async () => {
    answerNext = () => ({ status: 200 })
    for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      assert.equal((await post('a=1&b={', { 'content-type': type })).status, 200)
      assert.equal(received.at(-1)?.body, 'a=1&b={')
    }
    assert.equal((await post(new Uint8Array([0x61, 0x62]))).status, 200)
    assert.equal(received.at(-1)?.body, 'ab')
    const empty = await post(null)
    assert.deepEqual([empty.status, await empty.text()], [200, ''])
    assert.equal(received.at(-1)?.body, '')
  })

  it('set no cookie and carry the headers of every answer of ours', async () => {
    const { headers } = await post('x')
    assert.deepEqual(headers.getSetCookie(), [])
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/)
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.match(headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/)
  })

  it('at the root of the plugin are reached by its name', async () => {
    const response = await post('x', {}, '/receive/till')
    assert.deepEqual([response.status, await response.json()], [202, 'root'])
  })

  it('answer an error of the plugin without a page', async () => {
    answerNext = () => ({ status: 404 })
    const response = await post('x')
    assert.equal(response.status, 404)
    assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8')
    assert.deepEqual(await response.json(), { error: 'Not Found' })
  })

  const faults: Record<string, () => ReceiverAnswer | Promise<ReceiverAnswer>> = {
    throws: () => {
      throw new Error('the drawer is stuck')
    },
    rejects: () => Promise.reject(new Error('the drawer is stuck')),
    // As a plugin in JavaScript could.
    'answers with no status': () => ({ ok: true }) as never,
    'answers with something that is no JSON': () => ({ status: 200, body: 10n as never }),
  }
  for (const [what, fault] of Object.entries(faults)) {
    it(`tell nothing of a fault but a reference when the plugin ${what}`, async () => {
      answerNext = fault
      const response = await post('x')
      assert.equal(response.status, 500)
      const text = await response.text()
      assert.doesNotMatch(text, /drawer|at .*\.ts/)
      const { reference } = JSON.parse(text)
      const entry = fixture.logged.find(({ data }) => Reflect.get(data, 'requestId') === reference)
      assert.equal(Reflect.get(entry?.data ?? {}, 'plugin'), 'till')
      assert.doesNotMatch(JSON.stringify(entry), /s%C3%A9cret|sécret/)
    })
  }

  it('refuse other methods and other addresses by themselves, and send nobody to the sign-in', async () => {
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']) {
      const response = await fetch(fixture.origin + address, { method, redirect: 'manual' })
      assert.equal(response.status, 405, method)
      assert.equal(response.headers.get('allow'), 'POST')
    }
    for (const path of ['/receive', '/receive/till/x', '/receive/nobody/x', '/receive/shop/orders']) {
      const response = await post('x', {}, path)
      assert.equal(response.status, 404, path)
      assert.deepEqual(await response.json(), { error: 'Not Found' })
    }
    assert.equal((await fetch(`${fixture.origin}/received`, { redirect: 'manual' })).status, 303)
  })

  it('take 256 KiB and no byte more, whether the length is told or not', async () => {
    answerNext = () => ({ status: 200 })
    const limit = 256 * 1024
    assert.equal((await post('x'.repeat(limit))).status, 200)
    const before = received.length
    const tooLong = await post('x'.repeat(limit + 1))
    assert.equal(tooLong.status, 413)
    assert.deepEqual(await tooLong.json(), { error: 'A message may have at most 256 KiB.' })
    assert.equal((await post('x'.repeat(10 * 1024 * 1024))).status, 413)
    assert.equal(await postInChunks(fixture.origin + address, 'x'.repeat(1024), 10 * 1024), 413)
    assert.equal(received.length, before)
    assert.equal((await post('still there')).status, 200)
  })

  it('refuse what is compressed, which they would have to unpack to know its size', async () => {
    const response = await post(new Uint8Array(gzipSync('x')), { 'content-encoding': 'gzip' })
    assert.equal(response.status, 415)
  })

  it('forget a caller who breaks off', async () => {
    const before = received.length
    const { hostname, port } = new URL(fixture.origin)
    const request = httpRequest({ hostname, port, path: address, method: 'POST', headers: { 'content-length': 100 } })
    request.on('error', () => undefined)
    request.write('half')
    await once(request, 'socket')
    request.destroy()
    assert.equal((await post('the next')).status, 200)
    assert.equal(received.length, before + 1)
  })
})

async function postInChunks(url: string, chunk: string, count: number): Promise<number | undefined> {
  const { hostname, port, pathname } = new URL(url)
  const request = httpRequest({ hostname, port, path: pathname, method: 'POST' })
  const answered = once(request, 'response') as Promise<[IncomingMessage]>
  // Where the answer came first, the rest is written to nobody.
  request.on('error', () => undefined)
  for (let index = 0; index < count; index++) request.write(chunk)
  request.end()
  const [response] = await answered
  response.resume()
  return response.statusCode
}

describe('receivers below a path of a host', () => {
  let fixture: AdminFixture
  before(async () => {
    fixture = await createAdminFixture({
      plugins: [receiving],
      basePath: '/sub/path',
      identify: () => assert.fail('nobody is asked who he is'),
    })
  })
  after(() => fixture.close())

  async function bodyOf(request: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    return Buffer.concat(chunks).toString('utf8')
  }

  /** What a receiver gets behind a host that does this with the request first. */
  async function receivedBehind(
    host: (request: IncomingMessage) => Promise<void> | void,
    { body, type = 'application/json' }: { body: string; type?: string },
  ): Promise<string> {
    const listener: RequestListener = async (request, response) => {
      await host(request)
      await fixture.admin.handler(request, response)
    }
    const server = createServer(listener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    // The server listens on a port, so its address is no pipe's name.
    const { port } = server.address() as AddressInfo
    answerNext = (message) => ({ status: 200, body: message.body })
    try {
      const response = await fetch(`http://127.0.0.1:${port}/sub/path${address}`, {
        method: 'POST',
        body,
        headers: { 'content-type': type },
        signal: AbortSignal.timeout(5_000),
      })
      return String(await response.json())
    } finally {
      server.closeAllConnections()
      server.close()
    }
  }

  const sent = '{ "code": "ABC" }'

  it('read the stream where the host has left it alone, whatever it has put beside it', async () => {
    assert.equal(await receivedBehind(() => undefined, { body: sent }), sent)
    // As older parsers do with a type that is not theirs.
    assert.equal(await receivedBehind((request) => void Reflect.set(request, 'body', {}), { body: sent }), sent)
  })

  it('take the raw body that the host has kept', async () => {
    const keeping = (asBytes: boolean) => async (request: IncomingMessage) => {
      const text = await bodyOf(request)
      Reflect.set(request, 'rawBody', asBytes ? Buffer.from(text) : text)
      Reflect.set(request, 'body', JSON.parse(text))
    }
    assert.equal(await receivedBehind(keeping(true), { body: sent }), sent)
    assert.equal(await receivedBehind(keeping(false), { body: sent }), sent)
  })

  it('write anew what the host has parsed and not kept', async () => {
    const parsing = async (request: IncomingMessage) =>
      void Reflect.set(request, 'body', JSON.parse(await bodyOf(request)))
    assert.equal(await receivedBehind(parsing, { body: sent }), '{"code":"ABC"}')
    const asText = async (request: IncomingMessage) => void Reflect.set(request, 'body', await bodyOf(request))
    assert.equal(await receivedBehind(asText, { body: sent, type: 'text/plain' }), sent)
    const asFields = async (request: IncomingMessage) => {
      const fields = new URLSearchParams(await bodyOf(request))
      Reflect.set(request, 'body', { code: fields.getAll('code'), note: fields.get('note') })
    }
    const form = { body: 'code=A&code=B&note=x+y', type: 'application/x-www-form-urlencoded; charset=utf-8' }
    assert.equal(await receivedBehind(asFields, form), 'code=A&code=B&note=x+y')
  })

  it('take no more of what the host has kept either', async () => {
    const before = received.length
    const keeping = async (request: IncomingMessage) => void Reflect.set(request, 'rawBody', await bodyOf(request))
    await receivedBehind(keeping, { body: JSON.stringify('x'.repeat(256 * 1024)) })
    assert.equal(received.length, before)
  })

  it('do not wait for a stream that somebody has read without leaving anything', async () => {
    assert.equal(await receivedBehind(async (request) => void (await bodyOf(request)), { body: sent }), '')
  })
})
