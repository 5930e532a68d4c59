import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type AdminFixture, createAdminFixture } from './admin-fixture.ts'
import { type Browse, createSignedInBrowse, textOf } from './browse.ts'
import { insertAttempt } from './insert-rows.ts'

describe("a record's own page", () => {
  let fixture: AdminFixture
  let browser: Browse
  let connection: string
  before(async () => {
    fixture = await createAdminFixture()
    browser = await createSignedInBrowse(fixture)
    connection = await fixture.addConnection({ name: 'Sales CRM' })
  })
  after(() => fixture.close())

  it('shows every try with its objects, what was sent and answered, and links that are safe', async () => {
    await insertAttempt(fixture, {
      connection,
      order: '1',
      outcome: 'succeeded',
      minutesAgo: 10,
      objects: [
        {
          action: 'created',
          idValue: 'K1000',
          sent: { amount: 12.5 },
          answered: { id: 'd-17' },
          href: 'https://crm.example.com/17',
          displayName: 'Deal 17',
        },
        { action: 'updated', idValue: 'K1000', href: 'javascript:alert(1)' },
      ],
    })
    const { text: html, status } = await browser.get('/subjects?model=Order&id=1')
    assert.equal(status, 200)
    assert.match(textOf(html), /Sent Sales CRM \d+ Nov 2026, [\d:]+ UTC , took 184 ms Because the order was placed/)
    assert.match(
      textOf(html),
      /Created Deal 17 from Order K1000 What was sent and answered Sent \{ "amount": 12\.5 \} Answered \{ "id": "d-17" \}/,
    )
    assert.match(html, /<a href="https:\/\/crm\.example\.com\/17"/)
    assert.doesNotMatch(html, /javascript:/)
  })

  it("links to the record in the host, below our own path when a plugin's page shows it", async () => {
    const { text: html } = await browser.get('/subjects?model=Order&id=1')
    assert.match(html, /href="\/shop\/orders\/K1000">Open the record/)
  })

  it('pages its history', async () => {
    for (let n = 0; n < 25; n++)
      await insertAttempt(fixture, {
        connection,
        order: '2',
        outcome: 'retry',
        message: `failure ${n}`,
        minutesAgo: 60 - n,
      })
    const first = await browser.get('/subjects?model=Order&id=2')
    assert.match(textOf(first.text), /failure 24 .*failure 5 .*Older/)
    assert.doesNotMatch(textOf(first.text), /failure 4 /)
    const [, older = ''] = /href="([^"]+before=\d+)"/.exec(first.text) ?? []
    const second = await browser.get(older.replaceAll('&amp;', '&'))
    assert.match(textOf(second.text), /failure 4 .*failure 0 .*Newest/)
  })

  it('is a 404 for what is not known, and says so when the host lost the record', async () => {
    assert.equal((await browser.get('/subjects?model=Order&id=nope')).status, 404)
    assert.equal((await browser.get('/subjects')).status, 404)
    await insertAttempt(fixture, { connection, order: 'gone', outcome: 'gone', minutesAgo: 1 })
    const { text: html } = await browser.get('/subjects?model=Order&id=gone')
    assert.match(textOf(html), /no longer has this record/)
  })

  it('shows words it does not know as they are stored', async () => {
    await insertAttempt(fixture, {
      connection,
      order: '5',
      outcome: 'teleported',
      minutesAgo: 1,
      objects: [{ action: 'folded', idValue: 'x' }],
    })
    assert.match(textOf((await browser.get('/subjects?model=Order&id=5')).text), /teleported .*folded/)
  })
})
