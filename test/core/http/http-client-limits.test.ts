import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { createEgressGuard } from '../../../core/http/egress-guard.ts'
import { expectFailure } from './expect-failure.ts'
import { startClient, startHttpServer, startRawServer, unusedPort } from './local-server.ts'

describe('the HTTP client gives up', () => {
  it('on a refused connection', async (test) => {
    const client = startClient(test)
    const port = await unusedPort()
    const message = new RegExp(`127\\.0\\.0\\.1:${port} refused the connection \\(ECONNREFUSED\\)\\. Check`)
    await expectFailure(client.request({ url: `http://127.0.0.1:${port}/` }), 'NetworkError', message)
  })

  it('on a connection that is reset, closed, cut short, or speaks no HTTP', async (test) => {
    const client = startClient(test)
    const cases: [RegExp, (socket: Socket) => void][] = [
      [/closed the connection/, (socket) => socket.resetAndDestroy()],
      [/closed the connection/, (socket) => socket.end()],
      [/closed the connection/, (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')],
      [/something that is no HTTP/, (socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n')],
      [/headers .* too large/, (socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(40_000)}\r\n\r\n`)],
    ]
    for (const [message, answer] of cases) {
      const server = await startRawServer(test, (socket) => socket.once('data', () => answer(socket)))
      await expectFailure(client.request({ url: server.origin }), 'NetworkError', message)
    }
  })

  it('on a host that accepts no connection in time, be it the name service or TLS', async (test) => {
    const egressGuard = createEgressGuard({ allow: ['127.0.0.1'], resolve: () => {} })
    const client = startClient(test, { egressGuard, connectTimeoutMs: 200 })
    const silent = await startRawServer(test, (socket) => socket.resume())
    const message = /did not accept a connection in time/
    await expectFailure(client.request({ url: 'http://crm.example.com/' }), 'RequestTimeoutError', message)
    await expectFailure(client.request({ url: `https://127.0.0.1:${silent.port}/` }), 'RequestTimeoutError', message)
  })

  it('when no headers come, after the time for headers and no later than the time of the request', async (test) => {
    const server = await startRawServer(test, (socket) => socket.resume())
    const client = startClient(test, { headersTimeoutMs: 200 })
    await expectFailure(
      client.request({ url: server.origin }),
      'RequestTimeoutError',
      /did not begin to answer in time/,
    )
    const patient = startClient(test)
    const startedAt = performance.now()
    await expectFailure(patient.request({ url: server.origin, timeoutMs: 200 }), 'RequestTimeoutError', /./)
    assert.ok(performance.now() - startedAt < 5000)
  })

  it('when the body trickles longer than the request may take, and hangs up', async (test) => {
    const hungUp = Promise.withResolvers<void>()
    const server = await startHttpServer(test, (_request, response) => {
      response.writeHead(200)
      const drip = setInterval(() => response.write('.'), 20)
      response.on('close', () => {
        clearInterval(drip)
        hungUp.resolve()
      })
    })
    const client = startClient(test)
    const call = client.request({ url: server.origin, timeoutMs: 300 })
    await expectFailure(call, 'RequestTimeoutError', /not answered completely within 0\.3 seconds/)
    await hungUp.promise
  })

  it('on an endless body after a megabyte, and hangs up', async (test) => {
    const written = Promise.withResolvers<number>()
    const server = await startHttpServer(test, (_request, response) => {
      const block = Buffer.alloc(64 * 1024, 'x')
      let byteCount = 0
      const pump = (): void => {
        while (!response.destroyed) {
          byteCount += block.length
          if (!response.write(block)) return void response.once('drain', pump)
        }
      }
      response.on('close', () => written.resolve(byteCount))
      pump()
    })
    const client = startClient(test)
    const call = client.request({ method: 'POST', url: server.origin })
    await expectFailure(call, 'PermanentError', /more than 1048576 bytes.*may have taken effect/)
    // The rest fits into the buffers of two sockets.
    assert.ok((await written.promise) < 32 * 1024 * 1024)
  })

  it('on a body of one byte too many, and not on one that just fits', async (test) => {
    const server = await startHttpServer(test, (request, response) =>
      response.end('x'.repeat(Number(request.url?.slice(1)))),
    )
    const client = startClient(test, { maxResponseBytes: 100_000 })
    assert.equal((await client.request({ url: `${server.origin}/100000` })).text.length, 100_000)
    await expectFailure(client.request({ url: `${server.origin}/100001` }), 'PermanentError', /more than 100000 bytes/)
  })

  it('on a gzip bomb, without unpacking it', async (test) => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024))
    const server = await startHttpServer(test, (_request, response) =>
      response.setHeader('content-encoding', 'gzip').end(bomb),
    )
    const client = startClient(test)
    const before = process.memoryUsage().rss
    await expectFailure(client.request({ url: server.origin }), 'PermanentError', /more than 1048576 bytes/)
    assert.ok(process.memoryUsage().rss - before < 50 * 1024 * 1024)
  })

  it('judging an oversized or unreadable error page by its status', async (test) => {
    const server = await startHttpServer(test, (request, response) => {
      response.statusCode = 503
      if (request.url === '/gzip') response.setHeader('content-encoding', 'gzip')
      response.end('x'.repeat(3 * 1024 * 1024))
    })
    const client = startClient(test)
    assert.equal((await client.send({ url: server.origin })).text.length, 1024 * 1024)
    for (const path of ['/plain', '/gzip']) {
      await expectFailure(client.request({ url: server.origin + path }), 'RetryableError', /answered with 503/)
    }
  })

  it('with the reason of a caller who no longer waits, at any stage', async (test) => {
    const server = await startRawServer(test, (socket) => socket.resume())
    const client = startClient(test, { connectionsPerOrigin: 1 })
    const reason = new Error('the worker stops')
    const early = AbortSignal.abort(reason)
    await assert.rejects(client.request({ url: server.origin, signal: early }), (error) => error === reason)
    assert.equal(server.connectionCount(), 0)

    const stop = new AbortController()
    const calls = [1, 2, 3].map(() => client.request({ url: server.origin, signal: stop.signal }))
    while (server.connectionCount() === 0) await new Promise((resolve) => setImmediate(resolve))
    stop.abort(reason)
    for (const call of calls) await assert.rejects(call, (error) => error === reason)
  })

  it('without sending a call later that was given up while it stood in line', async (test) => {
    const paths: (string | undefined)[] = []
    const answer = Promise.withResolvers<void>()
    const server = await startHttpServer(test, async (request, response) => {
      paths.push(request.url)
      await answer.promise
      response.end()
    })
    const client = startClient(test, { connectionsPerOrigin: 1 })
    const first = client.request({ url: `${server.origin}/first` })
    while (paths.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const stop = new AbortController()
    const second = client.request({ url: `${server.origin}/second`, signal: stop.signal })
    const third = client.request({ url: `${server.origin}/third` })
    stop.abort(new Error('too late'))
    await assert.rejects(second, /too late/)
    answer.resolve()
    await Promise.all([first, third])
    assert.deepEqual(paths, ['/first', '/third'])
  })
})
