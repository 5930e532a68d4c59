// Authorising a connection on the pages, against an authorization server that nobody here wrote: the link that is prepared,
// what comes back, and every way in which it can come to nothing.
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { Permission, User } from '../../../core/sdk/index.ts'
import { authorizedPlugin } from '../../support/authorized-provider.ts'
import { clientSecret, startOidcServer } from '../../support/oidc-server.ts'
import { administrator, createAdminFixture, type FixtureOptions } from './admin-fixture.ts'
import { createBrowse, textOf } from './browse.ts'

const configuring: readonly Permission[] = ['view', 'operate', 'configure']
/** By name; a test may take away what somebody may do. */
const createUsers = (): Record<string, Permission[]> => ({
  ada: [...configuring],
  grace: [...configuring],
  operator: ['view', 'operate'],
  rival: [],
})

async function start(test: TestContext, options: FixtureOptions = {}) {
  const users = createUsers()
  const fixture = await createAdminFixture({
    basePath: '/sub/path',
    plugins: [authorizedPlugin],
    identify: (request): User | null => {
      const id = String(request.headers['x-test-user'])
      const may = users[id]
      return may ? { id, name: id, can: (permission) => may.includes(permission) } : null
    },
    ...options,
  })
  test.after(() => fixture.close())
  const redirectUri = `${fixture.origin}/oauth/callback`
  const oidc = await startOidcServer(test, { redirectUris: [redirectUri] })
  const browser = createBrowse(fixture)
  const as = (name: string) => {
    const headers = { 'x-test-user': name, 'sec-fetch-site': 'same-origin' }
    const get = (path: string) => browser.get(path, headers)
    const post = (path: string, fields: Record<string, string> = {}) => browser.post(path, fields, headers)
    /** Where a redirect of ours leads, and what is said there. */
    const follow = async (location: string | null): Promise<{ path: string; text: string }> => {
      const path = (location ?? '').replace('/sub/path', '')
      return { path, text: textOf((await get(path)).text) }
    }
    return { get, post, follow }
  }
  const ada = as('ada')
  const settings = {
    name: 'Account',
    'settings.issuer': oidc.issuer,
    'settings.baseUrl': oidc.apiOrigin,
    'settings.clientId': 'app',
    'settings.clientSecret': clientSecret,
  }
  const begin = async (): Promise<string> => {
    const answer = await ada.post('/connections', { provider: 'agreed 1.0.0', scope: 'organizer:acme' })
    return /connections\/([^/]+)\/settings/.exec(answer.location ?? '')?.[1] ?? ''
  }
  const draft = async (): Promise<string> => {
    const id = await begin()
    const saved = await ada.post(`/connections/${id}/settings`, settings)
    assert.deepEqual([saved.status, saved.location], [303, `/sub/path/connections/${id}/test`])
    return id
  }
  /** @returns the address at the remote that the page links to */
  const authorize = async (id: string): Promise<string> => {
    const page = await ada.post(`/connections/${id}/authorize`)
    assert.equal(page.status, 200, String(Reflect.get(Object(fixture.logged[0]?.data), 'error')))
    return (/href="(http[^"]+)" rel="noreferrer"/.exec(page.text)?.[1] ?? '').replaceAll('&amp;', '&')
  }
  const callback = (parameters: URLSearchParams) => `/oauth/callback?${parameters}`
  const hasGrant = async (id: string) => {
    const [row] = await fixture.sql(
      'select sealed_grant is not null as has_grant from outbound_sync.connection where id = $1',
      [id],
    )
    return row?.has_grant
  }
  return { fixture, users, oidc, browser, redirectUri, as, ada, begin, draft, authorize, callback, hasGrant, settings }
}

