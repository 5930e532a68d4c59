import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { openGrant } from '../../core/connections/stored-grant.ts'
import { type AuthorizedInstance, createAuthorizedInstance } from '../support/authorized-instance.ts'
import { until } from '../support/instance.ts'
import { clientSecret, redirectUri } from '../support/oidc-server.ts'

const arrived = ({ oidc }: AuthorizedInstance, code: string) => until(() => oidc.received.has(`/deal/${code}`))

async function start(test: TestContext, provider: 'agreed' | 'service', settings?: Record<string, unknown>) {
  const instance = await createAuthorizedInstance(test, { orderCount: 10 })
  const id = await instance.connect(provider, settings)
  await instance.sync.worker.start()
  return { instance, id }
}

async function tokensOf({ rows, dataKeys }: AuthorizedInstance, id: string): Promise<string[]> {
  const [row] = await rows('select * from outbound_sync.connection where id = $1', [id])
  const sealed = String(row?.sealed_grant ?? '')
  const opener = await dataKeys.opener(sealed === '' ? [] : [sealed])
  const { grant } = openGrant({ sealed_grant: sealed || null, id, grant_expires_at: null, grant_revision: 0 }, opener)
  return [grant?.accessToken, grant?.refreshToken].filter((token) => typeof token === 'string')
}

/** Everything that is stored or was logged. */
async function everything({ rows, logLines }: AuthorizedInstance): Promise<string> {
  const tables = ['connection', 'attempt', 'attempt_object', 'sync_job', 'audit_entry', 'oauth_flow', 'external_object']
  const stored = await Promise.all(tables.map((table) => rows(`select t::text from outbound_sync.${table} t`)))
  return JSON.stringify([stored, logLines])
}

describe('authorization in the browser', () => {
  it('opens the gate, is used once, and serves the orders that waited', async (test) => {
    const { instance, id } = await start(test, 'agreed')
    const { oidc, connections } = instance
    await instance.placeOrder('1')
    await until(async () => (await instance.gateOf(id)) === 'reconnect')
    const [gated] = await instance.rows('select gate_reason from outbound_sync.connection where id = $1', [id])
    assert.match(String(gated?.gate_reason), /Nobody has agreed to the access yet/)

    const { url } = await connections.startAuthorization({ connectionId: id, redirectUri, userId: 'u1' })
    const asked = new URL(url).searchParams
    assert.deepEqual([asked.get('code_challenge_method'), asked.get('prompt')], ['S256', 'consent'])
    const { searchParams } = await oidc.agree(url)
    assert.equal(searchParams.get('iss'), oidc.issuer)
    const finish = (parameters: URLSearchParams, userId = 'u1') =>
      connections.finishAuthorization({ parameters, userId, actor: 'Ada' })

    const other = await finish(searchParams, 'u2')
    assert.match(String(other.problem), /was begun by somebody else/)
    assert.deepEqual(await finish(searchParams), { connectionId: id, problem: null })
    assert.match(String((await finish(searchParams)).problem), /was finished already/)
    await arrived(instance, 'B1')
    await instance.untilIdle()
    assert.equal(await instance.gateOf(id), 'open')
    const tries = await instance.rows('select outcome from outbound_sync.attempt where connection_id = $1', [id])
    assert.deepEqual([...new Set(tries.map(({ outcome }) => outcome))].sort(), ['reconnect', 'succeeded'])

    const tokens = await tokensOf(instance, id)
    assert.equal(tokens.length, 2)
    const text = await everything(instance)
    for (const secret of [...tokens, clientSecret, searchParams.get('code') ?? '']) {
      assert.ok(!text.includes(secret) && !text.includes(encodeURIComponent(secret)), secret)
    }
  })

  it('is refused when another issuer answers, the state is not ours, or the owner says no', async (test) => {
    const { instance, id } = await start(test, 'agreed')
    const { oidc, connections } = instance
    const answer = async (change: (parameters: URLSearchParams) => void) => {
      const { url } = await connections.startAuthorization({ connectionId: id, redirectUri, userId: 'u1' })
      const { searchParams } = await oidc.agree(url)
      change(searchParams)
      return connections.finishAuthorization({ parameters: searchParams, userId: 'u1', actor: 'Ada' })
    }
    const mixedUp = await answer((parameters) => parameters.set('iss', 'https://evil.example'))
    assert.match(String(mixedUp.problem), /cannot be trusted.*"iss"/)
    const noIssuer = await answer((parameters) => parameters.delete('iss'))
    assert.match(String(noIssuer.problem), /cannot be trusted.*"iss"/)
    const forged = await answer((parameters) => parameters.set('state', 'guessed'))
    assert.deepEqual(forged.connectionId, null)
    const denied = await answer((parameters) => {
      parameters.delete('code')
      parameters.set('error', 'access_denied')
    })
    assert.match(String(denied.problem), /"access_denied".*connect again/i)
    const wrongCode = await answer((parameters) => parameters.set('code', 'made-up-code'))
    assert.match(String(wrongCode.problem), /invalid_grant/)
    const late = await answer(() => {})
    assert.equal(late.problem, null)
    assert.equal(oidc.counts.authorization_code, 1)

    await assert.rejects(
      connections.startAuthorization({ connectionId: instance.connectionId, redirectUri, userId: 'u1' }),
      /There is no provider|not signed in to in the browser/,
    )
  })

  it('takes no longer than ten minutes', async (test) => {
    const { instance, id } = await start(test, 'agreed')
    const { url } = await instance.connections.startAuthorization({ connectionId: id, redirectUri, userId: 'u1' })
    const { searchParams } = await instance.oidc.agree(url)
    await instance.rows(`update outbound_sync.oauth_flow set expires_at = expires_at - interval '10 minutes'`)
    const end = { parameters: searchParams, userId: 'u1', actor: 'Ada' }
    const result = await instance.connections.finishAuthorization(end)
    assert.match(String(result.problem), /longer than ten minutes/)
  })
})

