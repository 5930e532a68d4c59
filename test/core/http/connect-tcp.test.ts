// Sockets for remotes that speak no HTTP: as guarded as every HTTP call.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it, type TestContext } from 'node:test'
import { isErrorKind } from '../../../core/errors.ts'
import { createConnectTcp } from '../../../core/http/connect-tcp.ts'
import { createEgressGuard, type ResolveAll } from '../../../core/http/egress-guard.ts'
import type { ConnectTcp } from '../../../core/sdk/connect-tcp.ts'
import { privateHosts } from '../../support/private-hosts.ts'
import { failureOf } from './expect-failure.ts'
import { startCanaries, startRawServer, unusedPort } from './local-server.ts'

function connector({ allow = [], resolve }: { allow?: string[]; resolve?: ResolveAll } = {}): ConnectTcp {
  const egressGuard = createEgressGuard({ allow, ...(resolve && { resolve }) })
  return createConnectTcp({ egressGuard, connectTimeoutMs: 2000 })
}

const startEcho = (test: TestContext) => startRawServer(test, (socket) => void socket.pipe(socket))

describe('connectTcp', () => {
  it('hands over a socket to a host that may be reached', async (test) => {
    const echo = await startEcho(test)
    for (const host of ['127.0.0.1', '0x7f.1', 'localhost']) {
      const socket = await connector({ allow: ['127.0.0.0/8', '::1'] })({ host, port: echo.port })
      socket.write('hello')
      const [answer] = await once(socket, 'data')
      assert.equal(String(answer), 'hello', host)
      socket.destroy()
    }
  })

  it(`refuses ${privateHosts.length} spellings of private hosts without a single connection`, async (test) => {
    const canaries = await startCanaries(test)
    const connect = connector()
    const messages = new Set<string>()
    for (const host of privateHosts) {
      const error = await failureOf(connect({ host, port: canaries.port }))
      assert.ok(isErrorKind(error, 'SyncConfigError'), `${host}: ${error.message}`)
      assert.equal(Reflect.get(error, 'code'), 'egress_refused', host)
      messages.add(error.message.replace(/^"[^"]*"/, '').replace(/_ALLOW=\S+/, ''))
    }
    assert.equal(messages.size, 1)
    assert.equal(canaries.connectionCount(), 0)
  })

  it('judges the address that a name has when it is connected', async (test) => {
    const canaries = await startCanaries(test)
    const resolve: ResolveAll = (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }])
    const error = await failureOf(connector({ resolve })({ host: 'db.example.com', port: canaries.port }))
    assert.equal(Reflect.get(error, 'code'), 'egress_refused')
    assert.equal(canaries.connectionCount(), 0)
  })

  it('takes a host for a host and nothing else', async () => {
    for (const host of ['', '/var/run/postgresql', 'db.example.com:5433', 'user@db.example.com', 'db/x', 'a b']) {
      const error = await failureOf(connector()({ host, port: 5432 }))
      assert.ok(isErrorKind(error, 'SyncConfigError'), `${host}: ${error.message}`)
    }
    const error = await failureOf(connector()({ host: 'db.example.com', port: 70_000 }))
    assert.match(error.message, /a port from 1 to 65535/)
  })

  it('says when nobody answers, and stops when it is told to', async () => {
    const connect = connector({ allow: ['127.0.0.1'] })
    const port = await unusedPort()
    const refused = await failureOf(connect({ host: '127.0.0.1', port }))
    assert.ok(isErrorKind(refused, 'NetworkError'))
    assert.match(refused.message, new RegExp(`127.0.0.1:${port} refused the connection`))

    const stop = new AbortController()
    const never: ResolveAll = () => undefined
    const call = connector({ resolve: never })({ host: 'db.example.com', port: 5432, signal: stop.signal })
    stop.abort(new Error('enough'))
    assert.equal((await failureOf(call)).message, 'enough')

    const late = createConnectTcp({
      egressGuard: createEgressGuard({ allow: [], resolve: never }),
      connectTimeoutMs: 20,
    })
    assert.ok(isErrorKind(await failureOf(late({ host: 'db.example.com', port: 5432 })), 'RequestTimeoutError'))
  })
})
