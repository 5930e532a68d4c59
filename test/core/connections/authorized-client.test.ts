import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import { type CallSummary, createAuthorizedClient } from '../../../core/connections/authorized-client.ts'
import { createKnownSecrets } from '../../../core/connections/known-secrets.ts'
import { isErrorKind, RejectedError, RetryableError } from '../../../core/errors.ts'
import type { HttpSender } from '../../../core/http/http-client.ts'
import type { HttpRequest, HttpResponse } from '../../../core/sdk/http-client.ts'
import { startClient, startHttpServer, unusedPort } from '../http/local-server.ts'

const canary = 'cAnArY+7/ä-canary'
const silent = { debug() {}, info() {}, warn() {}, error() {} }

type Options = Partial<Parameters<typeof createAuthorizedClient>[0]>

async function startPair(test: TestContext, options: Options = {}) {
  // Echoes what it was sent with the status in the path, as careless remotes do.
  const server = await startHttpServer(test, async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString()
    response.statusCode = Number(new URL(request.url ?? '', 'http://x').pathname.slice(1))
    response.end(
      JSON.stringify({ saw: { ...request.headers, url: request.url, body }, detail: `bad request: ${body}` }),
    )
  })
  const client = createAuthorizedClient({
    http: startClient(test),
    secrets: createKnownSecrets([canary]),
    log: silent,
    ...options,
  })
  return { server, client }
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => assert.fail('the call went through'),
    (reason: unknown) => reason,
  )
}

describe('the authorized client judges', () => {
  it('by the default table when the provider has no opinion', async (test) => {
    const { server, client } = await startPair(test, { classifyResponse: () => undefined })
    assert.equal((await client.request({ url: `${server.origin}/200` })).status, 200)
    assert.ok(isErrorKind(await failureOf(client.request({ url: `${server.origin}/422` })), 'RejectedError'))
    assert.ok(isErrorKind(await failureOf(client.request({ url: `${server.origin}/401` })), 'AuthenticationError'))
  })

  it('by the provider first: it may throw for 200 and accept 422', async (test) => {
    const seen: [number, string | undefined][] = []
    const classifyResponse = (response: HttpResponse, request: HttpRequest) => {
      seen.push([response.status, request.idempotencyKey])
      if (response.status === 200) return new RetryableError('not yet')
      return response.status === 422 ? null : undefined
    }
    const { server, client } = await startPair(test, { classifyResponse })
    assert.ok(isErrorKind(await failureOf(client.request({ url: `${server.origin}/200` })), 'RetryableError'))
    assert.equal((await client.request({ url: `${server.origin}/422`, idempotencyKey: 'k' })).status, 422)
    assert.ok(isErrorKind(await failureOf(client.request({ url: `${server.origin}/409` })), 'RejectedError'))
    assert.deepEqual(seen, [
      [200, undefined],
      [422, 'k'],
      [409, undefined],
    ])
  })

  it('by what the single call expects before anything else', async (test) => {
    const classifyResponse = () => new RetryableError('must not be asked')
    const { server, client } = await startPair(test, { classifyResponse })
    assert.equal((await client.request({ url: `${server.origin}/404`, expectStatus: [404] })).status, 404)
  })

  it('redacting what the provider itself throws', async (test) => {
    const classifyResponse = (response: HttpResponse) => {
      throw new RejectedError(`remote said ${response.text}`, { problems: [{ property: 'a', message: canary }] })
    }
    const { server, client } = await startPair(test, { classifyResponse })
    const error = await failureOf(client.request({ method: 'POST', url: `${server.origin}/200`, body: canary }))
    assert.ok(error instanceof RejectedError)
    assert.deepEqual(error.problems, [{ property: 'a', message: '[redacted]' }])
    assert.ok(!inspect(error, { depth: 10, showHidden: true }).includes(canary))
  })
})

