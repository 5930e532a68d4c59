// Secrets stay secret: unique canaries in every kind of credential, a remote that sends all of them back while it succeeds
// and fails in every way, everything logged; then logs, pages, metrics and every row are searched for them.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, describe, it } from 'node:test'
import type { User } from '../../core/sdk/user.ts'
import {
  type CanaryRemote,
  canaryPlugin,
  credentialKinds,
  endings,
  startCanaryRemote,
} from '../support/canary-provider.ts'
import { type Canaries, findCanaries, pageTexts, rowTexts, type Text } from '../support/find-canaries.ts'
import { scope } from '../support/fixture-shop.ts'
import { createInstance, type Instance, until } from '../support/instance.ts'

/** After these nothing is sent any more. */
const closing = ['401', '403', '429']
const administrator: User = { id: 'admin', name: 'Admin', can: () => true }
/** Signs that encoders write differently stand in the middle, so that the halves are plain. */
const newCanary = (): string => `${randomBytes(9).toString('hex')}+/ "ä&=${randomBytes(9).toString('hex')}`

describe('secrets', () => {
  const masterKey = randomBytes(32).toString('base64')
  const credentials: Canaries = Object.fromEntries(credentialKinds.map((kind) => [kind, newCanary()]))
  // Headers take no umlaut; what stands in one goes as the person has written it.
  const canaries: Canaries = {
    ...credentials,
    bearer: newCanary().replace(' "ä', ''),
    'environment variable': newCanary().replace(' "ä', ''),
    password: newCanary(),
  }
  let remote: CanaryRemote
  let instance: Instance
  let connectionId = ''
  let origin = ''
  let close = async () => {}
  const texts: Text[] = []

  before(async () => {
    remote = await startCanaryRemote()
    instance = await createInstance({
      orderCount: endings.length,
      plugins: [canaryPlugin],
      secretKeys: masterKey,
      egressAllow: [new URL(remote.baseUrl).host],
      identify: () => administrator,
      logLevel: 'trace',
    })
    const server = createServer((request, response) => instance.sync.handler(request, response)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
    close = async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    }
    await instance.rows(`update outbound_sync.connection set state = 'disabled'`)
    await instance.sync.ensureAdministrator({ email: 'admin@example.com', password: canaries.password ?? '' })
    await setVariable('REGION', canaries['environment variable'] ?? '')
    connectionId = (await ensure(credentials)).connectionId
    // Saved once more with another secret: the old one is in no history either.
    await ensure({ ...credentials, bearer: canaries.bearer ?? '' })
    await instance.sync.worker.start()
  })
  after(async () => {
    await close()
    await instance.close()
    await remote.close()
  })

  async function setVariable(name: string, value: string): Promise<void> {
    const response = await fetch(`${origin}/environments/canary/1.0.0/live`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin' },
      body: new URLSearchParams({ name, value, secret: 'yes' }),
      redirect: 'manual',
    })
    texts.push({ place: 'the answer to a form', text: await response.text() })
    assert.equal(response.status, 303)
  }
  const ensure = (secrets: Canaries) =>
    instance.sync.operations.ensureConnection({
      provider: 'canary',
      name: 'Canary',
      scope,
      environment: 'live',
      settings: { baseUrl: remote.baseUrl, region: '{{env.REGION}}', ...secrets },
      actor: 'test',
    })
  const closedGates = () =>
    instance.rows(
      `select 1 from outbound_sync.connection where gate <> 'open'
       union all select 1 from outbound_sync.account_gate where limited_until > now()`,
    )
  const inFlight = async () =>
    Number((await instance.rows(`select count(*) from outbound_sync.sync_job where state = 'in_flight'`))[0]?.count)

  it('stand on no page that shows what the test of the connection called and got', async () => {
    const response = await fetch(`${origin}/connections/${connectionId}/test`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin' },
    })
    const page = { place: 'the page of the test', text: await response.text() }
    assert.equal(response.status, 200)
    // Bodies stand there, of all that answered.
    assert.equal([...page.text.matchAll(/"os-url">POST http:/g)].length, remote.received.size)
    assert.ok([...page.text.matchAll(/"os-quote os-small mb-0">\S/g)].length >= 10)
    const sent = [{ place: 'the remote', text: [...remote.received.values()].join('\n') }]
    assert.ok(findCanaries({ bearer: canaries.bearer ?? '' }, sent).length > 0)
    assert.deepEqual(findCanaries({ ...canaries, 'earlier bearer': credentials.bearer ?? '' }, [page]), [])
    remote.received.clear()
  })

  it('stand in no log line, page, metric or row, however the calls end', async () => {
    for (const [index, ending] of endings.entries()) {
      await instance.placeOrder(String(index + 1))
      await until(async () => remote.received.has(ending) && (await inFlight()) === 0)
      if (!closing.includes(ending)) {
        // So many failures would open the breaker.
        await instance.rows('delete from outbound_sync.account_gate')
        continue
      }
      // What closed the gate says why, on pages and in a row; then it is opened for the next ones.
      await until(async () => (await closedGates()).length > 0)
      texts.push(...(await pageTexts(origin, ['/', '/connections', `/connections/${connectionId}`], 3)))
      texts.push(...(await rowTexts(instance.pool)))
      if (index === endings.length - 1) continue
      await instance.rows('delete from outbound_sync.sync_job where source_id = $1', [String(index + 1)])
      await instance.rows('delete from outbound_sync.account_gate')
      await instance.rows(`update outbound_sync.connection set gate = 'open', gate_reason = null`)
    }
    await until(async () => (await instance.rows(`select 1 from outbound_sync.attempt`)).length >= endings.length)

    const pages = await pageTexts(origin, ['/', '/queue', '/runs', '/environments', '/metrics', '/readyz'], 300)
    texts.push(...pages)
    for (let id = 1; id <= endings.length; id++) {
      const subject = { model: 'Order', id: String(id) }
      for (const format of ['html', 'json'] as const) {
        const text = await instance.sync.panel({ subject, user: administrator, returnTo: '/', format })
        texts.push({ place: `the panel (${format})`, text })
      }
    }
    texts.push(...instance.logLines.map((text) => ({ place: 'a log line', text })))
    texts.push(...(await rowTexts(instance.pool)))

    // The search would find them: all have been at the remote, in the form in which each is sent.
    const sent = [{ place: 'the remote', text: [...remote.received.values()].join('\n') }]
    for (const kind of [...credentialKinds, 'environment variable']) {
      const canary = canaries[kind] ?? ''
      assert.ok(findCanaries({ [kind]: canary }, sent).length > 0, `${kind} was sent`)
    }
    assert.ok(findCanaries({ password: canaries.password ?? '' }, sent).length === 0)
    assert.ok(instance.logLines.length > endings.length)
    for (const path of ['/connections/', '/subjects?', '/queue?', '/environments/', '/plugins/', '/metrics']) {
      assert.ok(
        pages.some(({ place }) => place.startsWith(`the page ${path}`)),
        `${path} was looked at`,
      )
    }
    const outcomes = await instance.rows('select distinct outcome from outbound_sync.attempt order by 1')
    assert.ok(outcomes.length >= 5, JSON.stringify(outcomes))

    const all: Canaries = { ...canaries, 'earlier bearer': credentials.bearer ?? '', 'master key': masterKey }
    assert.deepEqual(findCanaries(all, texts), [])
  })
})
