// Environments through the pages: begun, filled, changed, emptied; secrets go in and never come out.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { type AdminFixture, createAdminFixture } from './admin-fixture.ts'
import { type Browse, createSignedInBrowse, textOf } from './browse.ts'

const canary = 'pw-4be1a90c'
const version = 'crm 1.2.0'
const path = '/environments/crm/1.2.0/live'

describe('the environments', () => {
  let fixture: AdminFixture
  let browser: Browse
  before(async () => {
    fixture = await createAdminFixture({ basePath: '/sub/path' })
    browser = await createSignedInBrowse(fixture)
  })
  after(() => fixture.close())
  beforeEach(async () => {
    for (const table of ['environment_variable', 'connection', 'audit_entry']) {
      await fixture.sql(`delete from outbound_sync.${table}`)
    }
  })

  it('are begun with a system and a name, and are there with their first variable', async () => {
    assert.match(textOf((await browser.get('/environments')).text), /There is no environment yet/)
    const begun = await browser.post('/environments', { version, name: 'live' })
    assert.equal(begun.location, `/sub/path${path}`)
    assert.match(textOf((await browser.get(path)).text), /No connection uses it yet.*It has no variable yet/)
    assert.match(textOf((await browser.get('/environments')).text), /There is no environment yet/)
    const saved = await browser.submit(path, { name: 'HOST', value: ' live.example.com ' })
    assert.match(textOf(saved.text), /HOST is set\..*HOST live\.example\.com/)
    assert.deepEqual(await fixture.sql('select name, value from outbound_sync.environment_variable'), [
      { name: 'HOST', value: ' live.example.com ' },
    ])
    assert.match(textOf((await browser.get('/environments')).text), /live .*1\.2\.0 1 none/)
  })

  it('never send a secret back, also not when the form is refused', async () => {
    const refused = await browser.post(path, { name: '1', value: canary, secret: 'yes' })
    assert.equal(refused.status, 422)
    const saved = await browser.submit(path, { name: 'PASSWORD', value: canary, secret: 'yes' })
    assert.match(textOf(saved.text), /PASSWORD secret, stored sealed/)
    const form = await browser.get(`${path}?variable=PASSWORD`)
    assert.match(textOf(form.text), /Change PASSWORD.*Leave it empty to keep what is stored/)
    for (const { text } of [refused, saved, form]) assert.ok(!text.includes(canary))
    const sealed = 'select sealed_value from outbound_sync.environment_variable'
    const before = await fixture.sql(sealed)
    await browser.submit(path, { name: 'PASSWORD', value: '', secret: 'yes' })
    assert.deepEqual(await fixture.sql(sealed), before)
    const rows = await fixture.sql('select a::text as text from outbound_sync.audit_entry a')
    assert.equal(rows.length, 2)
    for (const { text } of rows) assert.ok(!String(text).includes(canary))
  })

  it('say at the field what is wrong', async () => {
    const post = async (to: string, fields: Record<string, string>) => {
      const { status, text } = await browser.post(to, fields)
      assert.equal(status, 422)
      assert.match(text, /<title>Error: /)
      return textOf(text)
    }
    assert.match(await post('/environments', { version, name: 'a b' }), /A name consists of letters, digits, dashes/)
    assert.match(await post('/environments', { version: 'other 1.0.0', name: 'live' }), /Choose one of the systems/)
    assert.match(await post(path, { name: 'A B', value: '' }), /A name consists of letters, digits and underscores/)
    assert.match(await post(path, { name: 'KEY', value: '', secret: 'yes' }), /Type the secret in/)
    assert.match(await post(path, { name: 'KEY', value: 'x'.repeat(10_001) }), /at most 10,000 characters/)
    assert.match(await post(path, { name: 'KEY', value: 'a\0b' }), /NUL character/)
    for (const wrong of ['/environments/crm/9.9.9/live', '/environments/crm/1.2.0/a%2Fb', `${path}/remove`]) {
      assert.equal((await browser.get(wrong)).status, 404, wrong)
    }
  })

  it('are emptied after a page that says what happens', async () => {
    await browser.submit(path, { name: 'HOST', value: 'a' })
    const id = await fixture.addConnection({ name: 'Sales CRM' })
    await fixture.sql(`update outbound_sync.connection set environment = 'live' where id = $1`, [id])
    assert.match(textOf((await browser.get(path)).text), /Used by Sales CRM; a change counts for it at once/)
    const asked = textOf((await browser.get(`${path}/remove?variable=HOST`)).text)
    assert.match(asked, /Remove HOST from live\?.*Where Sales CRM refers to it, nothing can be sent/)
    assert.match(textOf((await browser.submit(`${path}/remove`, { variable: 'HOST' })).text), /HOST is removed/)
    assert.match(textOf((await browser.submit(`${path}/remove`, { variable: 'HOST' })).text), /removed already/)
  })
})
