import assert from 'node:assert/strict'
import { request as rawRequest } from 'node:http'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { type ApiAnswer, callDemoCrm } from '../../support/call-demo-crm.ts'
import { type DemoCrmInstance, startDemoCrm } from '../../support/demo-crm-instance.ts'

let crm: DemoCrmInstance
before(async () => {
  crm = await startDemoCrm()
})
after(() => crm.stop())

function call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<ApiAnswer> {
  return callDemoCrm({ origin: crm.origin, method, path, body, ...(headers ? { headers } : {}) })
}

describe('bad input', () => {
  it('names every property at fault and stores nothing', async () => {
    const answer = await call('POST', '/api/objects/deal', {
      idField: 'order_number',
      idValue: 'N-1',
      properties: { total: 12.5, status: 'sold', ordered_at: 'yesterday', tickets: 'none', email: 'nobody' },
    })
    assert.equal(answer.status, 422)
    const errors = answer.body.errors as { property: string; message: string }[]
    assert.deepEqual(errors.map(({ property }) => property).sort(), [
      'email',
      'ordered_at',
      'status',
      'tickets',
      'total',
    ])
    assert.deepEqual((await call('GET', '/api/objects/deal')).body.results, [])
  })

  const refusals: [number, string, string, unknown?, Record<string, string>?][] = [
    [404, 'GET', '/api'],
    [404, 'GET', '/api/nothing'],
    [404, 'GET', '/api/objects/contact/1/more'],
    [404, 'GET', '/api/objects/unicorn'],
    [404, 'GET', '/api/objects/contact/1'],
    [404, 'GET', '/api/objects/contact/1;drop'],
    [404, 'GET', '/api/objects/contact/9999999999999999999'],
    [404, 'PATCH', '/api/objects/contact/1', { properties: {} }],
    [400, 'GET', '/api/objects/contact?limit=0'],
    [400, 'GET', '/api/objects/contact?limit=1001'],
    [400, 'GET', '/api/objects/contact?after=-1'],
    [400, 'GET', '/api/objects/contact?field=email'],
    [400, 'GET', '/api/objects/contact?field=email&value=%00'],
    [400, 'GET', '/api/objects/%E0%A4%A'],
    [405, 'PUT', '/api/objects/contact', {}],
    [405, 'POST', '/api/schema', {}],
    [405, 'DELETE', '/api/objects'],
    [400, 'POST', '/api/objects/contact', '{'],
    [400, 'POST', '/api/objects/contact', ''],
    [415, 'POST', '/api/objects/contact', '{}', { 'content-type': 'text/plain' }],
    [413, 'POST', '/api/objects/contact', JSON.stringify({ text: 'x'.repeat(1024 * 1024) })],
    [422, 'POST', '/api/objects/contact', '[]'],
    [422, 'POST', '/api/objects/contact', '['.repeat(400_000) + ']'.repeat(400_000)],
    [422, 'POST', '/api/objects/contact', { idField: 'email', idValue: '', properties: {} }],
    [422, 'POST', '/api/objects/contact', { idField: 'name', idValue: 'Ada', properties: {} }],
    [422, 'POST', '/api/objects/contact', { idField: 'email', idValue: 'a@b', properties: { email: 'c@d' } }],
    [422, 'POST', '/api/objects/contact', { idField: 'email', idValue: 'a@b', properties: { name: 'nul \0' } }],
    [422, 'POST', '/api/objects/contact', { idField: 'email', idValue: 'a@b', properties: { x: ['half \ud800'] } }],
    [422, 'POST', '/api/objects/contact', '{"idField":"email","idValue":"a@b","properties":{"x":1e999}}'],
    [422, 'POST', '/api/objects/contact', '{"idField":"email","idValue":"a@b","properties":{"__proto__":{}}}'],
    [422, 'POST', '/api/objects/category', { idField: 'category_number', idValue: '1', properties: { colour: 'red' } }],
  ]
  for (const [status, method, path, body, headers] of refusals) {
    const shown = body === undefined ? '' : ` ${(typeof body === 'string' ? body : JSON.stringify(body)).slice(0, 60)}`
    it(`answers ${status} to ${method} ${path}${shown}`, async () => {
      const answer = await call(method, path, body, headers)
      assert.equal(answer.status, status)
      assert.equal(answer.type, 'application/problem+json')
      assert.equal(answer.body.status, status)
      assert.equal(typeof answer.body.detail, 'string')
      assert.equal(status === 405, answer.headers.has('allow'))
    })
  }

  it('refuses a body that is not UTF-8 text', async () => {
    const response = await fetch(`${crm.origin}/api/objects/contact`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Uint8Array([0x22, 0xff, 0x22]),
    })
    assert.equal(response.status, 400)
  })

  it('stops reading a body without an announced length at the limit', async () => {
    const { hostname, port } = new URL(crm.origin)
    const socket = connect(Number(port), hostname)
    let answer = ''
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text
    })
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.on('error', () => undefined)
    socket.write(
      `POST /api/objects/contact HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    )
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    for (let sent = 0; sent < 64 && !socket.destroyed; sent++) {
      socket.write(chunk)
      await new Promise((resolve) => setImmediate(resolve))
    }
    socket.end()
    await closed
    assert.match(answer, /^HTTP\/1\.1 413 /)
    assert.match(answer, /connection: close/i)
  })

  it('answers to no foreign host name, so that no website can read it through a name of its own', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      rawRequest(`${crm.origin}/api/objects`, { headers: { host: 'evil.example' } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
        .on('error', reject)
        .end()
    })
    assert.equal(status, 421)
  })

  it('never fails on any JSON, whatever the route', async () => {
    const path = fc.constantFrom('/api/objects/contact', '/api/objects/deal', '/api/objects/category')
    const body = fc.oneof(
      fc.jsonValue({ noUnicodeString: false }),
      fc.record({
        idField: fc.constantFrom('email', 'order_number', 'category_number', 'x'),
        idValue: fc.string({ unit: 'binary' }),
        properties: fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ noUnicodeString: false })),
      }),
    )
    await fc.assert(
      fc.asyncProperty(path, body, async (where, json) => {
        const answer = await call('POST', where, JSON.stringify(json))
        assert.ok(answer.status < 500, JSON.stringify(answer.body))
        if (answer.status !== 201) return
        const stored = await call('GET', `${where}/${answer.body.id}`)
        assert.equal(stored.status, 200)
      }),
      { numRuns: 150 },
    )
    assert.deepEqual(crm.complaints, [])
  })
})
