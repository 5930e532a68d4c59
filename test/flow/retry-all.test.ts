// A remote refused everything; somebody corrected the cause and retries all that match, while a worker sends.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { PermanentError } from '../../core/errors.ts'
import { scope } from '../support/fixture-shop.ts'
import { createInstance, type Instance, until } from '../support/instance.ts'
import { accept, createScriptedPlugin } from '../support/scripted-provider.ts'

describe('retry all that match, beside a worker', () => {
  const orderCount = 60
  const { plugin, script } = createScriptedPlugin({ level: 'instance' })
  let instance: Instance
  let server: Server
  let origin: string
  before(async () => {
    instance = await createInstance({
      orderCount,
      plugins: [plugin],
      identify: () => ({ id: 'ada', name: 'Ada', can: () => true }),
    })
    await instance.sync.operations.ensureConnection({
      ...{ provider: 'scripted', name: 'Scripted', scope, settings: {}, actor: 'test' },
    })
    server = createServer((request, response) => void instance.sync.handler(request, response))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    // The server listens on a port.
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await instance.sync.worker.start()
  })
  after(async () => {
    server.closeAllConnections()
    server.close()
    await instance.close()
  })

  const count = async (where: string): Promise<number> => {
    const [row] = await instance.rows(`select count(*)::int as count from outbound_sync.sync_job where ${where}`)
    return Number(row?.count)
  }

  it('sends every one of them once more, with a full budget, and reports', async () => {
    script.onSync = () => {
      throw new PermanentError('The remote is closed.')
    }
    for (let order = 1; order <= orderCount; order += 1) await instance.placeOrder(String(order))
    await until(async () => (await count(`state = 'needs_attention'`)) === orderCount, 30_000)
    script.onSync = accept
    script.calls.length = 0

    const page = await (await fetch(`${origin}/queue/all?action=retry&state=needs_attention&scope=${scope}`)).text()
    assert.match(page, new RegExp(`<strong>${orderCount}</strong> lines match`))
    const [, upTo = ''] = /name="upTo" value="(\d+)"/.exec(page) ?? []
    const answer = await fetch(`${origin}/queue/all`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ action: 'retry', state: 'needs_attention', scope, upTo }).toString(),
    })
    assert.equal(answer.status, 303)
    await until(async () => (await count('true')) === 0, 30_000)
    const report = await (await fetch(origin + answer.headers.get('location'))).text()
    assert.match(
      report.replaceAll(/<[^>]+>|\s+/g, ' ').replaceAll(/ +/g, ' '),
      new RegExp(`with a full set of tries ${orderCount} `),
    )
    const sent = script.calls.map(({ idValue }) => idValue)
    assert.deepEqual([sent.length, new Set(sent).size], [orderCount, orderCount])
  })
})
