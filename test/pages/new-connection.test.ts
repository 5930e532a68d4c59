// From a fresh start to the first order in the CRM, connected in the browser alone: the four steps of a new connection,
// with scripts and without. PAGE_SHOTS names a folder for pictures of every step.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { until } from '../support/instance.ts'
import { assertReadable } from './assert-readable.ts'
import { launchBrowser } from './browser.ts'
import { placeOrder } from './place-order.ts'
import { type ShopProgram, startShopProgram } from './shop-program.ts'

const shots = process.env.PAGE_SHOTS
// Each colour and each width once is enough for the checks; pictures are taken of all four.
const looks = [
  { colorScheme: 'dark', width: 1280 },
  { colorScheme: 'light', width: 320 },
  ...(shots ? [{ colorScheme: 'light', width: 1280 } as const, { colorScheme: 'dark', width: 320 } as const] : []),
] as const

describe('a connection made in the browser', () => {
  let program: ShopProgram
  let browser: Browser
  before(async () => {
    if (shots) await mkdir(shots, { recursive: true })
    program = await startShopProgram()
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.close()
    await program?.stop()
  })

  async function signedIn(options: { javaScriptEnabled: boolean }): Promise<{ page: Page; context: BrowserContext }> {
    const context = await browser.newContext({ ...options, bypassCSP: true, viewport: { width: 1280, height: 900 } })
    const page = await context.newPage()
    await program.signIn(page)
    return { page, context }
  }

  /** Readable for everybody, light and dark, wide and narrow; what was posted is not asked for again. */
  async function check(page: Page, name: string): Promise<void> {
    for (const { colorScheme, width } of looks) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.setViewportSize({ width, height: 900 })
      await assertReadable(page, `${name}, ${colorScheme}, ${width}`)
      if (shots) await page.screenshot({ path: join(shots, `${name}-${width}-${colorScheme}.png`), fullPage: true })
    }
    await page.setViewportSize({ width: 1280, height: 900 })
  }

  for (const javaScriptEnabled of [false, true]) {
    const how = javaScriptEnabled ? 'with scripts' : 'without scripts'
    it(`takes four steps, and an order arrives (${how})`, async () => {
      const { page, context } = await signedIn({ javaScriptEnabled })
      // axe is a script itself, and runs where pages may have some.
      const look = (name: string) => (javaScriptEnabled ? check(page, name) : Promise.resolve())
      const main = page.locator('main')
      const name = `CRM ${how}`
      const email = `${javaScriptEnabled ? 'grace' : 'ada'}@wizard.example`

      await page.goto(`${program.origin}/connections`)
      await look('connections')
      await page.getByRole('link', { name: 'New connection' }).click()
      await page.getByRole('button', { name: 'Go on' }).click()
      assert.match(await page.title(), /^Error: /)
      await page.getByLabel(/^Demo CRM/).check()
      await page.getByLabel('For which scope?').fill('organizer:acme/event:conf26')
      await look('new-connection')
      await page.getByRole('button', { name: 'Go on' }).click()

      await page.getByLabel('Name').fill(name)
      await page.getByLabel('Address').fill('127.0.0.1')
      await page.getByRole('button', { name: 'Save and go on' }).last().click()
      assert.match(await page.title(), /^Error: /)
      await look('new-connection-settings-problem')
      await page.getByLabel('Address').fill('http://127.0.0.1:9')
      await page.getByRole('button', { name: 'Save and go on' }).last().click()

      await look('new-connection-test')
      await page.getByRole('button', { name: 'Test the connection' }).click()
      assert.match((await main.textContent()) ?? '', /It does not work/)
      await look('new-connection-test-failed')
      // Left here, and gone on with from the list.
      await page.goto(`${program.origin}/connections`)
      await look('connections-with-draft')
      await page.getByRole('link', { name, exact: true }).click()
      await page.getByLabel('Address').fill(program.crmOrigin)
      await page.getByRole('button', { name: 'Save and go on' }).last().click()
      await page.getByRole('button', { name: 'Test the connection' }).click()
      assert.match((await main.textContent()) ?? '', /It works.*answered.*GET http.*200/s)
      await look('new-connection-test-passed')
      await page.getByRole('link', { name: 'Go on' }).click()

      await page.getByText(/^With what Demo CRM proposes/).waitFor()
      await look('new-connection-mapping')
      await page.getByRole('button', { name: 'Switch on' }).click()
      assert.match((await page.getByRole('status').textContent()) ?? '', /is connected and switched on/)
      await look('connection')

      await placeOrder(page, program.origin, { name: ['Ada', 'Lovelace'], email, company: 'Analytical Engines Ltd' })
      await until(async () => {
        await page.reload()
        const arrived = page.locator('.os-panel', { hasText: name }).locator('a[href^="http"]')
        return (await arrived.count()) > 0
      }, 30_000)
      assert.match(await (await fetch(`${program.crmOrigin}/api/objects/deal`)).text(), new RegExp(email))

      await page.goto(`${program.origin}/connections`)
      await page.getByRole('link', { name, exact: true }).click()
      await page.getByRole('link', { name: 'Change settings and credentials' }).click()
      await look('connection-settings')
      await page.getByRole('link', { name: 'Delete the connection' }).click()
      await page.getByRole('button', { name: 'Delete it' }).click()
      assert.match(await page.title(), /^Error: /)
      await look('connection-delete')
      await page.getByLabel(/type its name/).fill(name)
      await page.getByRole('button', { name: 'Delete it' }).click()
      assert.match((await page.getByRole('status').textContent()) ?? '', /is deleted/)
      await context.close()
    })
  }
})
