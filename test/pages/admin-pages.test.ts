// The admin pages in a real browser: readable for everybody (axe), in light and dark, wide and at 320 pixels, by keyboard.
// PAGE_SHOTS names a folder for pictures of every page.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { type AdminFixture, administrator, createAdminFixture } from '../core/admin/admin-fixture.ts'
import { insertEnvironment } from '../core/admin/insert-rows.ts'
import { insertBulkAndAudit, type RunIds } from '../core/admin/insert-runs.ts'
import { insertSample, type SampleIds } from '../core/admin/sample-rows.ts'
import { assertNoSidewaysScroll, assertReadable } from './assert-readable.ts'
import { launchBrowser } from './browser.ts'
import { openPage } from './open-page.ts'

const wide = { width: 1280, height: 900 }
const narrow = { width: 320, height: 640 }
const shots = process.env.PAGE_SHOTS
// Each colour and each width once is enough for the checks; pictures are taken of all four.
const views = [
  { colorScheme: 'dark', viewport: wide },
  { colorScheme: 'light', viewport: narrow },
  ...(shots
    ? [{ colorScheme: 'light', viewport: wide } as const, { colorScheme: 'dark', viewport: narrow } as const]
    : []),
] as const

let fixture: AdminFixture
let browser: Browser
let ids: SampleIds
let runs: RunIds
before(async () => {
  fixture = await createAdminFixture({ basePath: '/sub/path' })
  ids = await insertSample(fixture)
  await insertEnvironment(fixture, { connection: ids.sales })
  runs = await insertBulkAndAudit(fixture, { connection: ids.sales })
  await fixture.admin.ensureAdministrator(administrator)
  browser = await launchBrowser()
})
after(async () => {
  await browser.close()
  await fixture.close()
})

/** The pages of who is not signed in, and one that says what is wrong. */
async function checkSignIn(page: Page, shoot: (name: string) => Promise<void>): Promise<void> {
  await page.goto(`${fixture.origin}/sign-in`)
  await check(page, 'sign-in')
  await shoot('sign-in')
  await page.getByLabel('E-mail address').fill('nobody@example.com')
  await page.getByLabel('Password').fill('wrong')
  await page.getByRole('button', { name: 'Sign in' }).click()
  assert.match(await page.title(), /^Error: /)
  // The summary has the focus, so that a screen reader begins with it.
  assert.match(await page.evaluate<string>('document.activeElement.className'), /os-problems/)
  await check(page, 'sign-in-problem')
  await shoot('sign-in-problem')
}

const pages = (): [name: string, path: string][] => [
  ['overview', '/'],
  ['first-steps', '/first-steps'],
  ['queue', '/queue'],
  ['queue-held', '/queue?state=held'],
  ['queue-search', '/queue?q=K1002'],
  ['queue-nothing', '/queue?q=nothing'],
  ['record', '/subjects?model=Order&id=1'],
  ['record-failed', '/subjects?model=Order&id=3'],
  ['record-new', '/subjects?model=Order&id=20'],
  ['connections', '/connections'],
  ['connection', `/connections/${ids.sales}`],
  ['environments', '/environments'],
  ['environment', '/environments/crm/1.2.0/live'],
  ['environment-change', '/environments/crm/1.2.0/live?variable=API_KEY'],
  ['environment-empty', '/environments/crm/1.2.0/test'],
  ['environment-remove', '/environments/crm/1.2.0/live/remove?variable=BASE_URL'],
  ['runs', '/runs'],
  ['queue-attention', '/queue?state=needs_attention&reason=permanent&scope=organizer:acme/event:conf26'],
  ['queue-all-retry', '/queue/all?action=retry&state=needs_attention'],
  ['queue-all-cancel', `/queue/all?action=cancel&connection=${ids.sales}&scope=organizer:acme/event:conf26`],
  ['queue-all-none', '/queue/all?action=retry&scope=organizer:none'],
  ['bulk-running', `/runs/${runs.retry}?live=no`],
  ['bulk-finished', `/runs/${runs.cancel}`],
  ['audit', `/audits/${runs.audit}`],
  ['audit-one-finding', `/audits/${runs.audit}?finding=never_synced`],
  ['audit-complete', `/audits/${runs.completeAudit}`],
  ['backfill-choose', '/backfills/new'],
  ['backfill-filter', `/backfills/new?connection=${ids.sales}&model=Order`],
  ['backfill-count', `/backfills/new?connection=${ids.sales}&model=Order&count=yes&filter.status=paid`],
  [
    'backfill-problem',
    `/backfills/new?connection=${ids.sales}&model=Order&count=yes&filter.from=2026-02-31&scope=organizer:x`,
  ],
  ['backfill-running', `/backfills/${ids.runningRun}?live=no`],
  ['backfill-stopped', `/backfills/${ids.stoppedRun}`],
  ['backfill-finished', `/backfills/${ids.finishedRun}`],
  ['backfill-paused', `/backfills/${ids.pausedRun}`],
  ['plugins', '/plugins'],
  ['plugin', '/plugins/crm'],
  ['plugin-out-of-use', '/plugins/old-erp'],
  ['plugin-off', '/plugins/crm/switch?scope=organizer:acme&to=off'],
  ['plugin-on', '/plugins/crm/switch?scope=organizer:acme/event:conf26&to=on'],
  ['plugin-problem', '/plugins/crm/switch?scope=a%20b&to=on'],
  ['page-of-a-plugin', '/shop/orders/K1001'],
  ['error-404', '/nowhere'],
  ['error-405', '/sync-now'],
  ['error-500', '/shop/failing'],
]

