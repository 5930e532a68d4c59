// Scenario 20 of the reliability contract: sessions.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type AdminFixture, administrator, createAdminFixture, createAdminOn } from './admin-fixture.ts'
import { createBrowse, textOf } from './browse.ts'

const cookieName = 'outbound_sync'

describe('signing in', () => {
  let fixture: AdminFixture
  before(async () => {
    fixture = await createAdminFixture({ basePath: '/sub/path' })
    assert.equal(await fixture.admin.ensureAdministrator(administrator), 'created')
  })
  after(() => fixture.close())
  const browse = () => createBrowse(fixture)

  it('is asked for by every page, and leads back to it', async () => {
    const browser = browse()
    const asked = await browser.get('/queue?state=held&q=a%26b')
    assert.equal(asked.status, 303)
    assert.equal(asked.location, '/sub/path/sign-in?returnTo=%2Fsub%2Fpath%2Fqueue%3Fstate%3Dheld%26q%3Da%2526b')
    const form = await browser.get('/sign-in?returnTo=%2Fsub%2Fpath%2Fqueue%3Fstate%3Dheld')
    assert.match(form.text, /name="returnTo" value="\/sub\/path\/queue\?state=held"/)
    const signedIn = await browser.post('/sign-in', { ...administrator, returnTo: '/sub/path/queue?state=held' })
    assert.equal(signedIn.status, 303)
    assert.equal(signedIn.location, '/sub/path/queue?state=held')
    assert.equal((await browser.get('/queue?state=held')).status, 200)
  })

  for (const returnTo of [
    '//evil.example/',
    '/\\evil.example',
    'https://evil.example/',
    'javascript:alert(1)',
    '/\t/evil.example',
  ]) {
    it(`never leads to ${JSON.stringify(returnTo)}`, async () => {
      const browser = browse()
      const { text } = await browser.get(`/sign-in?returnTo=${encodeURIComponent(returnTo)}`)
      assert.match(text, /name="returnTo" value="\/sub\/path\/"/)
      const signedIn = await browser.post('/sign-in', { ...administrator, returnTo })
      assert.equal(signedIn.location, '/sub/path/')
    })
  }

  it('takes the address in any case and with spaces around it, the password exactly', async () => {
    const signedIn = await browse().post('/sign-in', { email: ' ADMIN@Example.com ', password: administrator.password })
    assert.equal(signedIn.status, 303)
    const wrong = await browse().post('/sign-in', { ...administrator, password: `${administrator.password} ` })
    assert.equal(wrong.status, 422)
    await fixture.sql('delete from outbound_sync.sign_in_attempt')
  })

  it('says the same for an unknown address, a wrong password and a disabled account', async () => {
    await fixture.admin.ensureAdministrator({ email: 'gone@example.com', password: 'long enough' })
    await fixture.sql(`update outbound_sync.user_account set disabled_at = now() where email = 'gone@example.com'`)
    const answers = await Promise.all(
      [
        { email: 'nobody@example.com', password: 'x' },
        { email: administrator.email, password: 'x' },
        { email: 'gone@example.com', password: 'long enough' },
      ].map(async (credentials) => {
        const { status, text } = await browse().post('/sign-in', credentials)
        return { status, text: text.replaceAll(credentials.email, 'EMAIL') }
      }),
    )
    assert.equal(answers[0]?.status, 422)
    assert.deepEqual(answers[1], answers[0])
    assert.deepEqual(answers[2], answers[0])
    assert.match(answers[0]?.text ?? '', /<title>Error: Sign in/)
    assert.doesNotMatch(answers[0]?.text ?? '', /value="x"/)
    await fixture.sql('delete from outbound_sync.sign_in_attempt')
  })

  it('keeps the typed address and points to it', async () => {
    const { text } = await browse().post('/sign-in', { email: 'a"b@example.com', password: '' })
    assert.match(text, /href="#email"/)
    assert.match(text, /value="a&quot;b@example.com"/)
  })

  it('gives a new session id at sign-in, and what a planted id saw stays nothing', async () => {
    const attacker = browse()
    await attacker.signIn()
    await attacker.post('/sign-out')
    attacker.cookies.set(cookieName, 'planted-id-planted-id-planted-id')
    const victim = browse()
    for (const [name, value] of attacker.cookies) victim.cookies.set(name, value)
    await victim.signIn()
    assert.notEqual(victim.cookies.get(cookieName), attacker.cookies.get(cookieName))
    assert.equal((await attacker.get('/')).status, 303)
  })

  it('gives another id at a second sign-in, and the first one is dead', async () => {
    const browser = browse()
    await browser.signIn()
    const first = new Map(browser.cookies)
    await browser.signIn()
    assert.notEqual(browser.cookies.get(cookieName), first.get(cookieName))
    const old = browse()
    for (const [name, value] of first) old.cookies.set(name, value)
    assert.equal((await old.get('/')).status, 303)
    assert.equal((await browser.get('/')).status, 200)
  })

  it('ends at sign-out on the server too', async () => {
    const browser = browse()
    await browser.signIn()
    const kept = new Map(browser.cookies)
    const out = await browser.post('/sign-out')
    assert.equal(out.location, '/sub/path/sign-in')
    const again = browse()
    for (const [name, value] of kept) again.cookies.set(name, value)
    assert.equal((await again.get('/')).status, 303)
  })

  it('ends after 30 minutes without use and after 8 hours in any case', async () => {
    const browser = browse()
    await browser.signIn()
    await fixture.sql(`update outbound_sync.web_session set data = jsonb_set(data, '{_expire}', '1')`)
    assert.equal((await browser.get('/')).status, 303)
    await browser.signIn()
    fixture.setNow(new Date(Date.now() + 8 * 3_600_000 + 1000))
    assert.equal((await browser.get('/')).status, 303)
    fixture.setNow(null)
    assert.equal((await browser.get('/')).status, 200)
  })

  it('ends at once for an account that is disabled or gets another password', async () => {
    const credentials = { email: 'second@example.com', password: 'long enough' }
    await fixture.admin.ensureAdministrator(credentials)
    const browser = browse()
    await browser.signIn(credentials)
    assert.equal((await browser.get('/')).status, 200)
    await fixture.sql(`update outbound_sync.user_account set disabled_at = now() where email = 'second@example.com'`)
    assert.equal((await browser.get('/')).status, 303)
    await fixture.sql(`update outbound_sync.user_account set disabled_at = null where email = 'second@example.com'`)
    assert.equal((await browser.get('/')).status, 200)
    await fixture.sql(
      `update outbound_sync.user_account set password_hash = 'other' where email = 'second@example.com'`,
    )
    assert.equal((await browser.get('/')).status, 303)
  })

  it('takes a changed cookie for nobody, never for an error', async () => {
    const browser = browse()
    await browser.signIn()
    const value = browser.cookies.get(cookieName) ?? ''
    for (const changed of [`${value}x`, value.slice(1), 'x', '%00', 'a'.repeat(3000), '../../etc/passwd']) {
      browser.cookies.set(cookieName, changed)
      assert.equal((await browser.get('/')).status, 303, changed)
    }
  })

  it('keeps no usable id in the database', async () => {
    const browser = browse()
    await browser.signIn()
    const rows = await fixture.sql('select id from outbound_sync.web_session')
    assert.ok(rows.length > 0)
    assert.ok(!rows.some(({ id }) => id === browser.cookies.get(cookieName)))
  })

  it('tells whoever sends a form after his session ended, and shows the page it stood on again', async () => {
    const browser = browse()
    const answer = await browser.post(
      '/jobs/1/retry',
      {},
      {
        'sec-fetch-site': 'same-origin',
        referer: `${fixture.origin}/queue?state=held`,
      },
    )
    assert.equal(answer.location, '/sub/path/sign-in?returnTo=%2Fsub%2Fpath%2Fqueue%3Fstate%3Dheld&ended=yes')
    const form = await browser.get('/sign-in?ended=yes')
    assert.match(textOf(form.text), /what you sent was not done/)
  })

  it('does not make a second administrator of the same address', async () => {
    assert.equal(await fixture.admin.ensureAdministrator({ ...administrator, password: 'another one' }), 'exists')
    assert.equal((await browse().signIn()).status, 303)
  })

  it('stores argon2id with 19 MiB and two passes', async () => {
    const [row] = await fixture.sql('select password_hash from outbound_sync.user_account limit 1 offset 0')
    assert.match(String(row?.password_hash), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  })
})

describe('the session cookie', () => {
  const setCookies = async (fixture: AdminFixture): Promise<string[]> => {
    await fixture.admin.ensureAdministrator(administrator)
    const answer = await createBrowse(fixture).signIn()
    return answer.headers.getSetCookie()
  }

  it('is HttpOnly and SameSite=Lax', async () => {
    const fixture = await createAdminFixture()
    try {
      for (const line of await setCookies(fixture)) assert.match(line, /; samesite=lax; httponly$/)
    } finally {
      await fixture.close()
    }
  })

  it('is Secure and bound to the host where browsers come by https, also behind a proxy that ends TLS', async () => {
    const fixture = await createAdminFixture({ isSecure: true })
    try {
      const lines = (await setCookies(fixture)).filter((line) => !/=;/.test(line))
      assert.equal(lines.length, 2)
      for (const line of lines) {
        assert.match(line, /^__Host-outbound_sync/)
        assert.match(line, /; path=\/;/)
        assert.match(line, /; secure/)
        assert.doesNotMatch(line, /domain=/i)
      }
    } finally {
      await fixture.close()
    }
  })
})

describe('the keys that sign cookies', () => {
  it('an older one is accepted and replaced, a removed one is not', async () => {
    const first = await createAdminFixture({ cookieKeys: ['old'] })
    await first.admin.ensureAdministrator(administrator)
    const browser = createBrowse(first)
    await browser.signIn()
    const signature = browser.cookies.get(`${cookieName}.sig`)
    const rotated = await createAdminOn(first, { cookieKeys: ['new', 'old'] })
    const removed = await createAdminOn(first, { cookieKeys: ['new'] })
    try {
      const elsewhere = createBrowse(removed)
      for (const [name, value] of browser.cookies) elsewhere.cookies.set(name, value)
      assert.equal((await elsewhere.get('/')).status, 303)
      const moved = createBrowse(rotated)
      for (const [name, value] of browser.cookies) moved.cookies.set(name, value)
      assert.equal((await moved.get('/')).status, 200)
      assert.notEqual(moved.cookies.get(`${cookieName}.sig`), signature)
      const after = createBrowse(removed)
      for (const [name, value] of moved.cookies) after.cookies.set(name, value)
      assert.equal((await after.get('/')).status, 200)
    } finally {
      await removed.close()
      await rotated.close()
      await first.close()
    }
  })
})
