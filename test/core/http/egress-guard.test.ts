import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isErrorKind } from '../../../core/errors.ts'
import { createEgressGuard } from '../../../core/http/egress-guard.ts'
import { privateHosts } from '../../support/private-hosts.ts'
import { failureOf } from './expect-failure.ts'
import { startCanaries, startGuardedClient, startHttpServer, startRawServer } from './local-server.ts'

describe('the egress guard', () => {
  it(`refuses ${privateHosts.length} spellings of private targets without a single connection`, async (test) => {
    const canaries = await startCanaries(test)
    const client = startGuardedClient(test)
    const messages = new Set<string>()
    for (const host of privateHosts) {
      for (const url of [`http://${host}:${canaries.port}/`, `https://${host}:${canaries.port}/`, `http://${host}/`]) {
        const error = await failureOf(client.request({ url }))
        assert.ok(isErrorKind(error, 'SyncConfigError'), `${url}: ${error.message}`)
        assert.equal(Reflect.get(error, 'code'), 'egress_refused', url)
        messages.add(error.message.replace(/^"[^"]*"/, '').replace(/EGRESS_ALLOW=\S+:\d+ /, 'EGRESS_ALLOW=… '))
      }
    }
    assert.equal(messages.size, 1, 'a private target must be refused in the same words, open or closed')
    assert.equal(canaries.connectionCount(), 0)
  })

  it('names how to allow the very target, in the same words for addresses and for names', async (test) => {
    const client = startGuardedClient(test, {
      resolve: (_name, _options, callback) => callback(null, [{ address: '10.0.0.1', family: 4 }]),
    })
    for (const [url, host, entry] of [
      ['http://10.0.0.5:8080/', '10.0.0.5', '10.0.0.5:8080'],
      ['https://[fd00::1]/', 'fd00::1', '[fd00::1]:443'],
      ['http://printer.local/', 'printer.local', 'printer.local:80'],
      ['https://crm.example.com:8443/', 'crm.example.com', 'crm.example.com:8443'],
    ] as const) {
      const { message } = await failureOf(client.request({ url }))
      assert.equal(
        message,
        `"${host}" may not be called: only public internet addresses are allowed. Whoever runs this server can allow it with OUTBOUND_SYNC_EGRESS_ALLOW=${entry} (or the option egressAllow).`,
      )
      assert.doesNotThrow(() => createEgressGuard({ allow: [entry] }))
    }
  })

  it('refuses other schemes, and addresses that hide their host behind a user name', async (test) => {
    const canaries = await startCanaries(test)
    const client = startGuardedClient(test)
    const urls = [
      'file:///etc/passwd',
      `gopher://127.0.0.1:${canaries.port}/x`,
      `ftp://127.0.0.1:${canaries.port}/`,
      `ws://127.0.0.1:${canaries.port}/`,
      'data:text/plain,x',
      'unix:/var/run/docker.sock',
      `//127.0.0.1:${canaries.port}/`,
      `127.0.0.1:${canaries.port}`,
      '',
      `http://crm.example.com@127.0.0.1:${canaries.port}/`,
      `http://crm.example.com:80@127.0.0.1:${canaries.port}/`,
      `http://127.0.0.1:${canaries.port}@127.0.0.1:${canaries.port}/`,
    ]
    for (const url of urls) {
      const error = await failureOf(client.request({ url }))
      assert.ok(isErrorKind(error, 'SyncConfigError'), url)
    }
    // Backslash and fragment tricks are read as a browser reads them: the host is 127.0.0.1.
    for (const url of [
      `http:\\\\127.0.0.1:${canaries.port}\\`,
      `http://127.0.0.1:${canaries.port}#@crm.example.com/`,
    ]) {
      assert.equal(Reflect.get(await failureOf(client.request({ url })), 'code'), 'egress_refused')
    }
    assert.equal(canaries.connectionCount(), 0)
  })

  it('refuses a public name as soon as one of its addresses is private', async (test) => {
    const canaries = await startCanaries(test)
    const answers = [['127.0.0.1'], ['::1'], ['::ffff:127.0.0.1'], ['8.8.8.8', '127.0.0.1'], ['fe80::1%lo'], []]
    for (const addresses of answers) {
      const client = startGuardedClient(test, {
        resolve: (_name, _options, callback) =>
          callback(
            null,
            addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
          ),
      })
      const error = await failureOf(client.request({ url: `http://crm.example.com:${canaries.port}/` }))
      assert.equal(Reflect.get(error, 'code'), 'egress_refused', addresses.join())
    }
    assert.equal(canaries.connectionCount(), 0)
  })

  it('connects to the address it has judged: a name that answers differently the second time gains nothing', async (test) => {
    let host: string | undefined
    const allowed = await startHttpServer(test, (request, response) => {
      host = request.headers.host
      response.setHeader('connection', 'close').end('{}')
    })
    const canary = await startCanaries(test)
    const answers = [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]
    let lookupCount = 0
    const client = startGuardedClient(test, {
      allow: ['127.0.0.1/32'],
      resolve: (_name, _options, callback) => callback(null, answers.slice(lookupCount++).slice(0, 1)),
    })

    await client.request({ url: `http://rebind.example.com:${allowed.port}/` })
    assert.equal(lookupCount, 1, 'there must be no second lookup between the check and the connection')
    assert.equal(host, `rebind.example.com:${allowed.port}`)

    const error = await failureOf(client.request({ url: `http://rebind.example.com:${canary.port}/` }))
    assert.equal(Reflect.get(error, 'code'), 'egress_refused')
    assert.equal(lookupCount, 2)
    assert.equal(canary.connectionCount(), 0)
  })

  it('asks for the certificate of the name, not of the address', async (test) => {
    const hello = Promise.withResolvers<Buffer>()
    const server = await startRawServer(test, (socket) => {
      socket.once('data', (data) => {
        hello.resolve(data)
        socket.destroy()
      })
    })
    const client = startGuardedClient(test, {
      allow: ['127.0.0.1'],
      resolve: (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]),
    })
    const error = await failureOf(client.request({ url: `https://crm.example.com:${server.port}/` }))
    assert.ok(isErrorKind(error, 'NetworkError'))
    assert.ok((await hello.promise).includes('crm.example.com'), 'the server name must stand in the TLS greeting')
  })

  it('judges also when a single address is asked for', async () => {
    const lookUp = (address: string) =>
      new Promise((resolve) => {
        const guard = createEgressGuard({
          allow: [],
          resolve: (_name, _options, callback) => callback(null, [{ address, family: 4 }]),
        })
        guard.lookup('crm.example.com', {}, (error, found, family) => resolve(error ? error.code : [found, family]))
      })
    assert.deepEqual(await lookUp('8.8.8.8'), ['8.8.8.8', 4])
    assert.equal(await lookUp('10.0.0.1'), 'egress_refused')
  })

  it('uses no proxy from the environment', async (test) => {
    const canaries = await startCanaries(test)
    const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy']
    const before = names.map((name) => process.env[name])
    for (const name of names) process.env[name] = `http://127.0.0.1:${canaries.port}`
    test.after(() => {
      for (const [index, name] of names.entries()) {
        const value = before[index]
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
      }
    })
    const client = startGuardedClient(test, {
      resolve: (_name, _options, callback) => callback(Object.assign(new Error('none'), { code: 'ENOTFOUND' }), []),
    })
    const error = await failureOf(client.request({ url: 'http://crm.example.com/' }))
    assert.ok(isErrorKind(error, 'NetworkError'))
    assert.equal(canaries.connectionCount(), 0)
  })
})
