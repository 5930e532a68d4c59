import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createEgressGuard } from '../../../core/http/egress-guard.ts'
import { createHttpClient } from '../../../core/http/http-client.ts'
import { failureOf } from './expect-failure.ts'
import { startGuardedClient, startHttpServer } from './local-server.ts'

describe('the egress allow list', () => {
  it('opens a target by host and port, origin, address and range, and nothing beside it', async (test) => {
    const open = await startHttpServer(test, (_request, response) => response.end('{}'))
    const other = await startHttpServer(test, (_request, response) => response.end('{}'))
    const entries = [`127.0.0.1:${open.port}`, `http://127.0.0.1:${open.port}`, `HTTP://127.0.0.1:${open.port}/`]
    for (const entry of entries) {
      const client = startGuardedClient(test, { allow: [entry] })
      assert.equal((await client.request({ url: open.origin })).status, 200, entry)
      assert.equal(Reflect.get(await failureOf(client.request({ url: other.origin })), 'code'), 'egress_refused', entry)
    }
    for (const entry of ['127.0.0.1', '127.0.0.0/8']) {
      const client = startGuardedClient(test, { allow: [entry] })
      assert.equal((await client.request({ url: open.origin })).status, 200, entry)
      assert.equal((await client.request({ url: other.origin })).status, 200, entry)
    }
    const elsewhere = startGuardedClient(test, {
      allow: ['10.0.0.0/8', 'fd00::/8', '127.0.0.2', `127.0.0.2:${open.port}`],
    })
    assert.equal(Reflect.get(await failureOf(elsewhere.request({ url: open.origin })), 'code'), 'egress_refused')
    assert.equal(other.connectionCount(), 2)
  })

  it('opens a name that only the private network knows, with its dot and in capitals', async (test) => {
    const server = await startHttpServer(test, (_request, response) => response.end('{}'))
    const client = startGuardedClient(test, { allow: [`LocalHost:${server.port}`] })
    assert.equal((await client.request({ url: `http://localhost:${server.port}/` })).status, 200)
    const guard = createEgressGuard({ allow: ['crm.internal:8443'] })
    assert.equal(guard.judgeTarget({ hostname: 'CRM.internal.', port: 8443 }), 'trusted')
    assert.throws(() => guard.judgeTarget({ hostname: 'crm.internal', port: 8444 }), /only public internet addresses/)
  })

  it('opens an origin at run time, as for the service of a plugin', async (test) => {
    const server = await startHttpServer(test, (_request, response) => response.end('{}'))
    const egressGuard = createEgressGuard({ allow: [] })
    const client = createHttpClient({ egressGuard, userAgent: 'test' })
    test.after(() => client.close())
    await failureOf(client.request({ url: server.origin }))
    egressGuard.allowOrigin(server.origin)
    assert.equal((await client.request({ url: server.origin })).status, 200)
  })

  it('knows the usual port of a scheme', () => {
    const guard = createEgressGuard({ allow: ['https://10.0.0.5', 'http://[fd00::1]'] })
    assert.equal(guard.judgeTarget({ hostname: '10.0.0.5', port: 443 }), 'trusted')
    assert.equal(guard.judgeTarget({ hostname: 'fd00::1', port: 80 }), 'trusted')
    assert.throws(() => guard.judgeTarget({ hostname: '10.0.0.5', port: 80 }))
  })

  it('refuses an entry it cannot read, and says what one looks like', () => {
    for (const entry of [
      '',
      'crm.example.com',
      '10.0.0.0/99',
      'http://a.example/path',
      '*.example.com:80',
      'ftp://a:1',
      'a:1:2',
      'a:99999',
      'http://u:p@a.example',
    ]) {
      assert.throws(() => createEgressGuard({ allow: [entry] }), /cannot be read\. Write a host with its port/, entry)
    }
  })
})
