// A connection that is agreed to in the browser: the four steps, the authorization server's own pages between them, and an
// order that arrives. Our pages are at localhost and the server at 127.0.0.1, which are two sites to the browser: it holds
// back what it would hold back from any foreign server. PAGE_SHOTS names a folder for pictures of every step.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { authorizedPlugin } from '../support/authorized-provider.ts'
import { createInstance, type Instance, until } from '../support/instance.ts'
import { clientSecret, startOidcServer } from '../support/oidc-server.ts'
import { assertReadable } from './assert-readable.ts'
import { launchBrowser } from './browser.ts'

const administrator = { email: 'ada@shop.example', password: 'correct horse battery' }
const basePath = '/sync'
const shots = process.env.PAGE_SHOTS
const looks = [
  { colorScheme: 'dark', width: 1280 },
  { colorScheme: 'light', width: 320 },
] as const

describe('a connection that is authorised in the browser', () => {
  let instance: Instance
  let server: Server
  let browser: Browser
  let pages = ''
  before(async () => {
    if (shots) await mkdir(shots, { recursive: true })
    instance = await createInstance({
      orderCount: 10,
      plugins: [authorizedPlugin],
      egressAllow: ['127.0.0.1'],
      basePath,
      secretKeys: [Buffer.alloc(32, 3).toString('base64')],
    })
    await instance.sync.ensureAdministrator(administrator)
    await instance.sync.worker.start()
    server = createServer((request, response) => void instance.sync.handler(request, response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    pages = `http://localhost:${(server.address() as AddressInfo).port}${basePath}`
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.close()
    server?.closeAllConnections()
    server?.close()
    await instance?.close()
  })

  async function check(page: Page, name: string): Promise<void> {
    for (const { colorScheme, width } of looks) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.setViewportSize({ width, height: 900 })
      await assertReadable(page, `${name}, ${colorScheme}, ${width}`)
      if (shots) await page.screenshot({ path: join(shots, `${name}-${width}-${colorScheme}.png`), fullPage: true })
    }
    await page.setViewportSize({ width: 1280, height: 900 })
  }

  async function signedIn(): Promise<{ page: Page; problems: string[] }> {
    const page = await (await browser.newContext({ javaScriptEnabled: true })).newPage()
    const problems: string[] = []
    page.on('console', (message) => {
      // The authorization server's own pages are not ours to judge.
      const isOurs = message.location().url.startsWith('http://localhost')
      if (message.type() === 'error' && isOurs) problems.push(message.text())
    })
    await page.goto(`${pages}/`)
    await page.getByLabel('E-mail').fill(administrator.email)
    await page.getByLabel('Password').fill(administrator.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    return { page, problems }
  }

  /** The pages of the authorization server: sign in, then agree. */
  async function agree(page: Page): Promise<void> {
    await page.getByRole('link', { name: /^Go on to 127\.0\.0\.1/ }).click()
    await page.waitForURL(/\/interaction\//)
    assert.equal(new URL(page.url()).hostname, '127.0.0.1')
    if ((await page.locator('[name=login]').count()) > 0) {
      await page.locator('[name=login]').fill('ada')
      await page.locator('[name=password]').fill('any')
      await page.locator('button[type=submit]').click()
    }
    await page.getByRole('button', { name: /continue/i }).click()
    await page.waitForURL(/^http:\/\/localhost/)
  }

  it('takes the four steps, and an order arrives', async (test: TestContext) => {
    const oidc = await startOidcServer(test, { redirectUris: [`${pages}/oauth/callback`] })
    const { page, problems } = await signedIn()
    const main = async () => (await page.locator('main').textContent()) ?? ''
    await page.goto(`${pages}/connections/new`)
    await page.getByLabel(/^agreed/).check()
    await page.getByLabel('For which scope?').fill('organizer:acme/event:conf26')
    await page.getByRole('button', { name: 'Go on' }).click()

    assert.equal(await page.getByLabel('Redirect address').inputValue(), `${pages}/oauth/callback`)
    await check(page, 'oauth-settings')
    await page.getByLabel('Name').fill('Account')
    await page.getByLabel('Issuer').fill(oidc.issuer)
    await page.getByLabel('Base URL').fill(oidc.apiOrigin)
    await page.getByLabel('Client ID').fill('app')
    await page.getByLabel('Client secret').fill(clientSecret)
    await page.getByRole('button', { name: 'Save and go on' }).last().click()

    assert.match(await main(), /Not authorised yet.*Go on and authorise it later/s)
    await check(page, 'oauth-test-not-authorised')
    await page.getByRole('button', { name: 'Authorise at agreed' }).click()
    await check(page, 'oauth-authorize')
    await agree(page)
    assert.match((await page.getByRole('status').textContent()) ?? '', /Account is authorised\. Test now/)
    // The code does not stay in the address.
    assert.match(page.url(), /\/connections\/[^/?]+\/test$/)
    await check(page, 'oauth-test-authorised')
    await page.getByRole('button', { name: 'Test the connection' }).click()
    assert.match(await main(), /It works.*The account is\s+Ada’s shop/s)
    await page.getByRole('link', { name: 'Go on', exact: true }).click()
    await page.getByRole('button', { name: 'Switch on' }).click()
    assert.match((await page.getByRole('status').textContent()) ?? '', /is connected and switched on/)

    await instance.placeOrder('1')
    await until(() => oidc.received.has('/deal/B1'))

    await oidc.revoke()
    await instance.placeOrder('2')
    await until(async () => {
      await page.reload()
      return (await page.getByRole('button', { name: 'Reconnect' }).count()) === 1
    })
    assert.match(await main(), /Authorise it again/)
    await check(page, 'oauth-reconnect')
    await page.getByRole('button', { name: 'Reconnect' }).click()
    await agree(page)
    assert.match((await page.getByRole('status').textContent()) ?? '', /What waited for it is sent now/)
    await until(() => oidc.received.has('/deal/B2'))
    await page.getByRole('link', { name: 'Change settings and credentials' }).click()
    await check(page, 'oauth-settings-authorised')
    assert.deepEqual(problems, [])
  })

  it('may be refused at the remote, which is said', async (test: TestContext) => {
    const oidc = await startOidcServer(test, { redirectUris: [`${pages}/oauth/callback`] })
    const { page, problems } = await signedIn()
    await page.goto(`${pages}/connections/new?provider=agreed+1.0.0&scope=organizer:acme`)
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByLabel('Issuer').fill(oidc.issuer)
    await page.getByLabel('Base URL').fill(oidc.apiOrigin)
    await page.getByLabel('Client ID').fill('app')
    await page.getByLabel('Client secret').fill(clientSecret)
    await page.getByRole('button', { name: 'Save and go on' }).last().click()
    await page.getByRole('button', { name: 'Authorise at agreed' }).click()
    await page.getByRole('link', { name: /^Go on to/ }).click()
    await page.getByRole('link', { name: /cancel/i }).click()
    await page.waitForURL(/\/settings$/)
    assert.match((await page.getByRole('alert').textContent()) ?? '', /Access was not agreed to: connect again/)
    await check(page, 'oauth-denied')
    assert.deepEqual(problems, [])
  })
})
