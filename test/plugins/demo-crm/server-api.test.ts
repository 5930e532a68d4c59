import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { type ApiAnswer, callDemoCrm } from '../../support/call-demo-crm.ts'
import { type DemoCrmInstance, startDemoCrm } from '../../support/demo-crm-instance.ts'

let crm: DemoCrmInstance
before(async () => {
  crm = await startDemoCrm()
})
after(() => crm.stop())
beforeEach(() => crm.executeSql('truncate demo_crm.object restart identity', []))

function call(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
  return callDemoCrm({ origin: crm.origin, method, path, body })
}

function createContact(email: string, properties: Record<string, unknown> = {}): Promise<ApiAnswer> {
  return call('POST', '/api/objects/contact', { idField: 'email', idValue: email, properties })
}

async function createdId(email: string, properties: Record<string, unknown> = {}): Promise<string> {
  const { status, body } = await createContact(email, properties)
  assert.equal(status, 201)
  return String(body.id)
}

describe('creating an object', () => {
  it('answers 201 with the id and the place of the new object', async () => {
    const answer = await createContact('ada@example.org', { name: 'Ada' })
    assert.equal(answer.status, 201)
    assert.equal(answer.headers.get('location'), `/api/objects/contact/${answer.body.id}`)
    const { body } = await call('GET', `/api/objects/contact/${answer.body.id}`)
    assert.equal(body.idField, 'email')
    assert.equal(body.idValue, 'ada@example.org')
    assert.deepEqual(body.properties, { email: 'ada@example.org', name: 'Ada' })
  })

  it('answers 409 with the id of the object that has the identity, and changes nothing', async () => {
    const id = await createdId('ada@example.org', { name: 'Ada' })
    const again = await createContact('ada@example.org', { name: 'Other' })
    assert.equal(again.status, 409)
    assert.equal(again.type, 'application/problem+json')
    assert.equal(again.body.id, id)
    const { body } = await call('GET', `/api/objects/contact/${id}`)
    assert.deepEqual(body.properties, { email: 'ada@example.org', name: 'Ada' })
  })

  it('makes one object of many simultaneous calls', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => createContact('ada@example.org')))
    assert.equal(answers.filter(({ status }) => status === 201).length, 1)
    assert.equal(answers.filter(({ status }) => status === 409).length, 19)
    assert.equal(new Set(answers.map(({ body }) => body.id)).size, 1)
  })

  it('keeps the same value under two identifying fields apart', async () => {
    const first = await call('POST', '/api/objects/contact', {
      idField: 'customer_number',
      idValue: 'a@b',
      properties: {},
    })
    const second = await createContact('a@b')
    assert.deepEqual([first.status, second.status], [201, 201])
  })

  it('does not keep empty properties', async () => {
    const id = await createdId('ada@example.org', { name: null, city: '' })
    const { body } = await call('GET', `/api/objects/contact/${id}`)
    assert.deepEqual(body.properties, { email: 'ada@example.org', city: '' })
  })
})

