import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isErrorKind, messageOf } from '../../../core/errors.ts'
import { createPluginClient } from '../../../core/http/plugin-client.ts'
import { startClient, startGuardedClient, startHttpServer } from './local-server.ts'

describe('createPluginClient', () => {
  it('calls as the guarded client does, and refuses what that refuses', async (test) => {
    const server = await startHttpServer(test, (_request, response) => response.end('{"orders":3}'))
    const allowed = createPluginClient({ http: startClient(test), secrets: [] })
    assert.deepEqual((await allowed.request({ url: server.origin })).json(), { orders: 3 })
    const guarded = createPluginClient({ http: startGuardedClient(test), secrets: [] })
    await assert.rejects(guarded.request({ url: server.origin }), (error) => isErrorKind(error, 'SyncConfigError'))
    assert.equal(server.connectionCount(), 1)
  })

  it('keeps the secrets of the plugin out of errors, whose class stays', async (test) => {
    const server = await startHttpServer(test, (request, response) => {
      response.writeHead(403).end(`{"detail": "the key ${request.headers['x-key']} may not"}`)
    })
    const client = createPluginClient({ http: startClient(test), secrets: ['correct-horse'] })
    await assert.rejects(
      client.request({ url: server.origin, headers: { 'x-key': 'correct-horse' } }),
      (error) =>
        isErrorKind(error, 'AuthenticationError') &&
        /the key \[redacted\] may not/.test(messageOf(error)) &&
        !messageOf(error).includes('correct-horse'),
    )
  })

  it("leaves the caller's own reason for stopping as it is", async (test) => {
    const server = await startHttpServer(test, () => undefined)
    const client = createPluginClient({ http: startClient(test), secrets: ['stopped'] })
    const reason = new Error('stopped')
    const controller = new AbortController()
    const asked = client.request({ url: server.origin, signal: controller.signal })
    controller.abort(reason)
    await assert.rejects(asked, (error) => error === reason && reason.message === 'stopped')
  })
})
