// What the README promises for the first two minutes, in a real browser with JavaScript off: sign in, place an order,
// watch it arrive in the CRM. Its screenshots are the README's pictures; UPDATE_PICTURES=1 writes them anew.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from 'playwright-core'
import { until } from '../support/instance.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { launchBrowser } from './browser.ts'

const root = join(import.meta.dirname, '../..')
const pictures = join(import.meta.dirname, 'pictures')
const password = 'correct horse battery'

describe('the first two minutes', () => {
  let program: ChildProcess
  let browser: Browser
  let page: Page
  let drop: () => Promise<void>
  let dataFolder = ''
  let origin = ''
  let crm = ''
  before(async () => {
    const created = await createTestDatabase()
    drop = created.drop
    dataFolder = await mkdtemp(join(tmpdir(), 'outbound-sync-pages-'))
    const plugins = ['ticket-shop', 'demo-crm', 'webhook'].flatMap((name) => ['--plugin', `./plugins/${name}`])
    program = spawn(process.execPath, ['core/main.ts', 'start', ...plugins], {
      cwd: root,
      env: {
        ...process.env,
        PORT: '0',
        DATABASE_URL: created.databaseUrl,
        OUTBOUND_SYNC_DATA_FOLDER: dataFolder,
        OUTBOUND_SYNC_KEY: Buffer.alloc(32, 3).toString('base64'),
        OUTBOUND_SYNC_ADMIN_PASSWORD: password,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    program.stdout?.on('data', (chunk) => {
      output += String(chunk)
    })
    await until(() => output.includes('Stop with'), 40_000)
    origin = /Pages\s+(http:\S+?)\/\s/.exec(output)?.[1] ?? ''
    crm = /demo-crm\s+(http:\S+?)\/\s/.exec(output)?.[1] ?? ''
    browser = await launchBrowser()
    const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 1200, height: 900 } })
    page = await context.newPage()
  })
  after(async () => {
    await browser?.close()
    const exited = once(program, 'exit')
    program.kill('SIGTERM')
    await exited
    await drop()
    await rm(dataFolder, { recursive: true, force: true })
  })

  const picture = async (name: string): Promise<void> => {
    if (process.env.UPDATE_PICTURES) await page.screenshot({ path: join(pictures, `${name}.png`) })
  }

  it('signs in', async () => {
    await page.goto(`${origin}/`)
    await page.getByLabel('E-mail').fill('admin@localhost')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
  })

  it('places an order in the shop and sees it arrive, changed by the mapping', async () => {
    await page.goto(`${origin}/ticket-shop/orders/acme/conf26/new`)
    await picture('place-an-order')
    await placeOrder(page)
    await page.getByText('Demo CRM').first().waitFor()
    await until(async () => {
      await page.reload()
      return (await page.locator('.os-panel a[href^="http"]').count()) > 0
    })
    await picture('order-with-panel')
    const [first] = await page.locator('.os-panel a[href^="http"]').all()
    const href = (await first?.getAttribute('href')) ?? ''
    assert.ok(href.startsWith(crm))
    await page.goto(`${crm}/objects/deal`)
    await picture('demo-crm')
    const deals = await (await fetch(`${crm}/api/objects/deal`)).text()
    assert.match(deals, /ada@customers\.example/)
  })

  it('has no axe violation on the way, light, dark and at 320 px', async () => {
    const paths = [
      '/',
      '/queue',
      '/connections',
      '/plugins',
      '/backfills',
      '/ticket-shop',
      '/ticket-shop/orders/acme/conf26',
    ]
    const signedIn = await page.context().storageState()
    for (const look of [
      { colorScheme: 'light', viewport: { width: 1200, height: 900 } },
      { colorScheme: 'dark', viewport: { width: 1200, height: 900 } },
      { colorScheme: 'light', viewport: { width: 320, height: 800 } },
    ] as const) {
      // axe itself is a script; the pages have none.
      const context = await browser.newContext({ ...look, storageState: signedIn, bypassCSP: true })
      const visitor = await context.newPage()
      for (const path of paths) {
        await visitor.goto(origin + path)
        const { violations } = await new AxeBuilder({ page: visitor })
          .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
          .analyze()
        assert.deepEqual(
          violations.map(({ id, nodes }) => ({ id, on: nodes.map((node) => node.html) })),
          [],
          `${path} ${JSON.stringify(look)}`,
        )
        const overflow = await visitor.evaluate('document.documentElement.scrollWidth - window.innerWidth')
        assert.ok(Number(overflow) <= 0, `${path} scrolls sideways by ${overflow} px at ${look.viewport.width} px`)
      }
      await context.close()
    }
  })
})

async function placeOrder(page: Page): Promise<void> {
  await page.locator('#position0_item').selectOption('1-2')
  await page.locator('#position0_attendeeName_given_name').fill('Ada')
  await page.locator('#position0_attendeeName_family_name').fill('Lovelace')
  await page.locator('#position0_q5').selectOption('vegetarian')
  await page.locator('#position0_q6').check()
  await page.locator('#email').fill('ada@customers.example')
  await page.locator('#invoiceAddress_company').fill('Analytical Engines Ltd')
  await page.locator('#invoiceAddress_city').fill('London')
  await page.getByRole('button', { name: 'Place the order' }).click()
}
