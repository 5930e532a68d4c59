import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, beforeEach, describe, it } from 'node:test'
import { isErrorKind } from '../../../core/sdk/index.ts'
import { DemoCrmSync } from '../../../plugins/demo-crm/provider.ts'
import { type ContactSync, startContactSync } from '../../support/contact-sync.ts'

let contacts: ContactSync
before(async () => {
  contacts = await startContactSync()
})
after(() => contacts.stop())
beforeEach(() => contacts.clear())

describe('an object that is not known', () => {
  it('is created with one call, and answered with its id, name and page', async () => {
    const result = await contacts.sync({ email: 'ada@example.org', properties: [['name', 'Ada', 'overwrite']] })
    assert.deepEqual(result, {
      action: 'created',
      remoteId: '1',
      externalLinkHref: `${contacts.crm.origin}/objects/contact/1`,
      externalLinkDisplayName: 'Ada',
    })
    assert.deepEqual(contacts.http.takeCalls(), ['POST /api/objects/contact'])
    assert.deepEqual(await contacts.stored(), [{ email: 'ada@example.org', name: 'Ada' }])
    assert.equal((await fetch(`${contacts.crm.origin}/objects/contact/1`)).status, 200)
  })

  it('is updated when the CRM has it already, and counted as unchanged when it is so', async () => {
    await contacts.createAda()
    const same = await contacts.sync({ email: 'ada@example.org', properties: [['name', 'Ada', 'overwrite']] })
    assert.deepEqual([same?.action, same?.remoteId], ['nothing_to_do', '1'])
    const other = await contacts.sync({ email: 'ada@example.org', properties: [['name', 'Ada L.', 'overwrite']] })
    assert.deepEqual([other?.action, other?.remoteId], ['updated', '1'])
    assert.deepEqual(await contacts.stored(), [{ email: 'ada@example.org', name: 'Ada L.' }])
  })

  it('becomes one object when the same call is sent twice at once', async () => {
    const results = await Promise.all(
      Array.from({ length: 8 }, () =>
        contacts.sync({ email: 'ada@example.org', properties: [['name', 'Ada', 'overwrite']] }),
      ),
    )
    assert.equal(results.filter((result) => result?.action === 'created').length, 1)
    assert.equal(new Set(results.map((result) => result?.remoteId)).size, 1)
    assert.equal((await contacts.stored()).length, 1)
  })
})

describe('a known object', () => {
  it('costs one PATCH that says that nothing was different', async () => {
    const known = await contacts.createAda()
    const result = await contacts.sync({ email: 'ada@example.org', known, properties: [['name', 'Ada', 'overwrite']] })
    assert.equal(result?.action, 'nothing_to_do')
    assert.equal(result?.externalLinkDisplayName, 'Ada')
    assert.deepEqual(contacts.http.takeCalls(), ['PATCH /api/objects/contact/1'])
  })

  it('keeps its name in links when the mapping does not send one', async () => {
    const known = await contacts.createAda()
    const result = await contacts.sync({ email: 'ada@example.org', known, properties: [['name', 'Eve', 'if_new']] })
    assert.deepEqual([result?.action, result?.externalLinkDisplayName], ['nothing_to_do', 'Ada'])
  })

  it('is put right when somebody changed it over there, though the same was sent before', async () => {
    const known = await contacts.createAda()
    await contacts.crm.executeSql(
      `update demo_crm.object set properties = properties || '{"name": "changed there"}'`,
      [],
    )
    const result = await contacts.sync({ email: 'ada@example.org', known, properties: [['name', 'Ada', 'overwrite']] })
    assert.equal(result?.action, 'updated')
    assert.deepEqual(await contacts.stored(), [{ email: 'ada@example.org', name: 'Ada' }])
  })

  it('is changed by one PATCH, also to empty', async () => {
    const known = await contacts.createAda([
      ['name', 'Ada', 'overwrite'],
      ['city', 'London', 'overwrite'],
    ])
    const result = await contacts.sync({
      email: 'ada@example.org',
      known,
      properties: [
        ['name', 'Ada', 'overwrite'],
        ['city', null, 'overwrite'],
      ],
    })
    assert.equal(result?.action, 'updated')
    assert.deepEqual(contacts.http.takeCalls(), ['PATCH /api/objects/contact/1'])
    assert.deepEqual(await contacts.stored(), [{ email: 'ada@example.org', name: 'Ada' }])
  })

  it('is created anew, with all that only a new object gets, when somebody deleted it', async () => {
    const known = await contacts.createAda()
    await contacts.crm.executeSql('delete from demo_crm.object', [])
    for (const city of ['overwrite', 'if_empty'] as const) {
      const result = await contacts.sync({
        email: 'ada@example.org',
        known,
        properties: [
          ['name', 'Ada L.', 'overwrite'],
          ['city', 'London', city],
          ['language', 'en', 'if_new'],
        ],
      })
      assert.equal(result?.action, 'created')
      assert.notEqual(result?.remoteId, known.remoteId)
      assert.deepEqual(await contacts.stored(), [
        { email: 'ada@example.org', name: 'Ada L.', city: 'London', language: 'en' },
      ])
      await contacts.crm.executeSql('delete from demo_crm.object', [])
    }
  })

  it('keeps its id when its identifying value changes', async () => {
    const known = await contacts.createAda()
    const result = await contacts.sync({
      email: 'lovelace@example.org',
      known,
      properties: [['name', 'Ada', 'overwrite']],
    })
    assert.deepEqual([result?.action, result?.remoteId], ['updated', known.remoteId])
    assert.deepEqual(await contacts.stored(), [{ email: 'lovelace@example.org', name: 'Ada' }])
  })

  it('gives way to the object that has the new identifying value already', async () => {
    const known = await contacts.createAda()
    await contacts.sync({ email: 'lovelace@example.org', properties: [['name', 'Other', 'overwrite']] })
    const result = await contacts.sync({
      email: 'lovelace@example.org',
      known,
      properties: [['name', 'Ada', 'overwrite']],
    })
    assert.deepEqual([result?.action, result?.remoteId], ['updated', '2'])
    assert.deepEqual(await contacts.stored(), [
      { email: 'ada@example.org', name: 'Ada' },
      { email: 'lovelace@example.org', name: 'Ada' },
    ])
  })
})

