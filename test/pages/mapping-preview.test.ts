// The preview of a mapping in a browser that runs no script: chosen, looked at, the remote asked, one record sent; readable
// for everybody, also with values that are hostile, endless or written from right to left. PAGE_SHOTS names a folder for
// pictures.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { type AdminFixture, administrator, createAdminFixture } from '../core/admin/admin-fixture.ts'
import { eventScope } from '../core/admin/fixture-plugins.ts'
import { type ParcelHost, startParcelHost } from '../core/admin/parcel-plugin.ts'
import { assertReadable } from './assert-readable.ts'
import { launchBrowser } from './browser.ts'
import { openPage } from './open-page.ts'

const shots = process.env.PAGE_SHOTS
const looks = [
  { colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
  { colorScheme: 'light', viewport: { width: 320, height: 640 } },
  ...(shots
    ? [
        { colorScheme: 'light', viewport: { width: 1280, height: 900 } } as const,
        { colorScheme: 'dark', viewport: { width: 320, height: 640 } } as const,
      ]
    : []),
] as const

describe('the preview of a mapping in a browser', () => {
  let host: ParcelHost
  let fixture: AdminFixture
  let browser: Browser
  let path: string
  before(async () => {
    host = await startParcelHost()
    fixture = await createAdminFixture({ basePath: '/sub/path', plugins: [host.plugin] })
    await fixture.admin.ensureAdministrator(administrator)
    const connectionId = await host.connect(fixture)
    path = `/connections/${connectionId}/mappings/preview`
    const parcel = { scope: eventScope, note: 'fragile', state: 'sent', weight: '1.50' }
    host.parcels.set('1', { ...parcel, code: 'P1' })
    host.parcels.set('2', { ...parcel, code: 'P2', weight: 'heavy' })
    host.parcels.set('3', { ...parcel, code: 'P3', state: 'lost' })
    const markup = `</td></table><script>alert(1)</script><img src=x onerror=alert(1)>\u202e\u200f\u0000שלום`
    host.parcels.set('4', { ...parcel, code: markup, note: 'endless '.repeat(1_300) })
    host.remote.set('/parcel/P1', { remoteId: 'r-1', values: { note: 'x'.repeat(200), state: ['a', 'b'] } })
    await fixture.sql(
      `with object as (
         insert into outbound_sync.external_object (connection_id, object_type, id_field, id_value, remote_id, sent_values, href)
         values ($1, 'parcel', 'number', 'P1', 'r-1', '{"note": "old", "kilos": "1.50"}', 'https://parcels.example/1')
         returning id)
       insert into outbound_sync.sync_link
         (connection_id, source_model, source_id, stream, mapping_key, subject_model, subject_id, external_object_id,
          sent_hash, sent_epoch)
       select $1, 'Parcel', '1', '', 'parcels', 'Parcel', '1', id, 'other', 1 from object`,
      [connectionId],
    )
    browser = await launchBrowser()
  })
  after(async () => {
    await browser.close()
    await fixture.close()
    host.stop()
  })

  for (const look of looks) {
    it(`can be read by everybody (${look.colorScheme}, ${look.viewport.width} pixels wide)`, async () => {
      const { page, problems, close } = await openPage({ browser, fixture }, look)
      try {
        for (const [name, query] of [
          ['choose', ''],
          ['found', '?q=P1'],
          ['not-found', '?model=Parcel&record=none'],
          ['update', '?model=Parcel&record=1&remote=1'],
          ['failed', '?model=Parcel&record=2'],
          ['skipped', '?model=Parcel&record=3'],
          ['hostile', '?model=Parcel&record=4'],
        ] as const) {
          await page.goto(fixture.origin + path + query)
          assert.equal(await page.locator('h1').count(), 1, name)
          for (const folded of await page.locator('details.os-payload > summary').all()) await folded.click()
          await assertReadable(page, name)
          const file = `preview-${name}-${look.viewport.width}-${look.colorScheme}.png`
          if (shots) await page.screenshot({ path: join(shots, file), fullPage: true })
        }
        assert.deepEqual(problems, [])
      } finally {
        await close()
      }
    })
  }

  it('is chosen, looked at, asked about and sent with scripts switched off', async () => {
    const { page, problems, close } = await openPage({ browser, fixture }, { javaScriptEnabled: false })
    const main = page.getByRole('main')
    try {
      await page.goto(fixture.origin + path.replace('/mappings/preview', ''))
      await page.getByRole('link', { name: 'Preview with a record' }).click()
      await page.getByRole('searchbox').fill('P1')
      await page.getByRole('button', { name: 'Search' }).click()
      await page.getByRole('region', { name: 'Found' }).getByRole('link', { name: 'Parcel P1' }).click()
      await main.getByText('Nothing is sent.').waitFor()
      assert.deepEqual(
        host.asked.splice(0).filter((asked) => asked.includes('P2')),
        [],
      )
      const remark = page.getByRole('row', { name: /^Remark/ })
      assert.match(String(await remark.textContent()), /Changed\s+Note\s+fragile\s+old/)
      await page.getByRole('link', { name: 'Ask the remote too' }).click()
      assert.match(String(await main.textContent()), /The remote has this Parcel of theirs\./)
      assert.deepEqual(host.asked.splice(0), ['/parcel/P1', '/label/P1'])

      await page.goto(`${fixture.origin}${path}?model=Parcel&record=1#labels`)
      const section = page.locator('section:target')
      assert.match(String(await section.textContent()), /the id that the remote will give|r-1/)
      await page.getByRole('button', { name: 'Send only this one' }).click()
      assert.match(String(await page.getByRole('status').textContent()), /sent as soon as possible/)
      assert.match(String(await main.textContent()), /Preview of Parcel P1/)
      const jobs = await fixture.sql('select source_model, source_id, force from outbound_sync.sync_job')
      assert.deepEqual(jobs, [{ source_model: 'Parcel', source_id: '1', force: true }])
      assert.deepEqual(problems, [])
    } finally {
      await close()
    }
  })
})