describe('changing an object', () => {
  it('merges the properties, clears those set to null, and says whether anything changed', async () => {
    const id = await createdId('ada@example.org', { name: 'Ada', city: 'London' })
    const change = { properties: { city: null, phone: '1' } }
    const first = await call('PATCH', `/api/objects/contact/${id}`, change)
    const properties = { email: 'ada@example.org', name: 'Ada', phone: '1' }
    assert.deepEqual([first.status, first.body], [200, { id, isChanged: true, properties }])
    const second = await call('PATCH', `/api/objects/contact/${id}`, change)
    assert.deepEqual(second.body, { id, isChanged: false, properties })
    const { body } = await call('GET', `/api/objects/contact/${id}`)
    assert.deepEqual(body.properties, properties)
  })

  it('loses nothing when two clients write different fields at the same time', async () => {
    const id = await createdId('ada@example.org')
    const keys = Array.from({ length: 20 }, (_, index) => `field_${index}`)
    await Promise.all(keys.map((key) => call('PATCH', `/api/objects/contact/${id}`, { properties: { [key]: key } })))
    const { body } = await call('GET', `/api/objects/contact/${id}`)
    assert.deepEqual(body.properties, {
      email: 'ada@example.org',
      ...Object.fromEntries(keys.map((key) => [key, key])),
    })
  })

  it('moves the identity when the identifying field is changed', async () => {
    const id = await createdId('ada@example.org')
    await call('PATCH', `/api/objects/contact/${id}`, { properties: { email: 'lovelace@example.org' } })
    assert.equal((await createContact('lovelace@example.org')).body.id, id)
    assert.equal((await createContact('ada@example.org')).status, 201)
  })

  it('refuses an identity that another object has, and one that is empty', async () => {
    const first = await createdId('ada@example.org')
    const second = await createdId('eve@example.org')
    const taken = await call('PATCH', `/api/objects/contact/${second}`, { properties: { email: 'ada@example.org' } })
    assert.deepEqual([taken.status, taken.body.id], [409, first])
    for (const email of [null, '', `${'x'.repeat(250)}@example.org`]) {
      const lost = await call('PATCH', `/api/objects/contact/${second}`, { properties: { email } })
      assert.equal(lost.status, 422)
    }
    const { body } = await call('GET', `/api/objects/contact/${second}`)
    assert.equal(body.idValue, 'eve@example.org')
  })
})

describe('finding and listing', () => {
  it('finds by the identity and by any other property', async () => {
    const id = await createdId('ada@example.org', { customer_number: 'C-7' })
    const ids = async (query: string): Promise<unknown[]> => {
      const { body } = await call('GET', `/api/objects/contact?${query}`)
      return (body.results as { id: string }[]).map((result) => result.id)
    }
    assert.deepEqual(await ids('field=email&value=ada%40example.org'), [id])
    assert.deepEqual(await ids('field=customer_number&value=C-7'), [id])
    assert.deepEqual(await ids('field=customer_number&value=C-8'), [])
  })

  it('pages through all objects of a type, each exactly once', async () => {
    for (let index = 0; index < 7; index++) await createdId(`p${index}@example.org`)
    const seen: string[] = []
    let after: unknown = '0'
    for (let page = 0; after !== null; page++) {
      assert.ok(page < 10)
      const { body } = await call('GET', `/api/objects/contact?limit=3&after=${after}`)
      seen.push(...(body.results as { idValue: string }[]).map((result) => result.idValue))
      after = body.next
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 7 }, (_, index) => `p${index}@example.org`),
    )
  })

  it('counts the objects of every type', async () => {
    await createdId('ada@example.org')
    const { body } = await call('GET', '/api/objects')
    const counts = (body.types as { name: string; count: number }[]).map(({ name, count }) => `${name} ${count}`)
    assert.deepEqual(counts, ['contact 1', 'company 0', 'deal 0', 'ticket 0', 'product 0', 'category 0'])
  })

  it('tells its schema', async () => {
    const { body } = await call('GET', '/api/schema')
    const contact = (body.types as { name: string; idFields: string[] }[]).find(({ name }) => name === 'contact')
    assert.deepEqual(contact?.idFields, ['email', 'customer_number'])
  })
})

describe('deleting', () => {
  it('answers 204 once and 404 after', async () => {
    const id = await createdId('ada@example.org')
    assert.equal((await call('DELETE', `/api/objects/contact/${id}`)).status, 204)
    const again = await call('DELETE', `/api/objects/contact/${id}`)
    assert.deepEqual([again.status, again.body.code], [404, 'object_not_found'])
  })
})

describe('when the database is away', () => {
  it('answers 500 as problem JSON and says why in its log', async () => {
    await crm.executeSql('alter table demo_crm.object rename to object_gone', [])
    try {
      const answer = await call('GET', '/api/objects')
      assert.equal(answer.status, 500)
      assert.equal(answer.type, 'application/problem+json')
      assert.doesNotMatch(JSON.stringify(answer.body), /relation/)
      assert.match(crm.complaints.splice(0).join(), /demo_crm\.object\\" does not exist/)
    } finally {
      await crm.executeSql('alter table demo_crm.object_gone rename to object', [])
    }
  })
})
