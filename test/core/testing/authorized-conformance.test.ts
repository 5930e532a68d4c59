// A provider whose account is signed in to passes the same checks; its credentials are settings like all others.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  apiKeyAuth,
  type HttpRequest,
  type ProviderClass,
  type SessionLogin,
  sessionAuth,
  z,
} from '../../../core/sdk/index.ts'
import {
  createTestInstance,
  providerConformance,
  type RemoteModel,
  sampleOrder,
  startFakeRemote,
} from '../../../core/testing/index.ts'
import { type Caller, createList, createListPlugin, ListSync, token } from '../../support/list-provider.ts'

const password = 'pass-8e21f5c0aa'

/** Nothing of credentials in it: the client brings them. */
abstract class BareListSync extends ListSync {
  static override readonly settings = z.object({ baseUrl: z.url() })

  override async call({ http, signal }: Caller, { path, ...rest }: Omit<HttpRequest, 'url'> & { path: string }) {
    return http.request({ ...rest, url: `${this.context.settings.baseUrl}${path}`, signal })
  }
}

class KeyListSync extends BareListSync {
  static override readonly auth = apiKeyAuth({ in: 'header', name: 'Authorization', prefix: 'Bearer ' })
}

class SessionListSync extends BareListSync {
  static override readonly auth = sessionAuth({
    async login({ http, settings, values, signal }: SessionLogin<{ baseUrl: string }>) {
      const response = await http.request({ method: 'POST', url: `${settings.baseUrl}/login`, json: values, signal })
      return z.object({ token: z.string() }).parse(response.json())
    },
    send: { in: 'header', name: 'Authorization', prefix: 'Bearer ' },
  })
}

function createSessionList(): RemoteModel & { logins(): number; end(): void } {
  const list = createList()
  let loginCount = 0
  let session = ''
  return {
    ...list,
    logins: () => loginCount,
    end: () => {
      session = ''
    },
    handle(request) {
      if (request.segments[0] === 'login') {
        if (Object(request.body).password !== password) return { status: 401 }
        session = `session-${++loginCount}-of-ada`
        return { status: 200, body: { token: session } }
      }
      if (session === '' || request.headers.authorization !== `Bearer ${session}`) return { status: 401 }
      return list.handle({ ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } })
    },
  }
}

const account = { username: 'ada', password }
const signedIn: { provider: ProviderClass; settings: object; secret: string; remote: () => RemoteModel }[] = [
  { provider: KeyListSync, settings: { apiKey: token }, secret: token, remote: createList },
  { provider: SessionListSync, settings: account, secret: password, remote: createSessionList },
]

for (const { provider, settings, secret, remote } of signedIn) {
  describe(`${provider.name} passes`, () => {
    const checks = providerConformance({
      plugin: createListPlugin(provider),
      provider,
      settings: (origin) => ({ baseUrl: origin, ...settings }),
      remote,
      secrets: [secret],
      databaseUrl: process.env.TEST_DATABASE_URL,
      isWrite: ({ method, path }) => method !== 'GET' && path !== '/login',
    })
    for (const { name, run } of checks) it(name, run)
  })
}

describe('a session that the remote has ended', () => {
  it('is opened once more, and the order arrives in the same try', async (test) => {
    const list = createSessionList()
    const remote = await startFakeRemote(list.handle)
    test.after(() => remote.close())
    const instance = await createTestInstance({
      plugins: [createListPlugin(SessionListSync)],
      databaseUrl: process.env.TEST_DATABASE_URL,
    })
    test.after(() => instance.close())
    await instance.connect({ provider: SessionListSync, settings: { baseUrl: remote.origin, ...account } })
    for (const [id, logins] of [
      ['1', 1],
      ['2', 2],
    ] as const) {
      list.end()
      instance.records.put('Order', { ...sampleOrder(Number(id)), id })
      await instance.signal('order_placed', id)
      await instance.drain()
      assert.deepEqual(await instance.outcomes({ id }), ['succeeded'])
      assert.equal(list.logins(), logins)
    }
  })
})