describe('an access token', () => {
  it('is refreshed before its end and after a 401, and the refresh token is rotated each time', async (test) => {
    const { instance, id } = await start(test, 'agreed')
    const { oidc } = instance
    await instance.agree(id)
    const seen = new Set<string>()
    for (const [order, refreshes] of [
      ['1', 0],
      ['2', 1],
      ['3', 2],
      ['4', 3],
    ] as const) {
      await instance.placeOrder(order)
      await arrived(instance, `B${order}`)
      assert.equal(oidc.counts.refresh_token ?? 0, refreshes)
      for (const token of await tokensOf(instance, id)) seen.add(token)
      if (order === '3') await oidc.endAccess()
      else await instance.expire(id)
    }
    assert.equal(seen.size, 8)
    assert.deepEqual(
      oidc.apiStatuses.filter((status) => status === 401),
      [401],
    )
    const [row] = await instance.rows(
      'select updated_at = created_at as is_same, gate from outbound_sync.connection where id = $1',
      [id],
    )
    // Only the authorisation changed the connection.
    assert.deepEqual(row, { is_same: false, gate: 'open' })
    const text = await everything(instance)
    for (const token of seen) assert.ok(!text.includes(token), token)
  })

  it('whose refresh token was revoked gates the connection; nothing is lost', async (test) => {
    const { instance, id } = await start(test, 'agreed')
    await instance.agree(id)
    await instance.placeOrder('1')
    await arrived(instance, 'B1')
    await instance.oidc.revoke()
    await instance.placeOrder('2')
    await until(async () => (await instance.gateOf(id)) === 'reconnect')
    const [job] = await instance.rows(
      `select state, failed_attempts from outbound_sync.sync_job where connection_id = $1 and source_id = '2'`,
      [id],
    )
    assert.deepEqual(job, { state: 'waiting', failed_attempts: 0 })
    const [row] = await instance.rows('select gate_reason from outbound_sync.connection where id = $1', [id])
    assert.match(String(row?.gate_reason), /"invalid_grant".*reconnect the account/)
    await instance.agree(id)
    await arrived(instance, 'B2')
    assert.equal(await instance.gateOf(id), 'open')
  })

  it('is dropped with the credentials it was obtained with, and with the connection', async (test) => {
    const { instance, id } = await start(test, 'agreed')
    await instance.agree(id)
    const grant = async () => {
      const [row] = await instance.rows(
        'select sealed_grant is not null as is_there, grant_revision from outbound_sync.connection where id = $1',
        [id],
      )
      return row
    }
    assert.deepEqual(await grant(), { is_there: true, grant_revision: 1 })
    await instance.connect('agreed', { baseUrl: `${instance.oidc.apiOrigin}/v2` })
    assert.deepEqual(await grant(), { is_there: true, grant_revision: 1 })
    await instance.connect('agreed', { clientSecret: 'another-secret' })
    assert.deepEqual(await grant(), { is_there: false, grant_revision: 2 })
    await instance.connect('agreed')
    await instance.agree(id)
    await instance.connections.startAuthorization({ connectionId: id, redirectUri, userId: 'u1' })
    await instance.connections.remove({ connectionId: id, actor: 'Ada' })
    assert.deepEqual(await grant(), { is_there: false, grant_revision: 4 })
    assert.deepEqual(await instance.rows('select 1 from outbound_sync.oauth_flow'), [])
  })

  it('of a client that stands for itself is obtained once, and again after a 401', async (test) => {
    const { instance } = await start(test, 'service')
    const { oidc } = instance
    await instance.placeOrders(1, 6)
    for (const order of [1, 2, 3, 4, 5, 6]) await arrived(instance, `B${order}`)
    assert.equal(oidc.counts.client_credentials, 1)
    await oidc.endAccess()
    await instance.placeOrders(7, 10)
    for (const order of [7, 8, 9, 10]) await arrived(instance, `B${order}`)
    assert.equal(oidc.counts.client_credentials, 2)
  })

  it('that a client with a wrong secret asks for gates the connection until it is corrected', async (test) => {
    const { instance, id } = await start(test, 'service', { clientSecret: 'wrong-secret' })
    await instance.placeOrder('1')
    await until(async () => (await instance.gateOf(id)) === 'reconnect')
    const [row] = await instance.rows('select gate_reason from outbound_sync.connection where id = $1', [id])
    assert.match(String(row?.gate_reason), /"invalid_client".*client secret/)
    await instance.connect('service')
    await arrived(instance, 'B1')
  })
})