describe('the authorized client keeps secrets', () => {
  const forms = {
    plain: canary,
    base64: Buffer.from(`user:${canary}`).toString('base64'),
    urlEncoded: encodeURIComponent(canary),
    form: new URLSearchParams({ a: canary }).toString(),
    json: JSON.stringify({ a: canary }),
  }
  const traces = [canary, encodeURIComponent(canary), Buffer.from(`user:${canary}`).toString('base64').slice(8, 20)]

  it('out of every error, in whatever form the remote echoes them', async (test) => {
    const calls: CallSummary[] = []
    const { server, client } = await startPair(test, { onCall: (call) => calls.push(call) })
    for (const status of [302, 400, 401, 403, 404, 409, 422, 429, 500, 503]) {
      for (const [name, form] of Object.entries(forms)) {
        const error = await failureOf(
          client.request({
            method: 'POST',
            url: `${server.origin}/${status}?page=${encodeURIComponent(canary)}`,
            headers: { authorization: `Basic ${forms.base64}`, 'x-own': forms.urlEncoded },
            body: form,
          }),
        )
        const shown = inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error)
        for (const trace of traces) assert.ok(!shown.includes(trace), `${status} ${name}: ${shown}`)
      }
    }
    for (const trace of traces) assert.ok(!JSON.stringify(calls).includes(trace))
  })

  it('also where a long answer is cut in the middle of one', async (test) => {
    const { server, client } = await startPair(test)
    for (let cutAt = 1; cutAt < canary.length; cutAt += 1) {
      const body = `${'.'.repeat(8 * 1024 - 'bad request: '.length - cutAt)}${canary}${'.'.repeat(2000)}`
      const error = await failureOf(client.request({ method: 'POST', url: `${server.origin}/400`, body }))
      assert.ok(error instanceof Error)
      assert.doesNotMatch(error.message, /cA|nA|rY|canary/, `cut after ${cutAt} characters`)
    }
  })

  it('out of causes and stacks when there is no answer', async (test) => {
    const { client } = await startPair(test)
    const port = await unusedPort()
    const refused = await failureOf(client.request({ url: `http://127.0.0.1:${port}/${encodeURIComponent(canary)}` }))
    assert.ok(isErrorKind(refused, 'NetworkError') && refused instanceof Error)
    assert.match(refused.message, /127\.0\.0\.1:\d+\/\[redacted\] got no answer/)
    const http: HttpSender = {
      send: async () => {
        throw new RetryableError(`outer ${canary}`, {
          cause: new Error(`inner ${canary}`, { cause: `innermost ${canary}` }),
        })
      },
    }
    const deep = await failureOf(
      createAuthorizedClient({ http, secrets: createKnownSecrets([canary]), log: silent }).request({ url: 'http://x' }),
    )
    assert.ok(isErrorKind(deep, 'RetryableError'))
    assert.ok(!inspect(deep, { depth: 10, showHidden: true }).includes(canary))
  })

  it('out of an error that cannot be changed', async () => {
    const http: HttpSender = { send: () => Promise.reject(Object.freeze(new Error(`frozen ${canary}`))) }
    const error = await failureOf(
      createAuthorizedClient({ http, secrets: createKnownSecrets([canary]), log: silent }).request({ url: 'http://x' }),
    )
    assert.ok(error instanceof Error)
    assert.equal(error.message, 'frozen [redacted]')
    assert.ok(!inspect(error, { showHidden: true }).includes(canary))
  })

  it('but leaves the reason of a caller who stops as it is', async (test) => {
    const { server, client } = await startPair(test)
    const reason = new Error(`stopped ${canary}`)
    const error = await failureOf(client.request({ url: `${server.origin}/200`, signal: AbortSignal.abort(reason) }))
    assert.equal(error, reason)
    assert.equal(reason.message, `stopped ${canary}`)
  })
})

describe('the authorized client reports', () => {
  it('each call with method, redacted URL, status and duration', async (test) => {
    const calls: CallSummary[] = []
    const logged: unknown[] = []
    const log = { ...silent, debug: (data: object) => logged.push(data) }
    const { server, client } = await startPair(test, { onCall: (call) => calls.push(call), log })
    await client.request({ url: `${server.origin}/200?api_key=hush` })
    await failureOf(client.request({ method: 'PUT', url: `${server.origin}/500` }))
    const port = await unusedPort()
    await failureOf(client.request({ method: 'DELETE', url: `http://127.0.0.1:${port}/x` }))

    assert.deepEqual(
      calls.map(({ method, url, status }) => ({ method, url, status })),
      [
        { method: 'GET', url: `${server.origin}/200?api_key=[redacted]`, status: 200 },
        { method: 'PUT', url: `${server.origin}/500`, status: 500 },
        { method: 'DELETE', url: `http://127.0.0.1:${port}/x`, status: null },
      ],
    )
    for (const { durationMs } of calls) assert.ok(durationMs > 0 && durationMs < 10_000)
    assert.deepEqual(logged, calls)
  })
})
