// What the README promises for the first two minutes, in a real browser with JavaScript off: sign in, place an order,
// watch it arrive in the CRM. Its screenshots are the README's pictures; UPDATE_PICTURES=1 writes them anew.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { until } from '../support/instance.ts'
import { assertReadable } from './assert-readable.ts'
import { launchBrowser } from './browser.ts'
import { placeOrder } from './place-order.ts'
import { type ShopProgram, startShopProgram } from './shop-program.ts'

const pictures = join(import.meta.dirname, 'pictures')

describe('the first two minutes', () => {
  let program: ShopProgram
  let browser: Browser
  let page: Page
  before(async () => {
    program = await startShopProgram()
    browser = await launchBrowser()
    const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 1200, height: 900 } })
    page = await context.newPage()
  })
  after(async () => {
    await browser?.close()
    await program?.stop()
  })

  const picture = async (name: string): Promise<void> => {
    if (process.env.UPDATE_PICTURES) await page.screenshot({ path: join(pictures, `${name}.png`) })
  }

  it('signs in', async () => {
    await program.signIn(page)
    assert.equal(new URL(page.url()).origin, program.origin)
  })

  it('places an order in the shop and sees it arrive, changed by the mapping', async () => {
    await page.goto(`${program.origin}/ticket-shop/orders/acme/conf26/new`)
    await picture('place-an-order')
    const email = 'ada@customers.example'
    await placeOrder(page, program.origin, { name: ['Ada', 'Lovelace'], email, company: 'Analytical Engines Ltd' })
    await page.getByText('Demo CRM').first().waitFor()
    await until(async () => {
      await page.reload()
      return (await page.locator('.os-panel a[href^="http"]').count()) > 0
    })
    await picture('order-with-panel')
    const [first] = await page.locator('.os-panel a[href^="http"]').all()
    const href = (await first?.getAttribute('href')) ?? ''
    assert.ok(href.startsWith(program.crmOrigin))
    await page.goto(`${program.crmOrigin}/objects/deal`)
    await picture('demo-crm')
    const deals = await (await fetch(`${program.crmOrigin}/api/objects/deal`)).text()
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
        await visitor.goto(program.origin + path)
        await assertReadable(visitor, `${path} ${JSON.stringify(look)}`)
      }
      await context.close()
    }
  })
})