describe('authorising a connection', () => {
  it('goes from the draft to the remote by a plain link, and back to the test', async (test) => {
    const { fixture, oidc, redirectUri, ada, begin, draft, authorize, callback, hasGrant } = await start(test)
    const empty = await ada.get(`/connections/${await begin()}/settings`)
    assert.match(empty.text, new RegExp(`readonly value="${redirectUri}"`))
    assert.doesNotMatch(empty.text, /\/authorize"/)

    const id = await draft()
    const before = textOf((await ada.get(`/connections/${id}/test`)).text)
    assert.match(before, /Not authorised yet Nobody has agreed at agreed to the access yet\..*Authorise at agreed/)
    assert.match(before, /Go on and authorise it later/)
    const page = await ada.post(`/connections/${id}/authorize`)
    assert.match(
      textOf(page.text),
      /You go on at 127\.0\.0\.1:\d+ ?\..*Asked for are: orders ?, offline_access ?, openid/,
    )
    assert.match(page.headers.get('content-security-policy') ?? '', /form-action 'self'(;|$)/)

    const { searchParams } = await oidc.agree(await authorize(id))
    const answer = await ada.get(callback(searchParams))
    assert.equal(answer.status, 303)
    const { path, text } = await ada.follow(answer.location)
    assert.equal(path, `/connections/${id}/test`)
    assert.match(text, /is authorised\. Test now whether it works\..*Authorisation Authorised .*Reconnect/)
    assert.equal(await hasGrant(id), true)
    assert.match(textOf((await ada.post(`/connections/${id}/test`)).text), /It works .*The account is Ada’s shop/)
    // Once only, and nothing of it on the way.
    const again = await ada.follow((await ada.get(callback(searchParams))).location)
    assert.match(again.text, /not known any more: it was finished already/)
    assert.equal(again.path, '/connections')
    const code = searchParams.get('code') ?? 'none'
    assert.ok(!JSON.stringify(fixture.logged).includes(code) && !text.includes(code))
  })

  it('may be left for later, and is said wherever it is missing', async (test) => {
    const { fixture, oidc, ada, as, draft, authorize, callback } = await start(test)
    const id = await draft()
    const mapping = textOf((await ada.get(`/connections/${id}/mapping`)).text)
    assert.match(mapping, /It is not authorised at agreed yet\..*Switch on anyway/)
    const done = await ada.post(`/connections/${id}/mapping`, { begin: 'proposed' })
    const { path, text } = await ada.follow(done.location)
    assert.equal(path, `/connections/${id}`)
    assert.match(text, /switched on, but not authorised at agreed yet\./)
    assert.match(text, /Not authorised yet .*Authorise at agreed/)
    assert.doesNotMatch(textOf((await as('operator').get(`/connections/${id}`)).text), /Authorise at agreed/)

    const { searchParams } = await oidc.agree(await authorize(id))
    const back = await ada.follow((await ada.get(callback(searchParams))).location)
    assert.equal(back.path, `/connections/${id}`)
    assert.match(back.text, /is authorised\. What waited for it is sent now\./)
    assert.doesNotMatch(back.text, /Not authorised|Reconnect/)
    assert.match(
      textOf((await ada.get(`/connections/${id}/settings`)).text),
      /Client secret entered by ada just now Access agreed to by ada just now Good until in [\w ]+ ?, renewed by itself/,
    )

    await fixture.sql(`update outbound_sync.connection set gate = 'reconnect', gate_reason = 'it was revoked'`)
    const refused = await ada.get(`/connections/${id}`)
    assert.match(textOf(refused.text), /“it was revoked” .*Authorise it again.*No longer accepted .*Reconnect/)
    assert.match(textOf((await ada.get(`/connections/${id}/settings`)).text), /No longer accepted .*Reconnect/)
    // Trying what was refused helps nobody.
    assert.doesNotMatch(refused.text, />Try now<|Enter new credentials/)
    const agreed = await oidc.agree(await authorize(id))
    await ada.get(callback(agreed.searchParams))
    const [row] = await fixture.sql('select gate from outbound_sync.connection where id = $1', [id])
    assert.equal(row?.gate, 'open')
  })

  it('says in words why it came to nothing', async (test) => {
    const { fixture, users, oidc, ada, as, draft, authorize, callback, hasGrant } = await start(test)
    const id = await draft()
    const end = async (change: (parameters: URLSearchParams) => unknown, name = 'ada') => {
      const { searchParams } = await oidc.agree(await authorize(id))
      await change(searchParams)
      const answer = await as(name).get(callback(searchParams))
      assert.equal(answer.status, 303)
      return as(name).follow(answer.location)
    }
    const denied = await end((parameters) => {
      parameters.delete('code')
      parameters.set('error', 'access_denied')
    })
    assert.match(denied.text, /"access_denied".*Access was not agreed to: connect again/)
    assert.equal(denied.path, `/connections/${id}/settings`)
    const mixedUp = await end((parameters) => parameters.set('iss', 'https://evil.example'))
    assert.match(mixedUp.text, /cannot be trusted, so it was not used.*"iss"/)
    const forged = await end((parameters) => parameters.set('state', 'guessed'))
    assert.match(forged.text, /not known any more/)
    assert.equal(forged.path, '/connections')
    const late = await end(() => fixture.sql(`update outbound_sync.oauth_flow set expires_at = now()`))
    assert.match(late.text, /took longer than ten minutes\. Connect again/)
    const other = await end(() => undefined, 'grace')
    assert.match(other.text, /was begun by somebody else/)
    const wrongCode = await end((parameters) => parameters.set('code', 'made-up'))
    assert.match(wrongCode.text, /invalid_grant/)
    const powerless = await end(() => {
      users.ada = ['view']
    })
    assert.match(powerless.text, /may not change the settings of this connection any more/)
    users.ada = [...configuring]
    const away = await end(() =>
      fixture.sql(`update outbound_sync.connection set settings = settings || '{"issuer": "http://127.0.0.1:1"}'`),
    )
    assert.match(away.text, /127\.0\.0\.1:1.*(reached|refused|connect)/i)
    assert.equal(away.path, `/connections/${id}/settings`)
    const cannotBegin = await ada.post(`/connections/${id}/authorize`)
    assert.match((await ada.follow(cannotBegin.location)).text, /127\.0\.0\.1:1.*(reached|refused|connect)/i)
    assert.equal(await hasGrant(id), false)
  })

  it('is for those who may configure, and for providers that want it', async (test) => {
    const { ada, as, begin, draft } = await start(test)
    const id = await draft()
    assert.equal((await as('operator').post(`/connections/${id}/authorize`)).status, 403)
    assert.equal((await as('rival').post(`/connections/${id}/authorize`)).status, 404)
    assert.equal((await ada.post('/connections/no-such-id/authorize')).status, 404)
    assert.equal((await ada.get(`/connections/${id}/authorize`)).status, 405)
    const unsaved = await ada.post(`/connections/${await begin()}/authorize`)
    assert.match((await ada.follow(unsaved.location)).text, /cannot be used/)
    const other = await ada.post('/connections', { provider: 'service 1.0.0', scope: '' })
    const path = (other.location ?? '').replace('/sub/path', '')
    assert.doesNotMatch((await ada.get(path)).text, /Redirect address/)
    await ada.post(path, { ...(await start(test)).settings, name: 'Service', 'settings.clientId': 'service' })
    const refused = await ada.post(path.replace('settings', 'authorize'))
    assert.match((await ada.follow(refused.location)).text, /is not signed in to in the browser/)
  })

  it('answers hostile queries with words', async (test) => {
    const { ada } = await start(test)
    for (const query of ['', '?', '?state=%00', '?state=a&state=b', `?code=${'x'.repeat(9000)}`, '?state=%ED%A0%80']) {
      const answer = await ada.get(`/oauth/callback${query}`)
      assert.deepEqual([answer.status, answer.location], [303, '/sub/path/connections'], query.slice(0, 20))
    }
  })

  it('brings who has to sign in once more back to it', async (test) => {
    const { fixture, oidc, browser, redirectUri } = await start(test, { identify: null })
    await fixture.admin.ensureAdministrator(administrator)
    await browser.signIn()
    const begun = await browser.post('/connections', { provider: 'agreed 1.0.0', scope: '' })
    const path = (begun.location ?? '').replace('/sub/path', '')
    const form = { 'settings.issuer': oidc.issuer, 'settings.baseUrl': oidc.apiOrigin, 'settings.clientId': 'app' }
    await browser.post(path, { name: 'Account', ...form, 'settings.clientSecret': clientSecret })
    const page = await browser.post(path.replace('settings', 'authorize'))
    const url = (/href="(http[^"]+)" rel="noreferrer"/.exec(page.text)?.[1] ?? '').replaceAll('&amp;', '&')
    const { search } = await oidc.agree(url)
    await browser.post('/sign-out')
    const stopped = await browser.get(`/oauth/callback${search}`)
    const returnTo = new URL(stopped.location ?? '', redirectUri).searchParams.get('returnTo') ?? ''
    assert.equal(returnTo, `/sub/path/oauth/callback${search}`)
    const signedIn = await browser.post('/sign-in', { ...administrator, returnTo })
    assert.equal(signedIn.location, returnTo)
    const back = await browser.get(returnTo.replace('/sub/path', ''))
    assert.equal(back.location, path.replace('settings', 'test').replace(/^/, '/sub/path'))
    // Some servers make codes that fit into no address of a sign-in: then it says to begin again.
    await browser.post('/sign-out')
    const long = await browser.get(`/oauth/callback?code=${'x'.repeat(5000)}&state=x`)
    assert.match(long.location ?? '', /returnTo=%2Fsub%2Fpath%2Foauth%2Fcallback$/)
  })

  it('tells the remote the address by which people reach the pages', async (test) => {
    const addressOf = async (options: FixtureOptions, headers: Record<string, string> = {}) => {
      const { fixture, browser } = await start(test, options)
      const id = await fixture.addConnection({ provider: 'agreed', providerVersion: '1.0.0' })
      const page = await browser.get(`/connections/${id}/settings`, { 'x-test-user': 'ada', ...headers })
      return /id="redirect-uri"[^>]* value="([^"]+)"/.exec(page.text)?.[1]?.replace(fixture.origin, 'ORIGIN')
    }
    const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'shop.example' }
    assert.equal(await addressOf({}, forwarded), 'ORIGIN/oauth/callback')
    assert.equal(await addressOf({ trustProxy: true }, forwarded), 'https://shop.example/sub/path/oauth/callback')
    for (const publicUrl of ['https://pages.example', 'https://pages.example/sub/path']) {
      assert.equal(
        await addressOf({ publicUrl, trustProxy: true }, forwarded),
        'https://pages.example/sub/path/oauth/callback',
      )
    }
  })
})