describe('reading and deleting', () => {
  const query = { externalObjectType: 'contact', externalIdField: 'email', idValue: 'ada@example.org', known: null }
  const signal = new AbortController().signal

  it('reads an object back by its id or by its identifying field', async () => {
    assert.equal(await contacts.provider().readObject({ ...query, http: contacts.http, signal }), null)
    const known = await contacts.createAda()
    for (const each of [known, null, { ...known, remoteId: '99' }]) {
      const object = await contacts.provider().readObject({ ...query, known: each, http: contacts.http, signal })
      assert.deepEqual(object, { remoteId: '1', values: { email: 'ada@example.org', name: 'Ada' } })
    }
  })

  it('refuses to choose between two objects', async () => {
    for (const email of ['a@example.org', 'b@example.org']) {
      await contacts.sync({ email, properties: [['name', 'Twin', 'overwrite']] })
    }
    const twins = contacts
      .provider()
      .readObject({ ...query, externalIdField: 'name', idValue: 'Twin', http: contacts.http, signal })
    await assert.rejects(twins, (error) => isErrorKind(error, 'MappingError'))
  })

  it('deletes once', async () => {
    const known = await contacts.createAda()
    assert.deepEqual(await contacts.provider().deleteObject({ ...query, known, http: contacts.http, signal }), {
      action: 'deleted',
      remoteId: '1',
    })
    assert.deepEqual(await contacts.stored(), [])
    assert.equal(
      (await contacts.provider().deleteObject({ ...query, known, http: contacts.http, signal })).action,
      'nothing_to_do',
    )
    assert.equal(
      (await contacts.provider().deleteObject({ ...query, http: contacts.http, signal })).action,
      'nothing_to_do',
    )
  })

  it('deletes an object it has no id of', async () => {
    await contacts.createAda()
    assert.equal((await contacts.provider().deleteObject({ ...query, http: contacts.http, signal })).action, 'deleted')
  })
})

describe('what goes wrong', () => {
  it('a refused property is named', async () => {
    const refused = contacts.sync({ email: 'nobody', properties: [['name', 'x'.repeat(200_000), 'overwrite']] })
    await assert.rejects(refused, (error) => {
      assert.ok(isErrorKind(error, 'RejectedError'))
      const problems: unknown = typeof error === 'object' && error !== null && Reflect.get(error, 'problems')
      assert.deepEqual(problems, [
        { property: 'name', message: 'is longer than 100000 characters' },
        { property: 'email', message: 'must be an e-mail address' },
      ])
      return true
    })
  })

  it('an address where something else answers is a mistake in the settings, and creates nothing', async () => {
    const known = await contacts.createAda()
    const stranger = createServer((_request, response) => {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"code": "what?"}')
    })
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', () => resolve()))
    const address = stranger.address()
    assert.ok(typeof address === 'object' && address)
    try {
      const wrong = contacts.provider(`http://127.0.0.1:${address.port}/`)
      const args = contacts.argsOf({ email: 'ada@example.org', known, properties: [['name', 'Other', 'overwrite']] })
      await assert.rejects(wrong.syncObjectWithProperties(args), (error) => isErrorKind(error, 'SyncConfigError'))
      assert.deepEqual(contacts.http.takeCalls(), ['PATCH /api/objects/contact/1'])
    } finally {
      await new Promise((resolve) => stranger.close(resolve))
    }
  })

  it('a CRM that is away can be tried again later', async () => {
    const args = contacts.argsOf({ email: 'ada@example.org' })
    await assert.rejects(contacts.provider('http://127.0.0.1:1').syncObjectWithProperties(args), (error) =>
      isErrorKind(error, 'NetworkError'),
    )
  })
})

describe('the connection', () => {
  it('is tested by asking the CRM who it is', async () => {
    const { message } = await contacts
      .provider(`${contacts.crm.origin}///`)
      .testConnection({ signal: new AbortController().signal })
    assert.match(message, /The Demo CRM at http:\/\/127\.0\.0\.1:\d+ answered/)
  })

  it('does not forget what was sent when the address changes', () => {
    assert.deepEqual(DemoCrmSync.accountSettings, [])
  })

  it('takes http and https addresses only', () => {
    const isValid = (baseUrl: string): boolean => DemoCrmSync.settings.safeParse({ baseUrl }).success
    assert.deepEqual(['http://127.0.0.1:80', 'https://x.example', 'file:///etc', 'x', ''].map(isValid), [
      true,
      true,
      false,
      false,
      false,
    ])
  })
})
