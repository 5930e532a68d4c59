// The admin pages in a real browser: readable for everybody (axe), in light and dark, wide and at 320 pixels, without a
// script, by keyboard, and deaf to markup in any text. PAGE_SHOTS names a folder for pictures of every page.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { type AdminFixture, administrator, createAdminFixture } from '../core/admin/admin-fixture.ts'
import { insertAttempt, insertJob, insertObject, insertSample, type SampleIds } from '../core/admin/sample-rows.ts'
import { launchBrowser } from './browser.ts'

const everything = { id: 'u1', name: 'Anna', can: () => true }
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
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
before(async () => {
  fixture = await createAdminFixture({ basePath: '/sub/path' })
  ids = await insertSample(fixture)
  await fixture.admin.ensureAdministrator(administrator)
  browser = await launchBrowser()
})
after(async () => {
  await browser.close()
  await fixture.close()
})

/** A signed-in page; `problems` gathers what a browser complains about. */
async function openPage(
  options: BrowserContextOptions = {},
): Promise<{ page: Page; problems: string[]; close(): Promise<void> }> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('console', (message) => {
    // The status of an error page is told here too.
    if (message.type() === 'error' && !/status of (404|405|422|429|500)/.test(message.text()))
      problems.push(message.text())
  })
  await signIn(page)
  return { page, problems, close: () => context.close() }
}

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