describe('a test of the connection', () => {
  it('tells whose account it is and every call, saved or not', async (test) => {
    const { instance, id } = await start(test, 'service')
    const { oidc, connections } = instance
    const saved = await connections.test({ connectionId: id })
    assert.deepEqual(
      { ...saved, calls: saved.calls.map(({ url, status }) => [url, status]) },
      {
        isOk: true,
        message: 'The API answered.',
        code: null,
        accountName: 'Ada’s shop',
        calls: [
          [`${oidc.issuer}/.well-known/openid-configuration`, 200],
          [`${oidc.issuer}/token`, 200],
          [`${oidc.apiOrigin}/me`, 200],
        ],
      },
    )
    assert.equal((await connections.get(id))?.accountName, 'Ada’s shop')

    const settings = { issuer: oidc.issuer, baseUrl: oidc.apiOrigin, clientId: 'service', clientSecret: '' }
    const kept = await connections.test({ connectionId: id, provider: 'service', settings })
    assert.deepEqual([kept.isOk, kept.calls.length], [true, 1])
    const other = { provider: 'service', settings: { ...settings, clientSecret: 'wrong-secret' } }
    const wrong = await connections.test({ connectionId: id, ...other })
    assert.equal(wrong.isOk, false)
    assert.match(wrong.message, /"invalid_client"/)
    assert.deepEqual(
      wrong.calls.map(({ status }) => status),
      [200, 401],
    )
    const incomplete = await connections.test({ provider: 'service', settings: { ...settings, issuer: 'nowhere' } })
    assert.match(incomplete.message, /issuer must be a URL; clientSecret is missing/)
    assert.equal(incomplete.isOk, false)
    await assert.rejects(connections.test({ connectionId: 'no-such-id' }), /does not exist/)
  })

  it('calls nobody inside the network, for tokens neither', async (test) => {
    const { instance } = await start(test, 'service')
    const settings = { baseUrl: instance.oidc.apiOrigin, clientId: 'service', clientSecret }
    for (const issuer of ['http://169.254.169.254', 'http://[::ffff:10.0.0.1]', 'http://0x0a000001']) {
      const result = await instance.connections.test({ provider: 'service', settings: { ...settings, issuer } })
      assert.equal(result.isOk, false)
      assert.match(result.message, /may not be called: only public internet addresses/)
    }
  })
})