// What runs in the browser is given as text: its names are not those of this program.
async function check(page: Page, name: string): Promise<void> {
  assert.equal(await page.locator('h1').count(), 1, name)
  assert.equal(await page.locator('main').count(), 1, name)
  await assertReadable(page, name)
}

describe('every page', () => {
  for (const view of views) {
    const name = `${view.colorScheme}, ${view.viewport.width} pixels wide`
    it(`is without an accessibility fault, a sideways scroll or a complaint of the browser (${name})`, async () => {
      const { page, problems, close } = await openPage({ browser, fixture }, view)
      const shoot = async (pageName: string): Promise<void> => {
        const file = `${pageName}-${view.viewport.width}-${view.colorScheme}.png`
        if (shots) await page.screenshot({ path: join(shots, file), fullPage: true })
      }
      try {
        if (shots) await mkdir(shots, { recursive: true })
        for (const [pageName, path] of pages()) {
          await page.goto(fixture.origin + path)
          await page.evaluate(
            `document.querySelectorAll('details.os-payload, details.os-details').forEach((one) => one.setAttribute('open', ''))`,
          )
          await check(page, pageName)
          await shoot(pageName)
        }
        await page.context().clearCookies()
        await checkSignIn(page, shoot)
        assert.deepEqual(problems, [])
      } finally {
        await close()
      }
    })
  }

  it('is really dark for who asks for dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, close } = await openPage({ browser, fixture }, { colorScheme })
      const color = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
      const [red = 0, green = 0, blue = 0] = (color.match(/\d+/g) ?? []).map(Number)
      const lightness = (red + green + blue) / 3
      assert.ok(colorScheme === 'dark' ? lightness < 40 : lightness > 230, `${colorScheme}: ${lightness}`)
      await close()
    }
  })

  it('can be walked by keyboard: the skip link first, then what can be seen to have the focus', async () => {
    const { page, close } = await openPage({ browser, fixture })
    await page.goto(`${fixture.origin}/queue`)
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to the content')
    await page.keyboard.press('Enter')
    assert.equal(await page.evaluate('document.activeElement.id'), 'content')
    for (let n = 0; n < 25; n++) {
      await page.keyboard.press('Tab')
      const [outline, name] = await page.evaluate<[string, string]>(
        '[getComputedStyle(document.activeElement).outline, document.activeElement.outerHTML.slice(0, 120)]',
      )
      assert.match(outline, /solid 3px/, name)
    }
    await close()
  })

  it('holds at 200 % zoom, which is half the width', async () => {
    const { page, close } = await openPage(
      { browser, fixture },
      { viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 },
    )
    for (const path of ['/', '/queue', '/subjects?model=Order&id=1', `/connections/${ids.sales}`]) {
      await page.goto(fixture.origin + path)
      await assertNoSidewaysScroll(page, path)
    }
    await close()
  })

  it('asks again by itself only while a backfill runs', async () => {
    const { page, close } = await openPage({ browser, fixture })
    await page.goto(`${fixture.origin}/backfills/${ids.runningRun}`)
    await fixture.sql(`update outbound_sync.sync_run set total_count = 831 where id = $1`, [ids.runningRun])
    await page.getByText('350 of 831 done').waitFor({ timeout: 15_000 })
    await close()
  })
})
