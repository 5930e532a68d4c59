// Scenario 21 of the reliability contract: guessing.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type AdminFixture, administrator, createAdminFixture } from './admin-fixture.ts'
import { createBrowse, textOf } from './browse.ts'

describe('guessing a password', () => {
  let fixture: AdminFixture
  before(async () => {
    fixture = await createAdminFixture()
    await fixture.admin.ensureAdministrator(administrator)
  })
  after(() => fixture.close())

  const guess = (email: string) => createBrowse(fixture).post('/sign-in', { email, password: 'guess' })
  // Time passes for the table: every wait is moved so far into the past.
  const wait = (seconds: number) =>
    fixture.sql('update outbound_sync.sign_in_attempt set blocked_until = blocked_until - make_interval(secs => $1)', [
      seconds,
    ])

  it('is slowed down after three tries, for a known and for an unknown address alike', async () => {
    for (const email of [administrator.email, 'nobody@example.com']) {
      const statuses = []
      for (let n = 0; n < 5; n++) statuses.push((await guess(email)).status)
      assert.deepEqual(statuses, [422, 422, 422, 429, 429], email)
      const refused = await guess(email)
      const seconds = Number(refused.headers.get('retry-after'))
      // Of fifteen; the two requests before it take some time on a busy machine.
      assert.ok(seconds >= 10 && seconds <= 15, `${seconds}`)
      assert.match(textOf(refused.text), /too many wrong tries for this address\. Wait 1\d seconds/)
    }
  })

  it('allows at most ten looks at the password in a quarter of an hour, however often it is asked', async () => {
    const email = 'busy@example.com'
    let looks = 0
    for (let second = 0; second < 900; second += 5) {
      if ((await guess(email)).status === 422) looks += 1
      await wait(5)
    }
    assert.ok(looks >= 5 && looks <= 10, `${looks}`)
  })

  it('counts a hundred guesses at the same moment as the few that are allowed', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 40 }, async () => (await guess('crowd@example.com')).status),
    )
    assert.ok(statuses.filter((status) => status === 422).length <= 3)
    assert.equal(
      statuses.filter((status) => status === 429).length + statuses.filter((status) => status === 422).length,
      40,
    )
  })

  it('lets the owner in when the wait is over, and forgets the failures then', async () => {
    const owner = { email: 'owner@example.com', password: 'long enough' }
    await fixture.admin.ensureAdministrator(owner)
    for (let n = 0; n < 4; n++) await guess(owner.email)
    assert.equal((await createBrowse(fixture).signIn(owner)).status, 429)
    await wait(15)
    assert.equal((await createBrowse(fixture).signIn(owner)).status, 303)
    assert.equal((await guess(owner.email)).status, 422)
  })
})
