// Providers made of definitions, signed in by the mechanisms of core: an API key, and a session whose token ends.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { publishDefinition, saveDraft } from '../../core/connections/write-definition.ts'
import { createCatalog } from '../../core/registry/catalog.ts'
import { type FakeRemote, startFakeRemote } from '../../core/testing/index.ts'
import type { RestDefinitionInput } from '../../plugins/rest/definition.ts'
import rest from '../../plugins/rest/index.ts'
import { createLarkdesk, type Larkdesk } from '../fixtures/invented-api/larkdesk.ts'
import { larkdeskDefinition } from '../fixtures/invented-api/larkdesk-definition.ts'
import { scope } from '../support/fixture-shop.ts'
import { createInstance, type Instance, until } from '../support/instance.ts'

const key = 'the-key-of-the-desk'
const actor = 'Ada'

describe('a provider made of a definition signs in', () => {
  let instance: Instance
  let desk: Larkdesk
  let remote: FakeRemote
  let loginCount = 0
  let token = ''
  before(async () => {
    desk = createLarkdesk({ key })
    // In front of the desk stands a door with a login, whose token is taken for the key of the desk.
    remote = await startFakeRemote((request) => {
      if (request.segments[1] === 'login') {
        const { user, pass } = Object(request.body)
        if (user !== 'ada' || pass !== 'pass"word') return { status: 401 }
        loginCount += 1
        token = `token-${loginCount}`
        return { status: 200, body: { token } }
      }
      const isTaken = token !== '' && request.headers['x-session'] === token
      return desk.handle(isTaken ? { ...request, headers: { ...request.headers, 'x-desk-key': key } } : request)
    })
    instance = await createInstance({ orderCount: 5, plugins: [rest], egressAllow: ['127.0.0.1/32'] })
    await instance.rows(`update outbound_sync.connection set state = 'disabled'`)
    await instance.sync.operations.setPluginActive({ plugin: 'rest', scope, isActive: true, actor })
    await instance.sync.worker.start()
  })
  after(async () => {
    await instance.close()
    await remote.close()
  })

  async function connect(
    identifier: string,
    auth: RestDefinitionInput['auth'],
    credentials: Record<string, string>,
  ): Promise<void> {
    const catalog = createCatalog({
      plugins: [{ specifier: 'rest', name: 'rest', plugin: rest, status: 'ready', error: null }],
    })
    const context = { database: instance.database, catalog }
    const settings = larkdeskDefinition.settings?.filter(({ name }) => name === 'address')
    const definition = { ...larkdeskDefinition, identifier, settings, headers: [], auth }
    await saveDraft(context, { kind: 'rest', definition, replaces: null, actor })
    await publishDefinition(context, { identifier, version: '1.0.0', actor })
    await instance.rows(`update outbound_sync.connection set state = 'disabled'`)
    await instance.sync.operations.ensureConnection({
      provider: identifier,
      name: identifier,
      scope,
      settings: { address: remote.origin, ...credentials },
      mappings: [
        {
          key: 'ticket',
          sourceModel: 'Order',
          externalObjectType: 'ticket',
          sourceIdField: 'code',
          externalIdField: 'reference',
          propertyMappings: [{ externalField: 'mail', source: { field: 'email' } }],
        },
      ],
      actor,
    })
  }

  it('by an API key', async () => {
    await connect('by-key', { kind: 'api_key', apiKey: { in: 'header', name: 'X-Desk-Key' } }, { apiKey: key })
    await instance.placeOrder('1')
    await until(() => desk.tickets().size === 1)
  })

  it('by a login call, and once more when the token is not taken any more', async () => {
    const session = {
      path: '/login',
      bodyTemplate: '{"user": "{{value.username}}", "pass": "{{value.password}}"}',
      tokenPath: 'token',
      send: { name: 'X-Session' },
    }
    await connect('by-login', { kind: 'session', session }, { username: 'ada', password: 'pass"word' })
    await instance.placeOrder('2')
    await until(() => desk.tickets().size === 2)
    assert.equal(loginCount, 1)
    token = 'another'
    await instance.placeOrder('3')
    await until(() => desk.tickets().size === 3)
    assert.equal(loginCount, 2)
    const [row] = await instance.rows(
      `select count(*)::int as count from outbound_sync.attempt where outcome <> 'succeeded'`,
    )
    assert.equal(row?.count, 0)
  })
})