async function signIn(page: Page): Promise<void> {
  await page.goto(`${fixture.origin}/sign-in`)
  await page.getByLabel('E-mail address').fill(administrator.email)
  await page.getByLabel('Password').fill(administrator.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
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
  ['backfills', '/backfills'],
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
async function assertNoSidewaysScroll(page: Page, name: string): Promise<void> {
  const excess = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
  assert.ok(excess <= 0, `${name} is ${excess} pixels wider than its window`)
}

async function check(page: Page, name: string): Promise<void> {
  await assertNoSidewaysScroll(page, name)
  assert.equal(await page.locator('h1').count(), 1, name)
  assert.equal(await page.locator('main').count(), 1, name)
  const { violations, passes } = await new AxeBuilder({ page }).withTags(tags).analyze()
  assert.ok(passes.length > 10, name)
  assert.deepEqual(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`),
    [],
    name,
  )
}

describe('every page', () => {
  for (const view of views) {
    const name = `${view.colorScheme}, ${view.viewport.width} pixels wide`
    it(`is without an accessibility fault, a sideways scroll or a complaint of the browser (${name})`, async () => {
      const { page, problems, close } = await openPage(view)
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
      const { page, close } = await openPage({ colorScheme })
      const color = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
      const [red = 0, green = 0, blue = 0] = (color.match(/\d+/g) ?? []).map(Number)
      const lightness = (red + green + blue) / 3
      assert.ok(colorScheme === 'dark' ? lightness < 40 : lightness > 230, `${colorScheme}: ${lightness}`)
      await close()
    }
  })

  it('can be walked by keyboard: the skip link first, then what can be seen to have the focus', async () => {
    const { page, close } = await openPage()
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
    const { page, close } = await openPage({ viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 })
    for (const path of ['/', '/queue', '/subjects?model=Order&id=1', `/connections/${ids.sales}`]) {
      await page.goto(fixture.origin + path)
      await assertNoSidewaysScroll(page, path)
    }
    await close()
  })

  it('asks again by itself only while a backfill runs', async () => {
    const { page, close } = await openPage()
    await page.goto(`${fixture.origin}/backfills/${ids.runningRun}`)
    await fixture.sql(`update outbound_sync.sync_run set total_count = 831 where id = $1`, [ids.runningRun])
    await page.getByText('350 of 831 done').waitFor({ timeout: 15_000 })
    await close()
  })
})

describe('with scripts switched off', () => {
  it('every form does its work', async () => {
    const connection = await fixture.addConnection({ name: 'Scriptless CRM' })
    const jobs = {
      retry: await insertJob(fixture, { connection, order: '21', state: 'needs_attention', reason: 'config' }),
      cancel: await insertJob(fixture, { connection, order: '22' }),
    }
    await insertJob(fixture, { connection, order: '23', state: 'needs_attention', reason: 'permanent' })
    const { page, problems, close } = await openPage({ javaScriptEnabled: false })
    const notice = () => page.getByRole('status').textContent()
    try {
      await page.goto(`${fixture.origin}/queue`)
      await page.getByLabel('Connection').selectOption({ label: 'Scriptless CRM' })
      await page.getByRole('button', { name: 'Search' }).click()
      assert.equal(await page.getByRole('rowheader').count(), 3)

      await page.getByRole('button', { name: /Retry now.*K1020/ }).click()
      assert.match((await notice()) ?? '', /tried again as soon as possible/)
      await page.getByRole('button', { name: /Cancel.*K1021/ }).click()
      assert.match((await notice()) ?? '', /will not be sent/)
      await page.getByLabel('Order K1022 to Scriptless CRM').check()
      await page.locator('button[name=action][value=retry]').click()
      assert.match((await notice()) ?? '', /1 will be tried again/)
      const left = await fixture.sql('select state from outbound_sync.sync_job where id = any($1::bigint[])', [
        Object.values(jobs),
      ])
      assert.deepEqual(left, [{ state: 'waiting' }])

      await page.getByRole('link', { name: 'Order K1022', exact: true }).click()
      await page.getByText('Cancel …').first().click()
      await page.getByLabel('Reason').first().fill('sent by hand')
      await page.getByRole('button', { name: 'Cancel this sync' }).first().click()
      assert.match((await notice()) ?? '', /will not be sent/)
      await page.getByRole('button', { name: /Sync now.*Scriptless CRM/ }).click()
      assert.match((await notice()) ?? '', /sent as soon as possible/)

      await page.goto(`${fixture.origin}/connections/${connection}`)
      await page.getByRole('link', { name: 'New backfill' }).click()
      await page.getByLabel('Connection').selectOption({ label: 'Scriptless CRM' })
      await page.getByLabel('Orders').check()
      await page.getByRole('button', { name: 'Go on' }).click()
      await page.getByLabel('Status').selectOption({ label: 'Paid' })
      await page.getByRole('button', { name: 'Count' }).click()
      await page.getByRole('button', { name: 'Start the backfill' }).click()
      assert.match((await notice()) ?? '', /backfill is started/)
      await page.getByRole('button', { name: 'Stop' }).click()
      assert.match((await notice()) ?? '', /backfill is stopped/)

      await page.goto(`${fixture.origin}/plugins/crm`)
      await page.getByLabel('Another scope').fill('organizer:acme/event:scriptless')
      await page.getByRole('button', { name: 'Switch off' }).click()
      await page.getByRole('button', { name: 'Switch off' }).click()
      assert.match((await notice()) ?? '', /switched off for organizer acme › event scriptless/)

      await page.goto(`${fixture.origin}/shop/orders/K1001`)
      await page.getByLabel('Note').fill('hello')
      await page.getByRole('button', { name: 'Change' }).click()
      assert.match((await notice()) ?? '', /order is changed/)

      await page.getByRole('button', { name: 'Sign out' }).click()
      assert.equal(new URL(page.url()).pathname, '/sub/path/sign-in')
      assert.deepEqual(problems, [])
    } finally {
      await close()
    }
  })
})

describe('markup in texts', () => {
  const payloads = [
    '<script>alert(1)</script>',
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    '<svg onload=alert(1)>',
    '</title><script>alert(1)</script>',
    '</textarea><script>alert(1)</script>',
    '<iframe srcdoc="<script>alert(1)</script>">',
    '" onmouseover="alert(1)',
    "' autofocus onfocus='alert(1)",
    '<%= process.exit(1) %>',
    '{{constructor.constructor("alert(1)")()}}',
    'javascript:alert(1)',
    '<a href="javascript:alert(1)">x</a>',
    '<form action="https://evil.example"><button>x</button></form>',
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    '<base href="https://evil.example/">',
    '<style>*{display:none}</style>',
    '&lt;script&gt;alert(1)&lt;/script&gt;',
    '\u202Ealert(1)\u202C',
    '<details open ontoggle=alert(1)>',
  ]

  it('from hosts, remotes and people stays text on every page and in the panel', async () => {
    const connections: string[] = []
    for (const [index, payload] of payloads.entries()) {
      const connection = await fixture.addConnection({
        name: `${payload} ${index}`,
        gate: 'paused',
        gateReason: payload,
      })
      connections.push(connection)
      await insertJob(fixture, {
        connection,
        order: payload,
        state: 'needs_attention',
        reason: 'permanent',
        message: payload,
        stream: payload,
        trigger: { name: payload, actor: payload },
      })
      await insertAttempt(fixture, {
        connection,
        order: payload,
        outcome: payload,
        message: payload,
        minutesAgo: 1,
        trigger: { name: payload, actor: payload },
        objects: [
          {
            action: payload,
            idValue: payload,
            sent: { [payload]: payload },
            answered: payload,
            message: payload,
            href: payload,
            displayName: payload,
          },
        ],
      })
      await insertObject(fixture, { connection, order: payload, idValue: payload, href: payload, displayName: payload })
    }
    const { page, problems, close } = await openPage()
    try {
      const paths = [
        '/',
        '/queue',
        '/connections',
        '/backfills/new',
        ...payloads.flatMap((payload) => [
          `/subjects?${new URLSearchParams({ model: 'Order', id: payload })}`,
          `/queue?${new URLSearchParams({ q: payload, state: payload, connection: payload })}`,
        ]),
        ...connections.slice(0, 5).map((id) => `/connections/${id}`),
        `/plugins/crm/switch?${new URLSearchParams({ scope: payloads[0] ?? '', to: 'on' })}`,
        `/backfills/new?${new URLSearchParams({ connection: connections[0] ?? '', model: 'Order', scope: payloads[1] ?? '', 'filter.code': payloads[2] ?? '', count: 'yes' })}`,
      ]
      for (const path of paths) {
        await page.goto(fixture.origin + path)
        await assertClean(page, path)
      }
      for (const payload of payloads) {
        const html = await fixture.admin.panel({
          subject: { model: 'Order', id: payload },
          user: everything,
          returnTo: `/x?y=${encodeURIComponent(payload)}`,
        })
        assert.ok(html.length > 100)
        await page.setContent(`<!doctype html><title>Host</title><body>${html}</body>`)
        await assertClean(page, `panel of ${payload}`)
      }
      assert.deepEqual(problems, [])
    } finally {
      await close()
    }
  })

  async function assertClean(page: Page, where: string): Promise<void> {
    const found = await page.evaluate(`({
      nodes: document.querySelectorAll('script, iframe, img, base, style, meta[http-equiv], object, embed').length,
      handlers: [...document.querySelectorAll('*')].filter((element) => [...element.attributes].some(({ name }) => name.startsWith('on'))).length,
      hrefs: [...document.querySelectorAll('a[href]')].map((link) => link.protocol).filter((protocol) => !/^(https?|about):$/.test(protocol)),
      actions: [...document.querySelectorAll('form')].filter((form) => form.getAttribute('action').startsWith('http')).length,
    })`)
    assert.deepEqual(found, { nodes: 0, handlers: 0, hrefs: [], actions: 0 }, where)
  }
})
