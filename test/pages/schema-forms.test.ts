// A form made of a schema, in a browser with scripts switched off: lists grow and are moved, fields appear with what they
// depend on, what is wrong stands on top and beside its field. PAGE_SHOTS names a folder for pictures.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { sampleSchema } from '../core/admin/forms/sample-schema.ts'
import { assertReadable } from './assert-readable.ts'
import { launchBrowser } from './browser.ts'
import { type FormPage, startFormPage } from './form-page.ts'

const shots = process.env.PAGE_SHOTS

describe('a form made of a schema', () => {
  let browser: Browser
  let served: FormPage
  before(async () => {
    browser = await launchBrowser()
    served = await startFormPage(sampleSchema, { storedSecrets: ['proxyPassword'] })
    if (shots) await mkdir(shots, { recursive: true })
  })
  after(async () => {
    await browser.close()
    await served.close()
  })

  // The browser puts the focus after it has drawn the page.
  async function focused(page: Page): Promise<string> {
    await page.locator(':focus').waitFor()
    return page.evaluate<string>('document.activeElement.id || document.activeElement.value')
  }

  it('is filled in, sent back with what is wrong, mended and saved, without a script', async () => {
    const page = await browser.newPage({ javaScriptEnabled: false })
    await page.goto(served.origin)
    const button = (name: string | RegExp) => page.getByRole('button', { name })
    const legend = (name: string) => page.getByRole('group', { name, exact: true })

    await page.locator('#f-name').fill('Mail')
    await page.getByLabel('Base URL').fill('mail.example')
    await page.getByLabel('Europe').check()
    await page.getByLabel('Read', { exact: true }).check()
    await page.getByLabel('Token').fill('s3cret')
    await legend('Limits').getByLabel('Calls').fill('10')
    await legend('Limits').getByLabel('Per seconds').fill('1')

    // The fields of a choice and of a box are there with it.
    assert.equal(await page.locator('#f-proxy').isVisible(), false)
    await page.getByLabel('Uses proxy').check()
    await page.locator('#f-proxy').fill('https://proxy.example')
    assert.equal(await page.locator('[id="f-auth.query.name"]').isVisible(), false)
    await page.getByLabel('Query').check()
    await page.locator('[id="f-auth.query.name"]').fill('key')
    assert.equal(await page.locator('[id="f-auth.header.value"]').isVisible(), false)

    await button('Add object type').click()
    assert.equal(await focused(page), 'f-objectTypes.0.name')
    assert.equal(await page.getByLabel('Base URL').inputValue(), 'mail.example')
    assert.equal(await page.getByLabel('Token').inputValue(), '')
    assert.equal(await page.getByText('What you typed is not shown again').count(), 1)
    await page.locator('[id="f-objectTypes.0.name"]').fill('deal')
    await button('Add another object type').click()
    await page.locator('[id="f-objectTypes.1.name"]').fill('contact')
    await legend('Create').nth(1).getByRole('button', { name: 'Add header' }).click()
    assert.equal(await focused(page), 'f-objectTypes.1.create.headers.0.key')
    await page.locator('[id="f-objectTypes.1.create.headers.0.key"]').fill('Accept')
    await page.locator('[id="f-objectTypes.1.create.headers.0.value"]').fill('text/plain')
    await page.locator('[id="f-objectTypes.1.create.path"]').fill('/contacts')
    await button('Move up Object type 2').click()
    assert.equal(await page.locator('[id="f-objectTypes.0.name"]').inputValue(), 'contact')
    assert.equal(await focused(page), 'down objectTypes.0')
    await button('Remove Object type 2').click()
    assert.equal(await focused(page), 'add objectTypes')

    // Enter presses Save and no button of a list; what is wrong is on top and beside the field, in the same words.
    await page.locator('#f-name').press('Enter')
    assert.match(await page.title(), /^Error: /)
    const summary = page.getByRole('alert')
    assert.deepEqual(await summary.getByRole('link').allTextContents(), [
      'Base URL must be a web address, for example https://example.com.',
      'Enter the token.',
      'Auth: enter the value.',
      'Object type 1, Create: choose the method.',
    ])
    await summary.getByRole('link').first().click()
    assert.equal(await focused(page), 'f-baseUrl')
    const described = (await page.locator('#f-baseUrl').getAttribute('aria-describedby')) ?? ''
    assert.match((await page.locator(`[id="${described}"]`).textContent()) ?? '', /must be a web address/)

    await page.getByLabel('Base URL').fill('https://mail.example')
    await page.getByLabel('Token').fill('s3cret')
    await page.locator('[id="f-auth.query.value"]').fill('v')
    await legend('Create').getByLabel('Method').selectOption('POST')
    await page.getByLabel('Remove the stored one').check()
    await button('Save').last().click()
    assert.equal(await page.getByRole('alert').count(), 0)
    assert.deepEqual(served.saved.at(-1), {
      name: 'Mail',
      baseUrl: 'https://mail.example',
      retries: 3,
      isLive: true,
      region: 'eu',
      scopes: ['read'],
      token: 's3cret',
      proxyPassword: null,
      usesProxy: true,
      proxy: 'https://proxy.example',
      limits: { calls: 10, perSeconds: 1 },
      auth: { kind: 'query', value: 'v', name: 'key' },
      objectTypes: [
        { name: 'contact', create: { method: 'POST', path: '/contacts', headers: { Accept: 'text/plain' } }, tags: [] },
      ],
      kind: 'sample',
    })
    await page.close()
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1280, 320]) {
      it(`is readable for everybody (${colorScheme}, ${width} pixels wide)`, async () => {
        const page = await (await browser.newContext({ colorScheme, viewport: { width, height: 900 } })).newPage()
        await page.goto(served.origin)
        for (const name of ['Add object type', 'Add another object type', 'Add header', 'Add tag']) {
          await page.getByRole('button', { name }).first().click()
        }
        for (const name of ['a form', 'a form with problems']) {
          await assertReadable(page, name)
          if (shots) {
            const file = `${name.replaceAll(' ', '-')}-${width}-${colorScheme}.png`
            await page.screenshot({ path: join(shots, file), fullPage: true })
          }
          await page.getByRole('button', { name: 'Save' }).last().click()
        }
        await page.context().close()
      })
    }
  }
})
