// Mapping tests in a real browser without scripts: a record is found, kept and accepted, turns red with a draft, and every
// page on the way is readable in both colours and widths. PAGE_SHOTS names a folder for pictures of every step.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { createMappings } from '../../core/connections/mappings.ts'
import { type AdminFixture, administrator, createAdminFixture } from '../core/admin/admin-fixture.ts'
import { bookingMapping, bookingsPlugin, publishMapping } from '../core/admin/mappings/bookings-fixture.ts'
import { assertReadable } from './assert-readable.ts'
import { launchBrowser } from './browser.ts'
import { openPage } from './open-page.ts'

const shots = process.env.PAGE_SHOTS
const looks = [
  { colorScheme: 'dark', width: 1280 },
  { colorScheme: 'light', width: 320 },
  ...(shots ? [{ colorScheme: 'light', width: 1280 } as const, { colorScheme: 'dark', width: 320 } as const] : []),
] as const

describe('mapping tests in the browser', () => {
  let fixture: AdminFixture
  let browser: Browser
  let connectionId: string
  before(async () => {
    if (shots) await mkdir(shots, { recursive: true })
    fixture = await createAdminFixture({ basePath: '/sub/path', plugins: [bookingsPlugin()] })
    connectionId = await fixture.addConnection({ provider: 'desk', providerVersion: '1.0.0', name: 'Front desk' })
    await publishMapping(fixture, connectionId)
    await fixture.admin.ensureAdministrator(administrator)
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.close()
    await fixture?.close()
  })

  /** axe is a script, so the address is looked at in a page that may have some. */
  async function look(reader: Page, page: Page, name: string): Promise<void> {
    await reader.goto(page.url())
    await lookHere(reader, name)
  }

  async function lookHere(reader: Page, name: string): Promise<void> {
    await reader.evaluate(`document.querySelectorAll('details').forEach((one) => one.setAttribute('open', ''))`)
    for (const { colorScheme, width } of looks) {
      await reader.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await reader.setViewportSize({ width, height: 900 })
      await assertReadable(reader, `${name}, ${colorScheme}, ${width}`)
      if (shots) await reader.screenshot({ path: join(shots, `${name}-${width}-${colorScheme}.png`), fullPage: true })
    }
  }

  it('are made, accepted, red, accepted again and deleted, without scripts', async () => {
    const { page, close } = await openPage({ browser, fixture }, { javaScriptEnabled: false })
    const { page: reader, problems, close: closeReader } = await openPage({ browser, fixture })
    const main = page.locator('main')
    await page.goto(`${fixture.origin}/connections/${connectionId}`)
    await page.getByRole('link', { name: 'Mapping tests' }).click()
    await look(reader, page, 'tests-empty')
    await page.getByRole('link', { name: 'New test' }).click()
    await look(reader, page, 'tests-search')
    await page.getByLabel('Number, code or name').fill('B1001')
    await page.getByRole('button', { name: 'Search' }).click()
    await look(reader, page, 'tests-found')
    await page.getByRole('link', { name: 'Booking B1001' }).click()
    await look(reader, page, 'tests-preview')
    assert.match((await main.textContent()) ?? '', /Xxx Xxxxxxxx instead of Ada Lovelace/)

    await page.getByRole('button', { name: 'Keep as a test' }).click()
    assert.match(await page.title(), /^Error: /)
    assert.match((await main.textContent()) ?? '', /Enter a name\./)
    // What was posted has no address of its own, so the reader posts too.
    await reader.goto(`${fixture.origin}/connections/${connectionId}/mappings/tests/new?model=Booking&record=2`)
    await reader.getByRole('button', { name: 'Keep as a test' }).click()
    await lookHere(reader, 'tests-problem')

    await page.getByLabel('Name of the test').fill('Paid booking of two')
    await page.getByRole('button', { name: 'Keep as a test' }).click()
    await look(reader, page, 'tests-open')
    assert.match((await main.textContent()) ?? '', /Nothing accepted yet/)
    await page.getByRole('button', { name: 'This is right now: accept as expected' }).click()
    assert.match((await main.textContent()) ?? '', /From now on “Paid booking of two” expects this\./)
    await look(reader, page, 'tests-green')

    await createMappings({ database: fixture.database }).saveDraft({
      connectionId,
      document: bookingMapping.map((one) => ({ ...one, propertyMappings: one.propertyMappings.slice(1) })),
      revision: null,
      actor: 'Ann',
    })
    await page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link', { name: 'Mapping tests' }).click()
    await look(reader, page, 'tests-red')
    assert.match((await main.textContent()) ?? '', /Red/)
    await page.getByRole('link', { name: 'Paid booking of two' }).click()
    await look(reader, page, 'test-red')
    assert.match((await main.locator('table').textContent()) ?? '', /guest\s+Xxx Xxxxxxxx\s+not written/)

    await page.goto(`${fixture.origin}/connections/${connectionId}/settings?version=2.0.0`)
    assert.match(
      (await main.textContent()) ?? '',
      /With version 2\.0\.0, the only mapping test is red: Paid booking of two/,
    )
    await look(reader, page, 'tests-in-settings')
    await page.getByRole('link', { name: 'See what differs' }).click()
    await look(reader, page, 'tests-other-version')

    await page.getByRole('link', { name: 'Paid booking of two' }).click()
    await page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link', { name: 'Mapping tests' }).click()
    await page.goto(`${fixture.origin}/connections/${connectionId}/mappings/tests`)
    await page.getByRole('link', { name: 'Paid booking of two' }).click()
    await page.getByRole('button', { name: 'This is right now: accept as expected' }).click()
    assert.match((await main.textContent()) ?? '', /Green/)
    await page.getByRole('button', { name: 'Delete this test' }).click()
    assert.match((await main.textContent()) ?? '', /There is no test yet/)
    assert.deepEqual(problems, [])
    await Promise.all([close(), closeReader()])
  })
})
