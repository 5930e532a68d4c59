// Forms that the host's own body parser has read before us: what parsers leave, and where.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { type AdminFixture, createAdminFixture } from './admin-fixture.ts'

const sent = 'note=a%26b&filter.state=paid&job=1&job=2&job=3'
const asSent = { note: 'a&b', 'filter.state': 'paid', job: ['1', '2', '3'] }
const ann = { id: 'ann', name: 'Ann', can: () => true }

interface Case {
  name: string
  /** What the host's parser does with the request before it calls us. */
  parse(request: IncomingMessage): void | Promise<void>
  /** Null: told at once that the form is gone. */
  fields: object | null
  body?: string
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** Reads the request and leaves these members on it. */
const leaves = (members: object) => async (request: IncomingMessage) => {
  await textOf(request)
  Object.assign(request, members)
}

const cases: readonly Case[] = [
  { name: 'nothing was read', parse() {}, fields: asSent },
  { name: 'fields', parse: leaves({ body: asSent }), fields: asSent },
  {
    name: 'fields whose names were taken apart',
    parse: leaves({ body: { note: 'a&b', filter: { state: 'paid' }, job: ['1', '2', '3'] } }),
    fields: asSent,
  },
  {
    name: 'a long list that became numbered fields',
    parse: leaves({ body: { ...asSent, job: { 0: '1', 1: '2', 2: '3' } } }),
    fields: asSent,
  },
  { name: 'the text', parse: leaves({ body: sent }), fields: asSent },
  { name: 'the bytes', parse: leaves({ body: Buffer.from(sent) }), fields: asSent },
  {
    name: 'fields, and the bytes beside them',
    parse: leaves({ body: {}, rawBody: Buffer.from(sent) }),
    fields: asSent,
  },
  {
    name: 'an empty object of a parser for other types, and the form unread',
    parse: (request) => void Object.assign(request, { body: {} }),
    fields: asSent,
  },
  {
    name: 'null, and the form unread',
    parse: (request) => void Object.assign(request, { body: null }),
    fields: asSent,
  },
  { name: 'an empty form, read', parse: leaves({}), body: '', fields: {} },
  { name: 'nothing of what it read', parse: leaves({}), fields: null },
  {
    name: 'nothing, in the tick in which the last byte came',
    parse: async (request) => void (await once(request.resume(), 'end')),
    fields: null,
  },
  {
    name: 'nothing of the first bytes',
    parse: async (request) => {
      await once(request, 'data')
      request.pause()
    },
    fields: null,
  },
]

describe('a form of which the host left', () => {
  let fixture: AdminFixture
  let origin: string
  let parse: Case['parse'] = () => {}
  const server = createServer(async (request, response) => {
    await parse(request)
    await fixture.admin.handler(request, response)
  })
  before(async () => {
    fixture = await createAdminFixture({ identify: () => ann })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    // The server listens on a port, so its address is no pipe's name.
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  after(async () => {
    server.closeAllConnections()
    server.close()
    await fixture.close()
  })

  for (const { name, fields, body = sent, ...one } of cases) {
    it(name, async () => {
      parse = one.parse
      fixture.pageLog.forms.length = 0
      fixture.logged.length = 0
      const answer = await fetch(`${origin}/shop/orders/K1001`, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
        body,
        signal: AbortSignal.timeout(5_000),
      })
      assert.equal(answer.status, fields === null ? 500 : 303)
      assert.deepEqual(
        fixture.pageLog.forms.map((form) => ({ ...form })),
        fields === null ? [] : [fields],
      )
      const told = fixture.logged.map(({ data }) => String(Reflect.get(data, 'error')))
      assert.equal(
        told.some((text) => text.includes('The host has read the form')),
        fields === null,
      )
    })
  }
})
