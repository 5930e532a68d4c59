// The versions of a mapping, its way into a file and out of it, to another event and back to what is proposed, in a real
// browser: without scripts, and readable in every look. PAGE_SHOTS names a folder for pictures.
import assert from 'node:assert/strict'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { createScopeCopied } from '../../core/connections/scope-copied.ts'
import { createMappedFixture, deals, type MappedFixture, withEmail } from '../core/admin/mappings/mapped-fixture.ts'
import { conference, fair, visitorMapping, visitorPlugin } from '../core/admin/mappings/visitor-plugin.ts'
import { assertReadable } from './assert-readable.ts'
import { launchBrowser } from './browser.ts'

const shots = process.env.PAGE_SHOTS
const looks = [
  { colorScheme: 'dark', width: 1280 },
  { colorScheme: 'light', width: 320 },
  ...(shots ? [{ colorScheme: 'light', width: 1280 } as const, { colorScheme: 'dark', width: 320 } as const] : []),
] as const
const long = {
  ...deals,
  key: 'long',
  propertyMappings: [{ externalField: 'averylongnameofafield'.repeat(4), source: { constant: 'x'.repeat(90) } }],
}

describe('the versions of a mapping in the browser', () => {
  let fixture: MappedFixture
  let browser: Browser
  before(async () => {
    if (shots) await mkdir(shots, { recursive: true })
    fixture = await createMappedFixture({ plugins: [visitorPlugin] })
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.close()
    await fixture?.close()
  })

  async function open(options: { javaScriptEnabled: boolean }): Promise<{ page: Page; context: BrowserContext }> {
    const context = await browser.newContext({
      ...options,
      bypassCSP: true,
      viewport: { width: 1280, height: 900 },
      extraHTTPHeaders: { 'x-test-user': 'organizer' },
    })
    return { page: await context.newPage(), context }
  }
  const mappingUrl = (id: string, page = '') => `${fixture.origin}/connections/${id}/mappings${page}`
  const keysOf = async (id: string) => (await fixture.mappings.draft(id))?.document.map(({ key }) => key)

  it('takes a version up again, and asks before somebody loses changes', async () => {
    const id = await fixture.addMapped([[deals], [withEmail]])
    const { page, context } = await open({ javaScriptEnabled: false })
    await page.goto(mappingUrl(id, '/versions'))
    await page.getByRole('link', { name: 'Version 1' }).click()
    await page.getByRole('button', { name: 'Make it the draft' }).click()
    assert.equal(page.url(), mappingUrl(id))
    await fixture.saveDraft(id, [{ ...deals, isEnabled: false }], 'Bob')
    await page.goto(mappingUrl(id, '/versions/1'))
    await page.getByRole('button', { name: 'Make it the draft' }).click()
    assert.match((await page.locator('main').textContent()) ?? '', /Bob changed it.*It is switched on\./s)
    await page.getByRole('button', { name: 'Replace the draft' }).click()
    assert.equal(page.url(), mappingUrl(id))
    assert.equal((await fixture.mappings.draft(id))?.document[0]?.isEnabled, true)
    await context.close()
  })

  it('saves a file and reads it into another connection', async () => {
    const from = await fixture.addMapped([[withEmail]], { name: 'Saved' })
    const to = await fixture.addMapped([[deals]])
    const { page, context } = await open({ javaScriptEnabled: false })
    await page.goto(mappingUrl(from, '/versions/1'))
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Save it as a file' }).click(),
    ])
    assert.equal(download.suggestedFilename(), 'saved-mapping-version-1.json')
    const text = await readFile(await download.path(), 'utf8')
    await page.goto(mappingUrl(to, '/import'))
    await page.getByLabel('What is in the file').fill(text.slice(0, -10))
    await page.getByRole('button', { name: 'Make it the draft' }).click()
    assert.match(await page.title(), /^Error: /)
    assert.equal(await page.getByLabel('What is in the file').inputValue(), text.slice(0, -10))
    await page.getByLabel('What is in the file').fill(text)
    await page.getByRole('button', { name: 'Make it the draft' }).click()
    assert.equal(page.url(), mappingUrl(to))
    assert.deepEqual((await fixture.mappings.draft(to))?.document, (await fixture.mappings.published(from))?.document)
    await context.close()
  })

  it('copies to another event, and begins again from what is proposed', async () => {
    const from = await fixture.addMapped([[visitorMapping]], { scope: conference })
    const to = await fixture.addMapped([], { scope: fair, name: 'The fair' })
    const mail = await fixture.addMapped([[{ ...deals, key: 'own', propertyMappings: [] }]], { provider: 'mail' })
    const { page, context } = await open({ javaScriptEnabled: false })
    await page.goto(mappingUrl(from, '/versions/1'))
    await page.getByRole('link', { name: 'Copy it to another connection' }).click()
    await page.getByRole('link', { name: 'The fair' }).click()
    await page.getByLabel(/^Visitor to Deal/).uncheck()
    await page.getByRole('button', { name: 'Put them into the draft' }).click()
    assert.match(await page.title(), /^Error: /)
    await page.getByLabel(/^Visitor to Deal/).check()
    await page.getByRole('button', { name: 'Put them into the draft' }).click()
    assert.equal(page.url(), mappingUrl(to, '/fit'))
    assert.match((await page.getByRole('status').textContent()) ?? '', /is in the draft of The fair now/)
    assert.deepEqual(await keysOf(to), ['visitors'])

    await page.goto(mappingUrl(mail, '/presets'))
    await page.getByRole('button', { name: 'Put them into the draft' }).click()
    assert.equal(page.url(), mappingUrl(mail))
    assert.deepEqual(await keysOf(mail), ['own', 'deals'])
    await context.close()
  })

  it('can be read by everybody, in every look', async () => {
    const id = await fixture.addMapped(
      [[deals, visitorMapping], [withEmail, long], [{ ...withEmail, when: { field: 'email', is: 'empty' } }]],
      { scope: conference },
    )
    const other = await fixture.addMapped([[deals]], { scope: fair })
    const mail = await fixture.addMapped([[{ ...deals, propertyMappings: [] }]], { provider: 'mail' })
    const { page, context } = await open({ javaScriptEnabled: true })
    const look = async (name: string) => {
      for (const { colorScheme, width } of looks) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        await page.setViewportSize({ width, height: 900 })
        await assertReadable(page, `${name}, ${colorScheme}, ${width}`)
        if (shots) await page.screenshot({ path: join(shots, `${name}-${width}-${colorScheme}.png`), fullPage: true })
      }
      await page.setViewportSize({ width: 1280, height: 900 })
    }
    await fixture.saveDraft(id, [visitorMapping, { ...deals, when: { field: 'nonsense', is: 'empty' } }])
    await fixture.addMapped([[visitorMapping]], { provider: 'mail', scope: conference, name: 'Copied' })
    await createScopeCopied(fixture).promise({ from: conference, to: fair, transaction: 'none' })
    const [copy] = await fixture.sql(
      `select id from outbound_sync.connection where scope = $1 and provider = 'mail' and name = 'Copied'`,
      [fair],
    )
    for (const [name, path] of [
      ['mapping-of-a-copied-connection', `${fixture.origin}/connections/${copy?.id}/mapping`],
      ['mapping-versions', mappingUrl(id, '/versions')],
      ['mapping-version', mappingUrl(id, '/versions/2')],
      ['mapping-import', mappingUrl(id, '/import')],
      ['mapping-fit', mappingUrl(id, '/fit')],
      ['mapping-copy', mappingUrl(id, '/copy?version=1')],
      ['mapping-copy-to', mappingUrl(id, `/copy?version=1&to=${other}`)],
      ['mapping-copy-to-other-provider', mappingUrl(id, `/copy?version=2&to=${mail}`)],
      ['mapping-presets', mappingUrl(mail, '/presets')],
    ] as const) {
      await page.goto(path)
      await look(name)
    }
    await page.goto(mappingUrl(id, '/versions/2'))
    await page.getByRole('button', { name: 'Make it the draft' }).click()
    await look('mapping-replace-draft')
    await page.goto(mappingUrl(id, '/import'))
    await page.getByLabel('What is in the file').fill('{}')
    await page.getByRole('button', { name: 'Make it the draft' }).click()
    await look('mapping-import-problem')
    await context.close()
  })
})
