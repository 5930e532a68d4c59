// The editor of a mapping in a real browser that runs no script: nothing typed is lost, whoever is slower overwrites nobody,
// hostile texts stay texts, and every page is readable in every look. PAGE_SHOTS names a folder for pictures.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { ObjectMappingInput } from '../../core/sdk/mapping.ts'
import { hostileTexts } from '../core/admin/mappings/bookings-fixture.ts'
import { createMappedFixture, deals, type MappedFixture } from '../core/admin/mappings/mapped-fixture.ts'
import { assertReadable } from './assert-readable.ts'
import { launchBrowser } from './browser.ts'
import { addField, addMapping, publishMapping, saveMapping } from './edit-mapping.ts'

const shots = process.env.PAGE_SHOTS
const looks = [
  { colorScheme: 'dark', width: 1280 },
  { colorScheme: 'light', width: 320 },
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 320 },
] as const

const rich: ObjectMappingInput = {
  ...deals,
  key: 'rich',
  when: {
    any: [
      { field: 'email', is: 'not_empty' },
      { field: 'order_total', operator: 'greater_than', value: '10' },
    ],
  },
  whenNoLonger: { update: [{ externalField: 'amount', source: { constant: '0' } }] },
  propertyMappings: [
    ...deals.propertyMappings,
    { externalField: 'contact_email', source: { template: '{email}' }, transforms: [{ name: 'lowercase' }] },
    {
      externalField: 'items',
      each: {
        nestedModel: 'OrderPosition',
        propertyMappings: [{ externalField: 'kind', source: { constant: 'ticket' } }],
      },
    },
  ],
}

describe('the editor of a mapping', () => {
  let fixture: MappedFixture
  let browser: Browser
  let context: BrowserContext
  let page: Page
  before(async () => {
    if (shots) await mkdir(shots, { recursive: true })
    fixture = await createMappedFixture()
    browser = await launchBrowser()
    context = await open({})
    page = await context.newPage()
  })
  after(async () => {
    await browser?.close()
    await fixture?.close()
  })

  const open = (options: object): Promise<BrowserContext> =>
    browser.newContext({
      javaScriptEnabled: false,
      viewport: { width: 1280, height: 900 },
      extraHTTPHeaders: { 'x-test-user': 'organizer' },
      ...options,
    })
  const mappingUrl = (id: string, path = '') => `${fixture.origin}/connections/${id}/mappings${path}`
  const editorUrl = (id: string, key: string) => mappingUrl(id, `/edit?mapping=${encodeURIComponent(key)}`)
  const draftOf = async (id: string) => (await fixture.mappings.draft(id))?.document
  const shoot = async (name: string): Promise<void> => {
    if (shots) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true })
  }
  const save = () => page.getByRole('button', { name: 'Check and save the draft' }).click()
  const words = async () => (await page.locator('main').textContent()) ?? ''

  it('makes a mapping from nothing, with what is called alike filled in, and publishes it', async () => {
    const id = await fixture.addMapped([])
    await page.goto(`${fixture.origin}/connections/${id}`)
    await page.getByRole('link', { name: 'Edit the mapping' }).click()
    assert.match(await words(), /There is no mapping yet/)
    await addMapping(page, { record: 'Order', object: 'Deal', fillsIn: true })
    await addField(page, 'Contact e-mail', { field: 'E-mail' })
    await saveMapping(page)
    const [made] = (await draftOf(id)) ?? []
    assert.deepEqual([made?.key, made?.sourceModel, made?.externalObjectType], ['deal', 'Order', 'deal'])
    assert.deepEqual(made?.propertyMappings.at(-1), {
      ...{ externalField: 'contact_email', source: { field: 'email' }, transforms: [], updateMode: 'overwrite' },
    })
    assert.equal(await fixture.mappings.published(id), null)
    await publishMapping(page, mappingUrl(id))
    assert.match(await words(), /Version 1 is in force/)
    assert.deepEqual((await fixture.mappings.published(id))?.document, [made])
  })

  it('sends a mapping of many kinds back as it was', async () => {
    const id = await fixture.addMapped([[deals, rich]])
    const before = (await fixture.mappings.published(id))?.document
    await page.goto(editorUrl(id, 'rich'))
    await save()
    assert.equal(await page.locator('.os-problems').count(), 0)
    assert.deepEqual(await draftOf(id), before)
  })

  it('asks of a change on the way only for what that change needs', async () => {
    const id = await fixture.addMapped([[deals]])
    await page.goto(editorUrl(id, 'deals'))
    await page.getByRole('button', { name: 'Add change' }).click()
    const change = page.locator('.os-mapping-row .os-item').first()
    const visibleInputs = () => change.locator('input:not([type=hidden]), textarea').filter({ visible: true }).count()
    for (const [label, count] of [
      ['In small letters', 0],
      ['One text replaced by another', 2],
      ['Rounded', 1],
      ['Words for yes and no', 2],
    ] as const) {
      await change.getByLabel('Name', { exact: true }).selectOption({ label })
      assert.equal(await visibleInputs(), count, label)
    }
  })

  it('keeps everything typed while something is wrong, and leads to each field', async () => {
    const id = await fixture.addMapped([[deals]])
    await page.goto(editorUrl(id, 'deals'))
    await page.getByLabel('Field that identifies the deal').fill('Order cod')
    await addField(page, 'Contact e-mail', { filledText: 'a {emial} b' })
    await save()
    assert.match(await page.title(), /^Error: /)
    assert.match((await page.getByRole('alert').textContent()) ?? '', /"Order cod" does not exist/)
    assert.equal(await page.getByLabel('Field that identifies the deal').inputValue(), 'Order cod')
    const text = page.locator('.os-mapping-row').last().getByLabel('Text', { exact: true }).filter({ visible: true })
    assert.equal(await text.inputValue(), 'a {emial} b')
    for (const href of await page
      .locator('.os-problems a')
      .evaluateAll((all) => all.map((one) => one.getAttribute('href')))) {
      assert.equal(await page.locator(`[id="${href?.slice(1)}"]`).count(), 1, String(href))
    }
    assert.equal(await draftOf(id), undefined)
    // Whoever wants to go on later saves it so, and sees what is missing when he comes back.
    await page.getByRole('button', { name: 'Save as it is' }).click()
    assert.equal((await draftOf(id))?.[0]?.sourceIdField, 'Order cod')
    assert.match(await words(), /Does not fit/)
    await page.goto(mappingUrl(id, '/publish'))
    assert.ok(await page.getByRole('button', { name: 'Publish' }).isDisabled())
    await page.goto(editorUrl(id, 'deals'))
    assert.match((await page.getByRole('alert').textContent()) ?? '', /"Order cod" does not exist/)
  })

  it('tells whoever was slower, keeps what she typed and lets her decide', async () => {
    const id = await fixture.addMapped([[deals]])
    await page.goto(editorUrl(id, 'deals'))
    await addField(page, 'Contact e-mail', { text: 'hers' })
    await fixture.saveDraft(id, [{ ...deals, isEnabled: false }], 'Bob')
    await save()
    assert.match(
      (await page.getByRole('alert').textContent()) ?? '',
      /Bob has changed this mapping since you opened it/,
    )
    assert.equal((await draftOf(id))?.[0]?.propertyMappings.length, 1)
    await save()
    assert.equal((await draftOf(id))?.[0]?.propertyMappings.length, 2)
  })

  it('moves, switches and removes mappings in the draft, and discards it', async () => {
    const id = await fixture.addMapped([[deals, rich]])
    await page.goto(mappingUrl(id))
    const press = (name: string) => page.getByRole('button', { name }).first().click()
    await press('Move down')
    assert.deepEqual(
      (await draftOf(id))?.map(({ key }) => key),
      ['rich', 'deals'],
    )
    await press('Switch off')
    assert.deepEqual(
      (await draftOf(id))?.map(({ isEnabled }) => isEnabled),
      [false, true],
    )
    await press('Remove from the draft')
    assert.deepEqual(
      (await draftOf(id))?.map(({ key }) => key),
      ['deals'],
    )
    await page.getByRole('link', { name: 'Discard the draft …' }).click()
    await page.getByRole('button', { name: 'Discard the draft' }).click()
    assert.equal(await draftOf(id), undefined)
    assert.equal((await fixture.mappings.published(id))?.document.length, 2)
  })

  it('shows hostile texts as texts, wherever they stand', async () => {
    const texts = hostileTexts.filter((text) => !text.includes('\0') && text.isWellFormed() && text.trim() !== '')
    assert.ok(texts.length >= 35, String(texts.length))
    const id = await fixture.addMapped([])
    await fixture.saveDraft(
      id,
      texts.map((text, index) => ({
        ...deals,
        key: `m${index}`,
        sourceIdField: text.slice(0, 128),
        when: { field: 'email', operator: 'equals', value: text },
        propertyMappings: [
          { externalField: `x${index}`, source: { constant: text } },
          { externalField: `y${index}`, source: { field: text.slice(0, 128) }, transforms: [{ name: 'prefix', text }] },
        ],
      })),
    )
    const scripted = await open({ javaScriptEnabled: true })
    const other = await scripted.newPage()
    const seen: string[] = []
    other.on('dialog', (dialog) => {
      seen.push(dialog.message())
      void dialog.dismiss()
    })
    other.on('console', (message) => seen.push(message.text()))
    other.on('pageerror', (error) => seen.push(String(error)))
    const paths = ['', '/publish', ...texts.map((_, index) => `/edit?mapping=m${index}`)]
    for (const path of paths) {
      const answer = await other.goto(mappingUrl(id, path))
      assert.equal(answer?.status(), 200, path)
      assert.equal(await other.locator('main script, main img[src=x], main iframe').count(), 0, path)
    }
    assert.deepEqual(seen, [])
    assert.equal(Reflect.get({}, 'x'), undefined)
    await scripted.close()
  })

  it('is for those who may configure the connection, and foreign ones are not there', async () => {
    const id = await fixture.addMapped([[deals]])
    const all = ['', '/new', '/edit?mapping=deals', '/publish', '/discard']
    for (const path of all) {
      assert.equal((await fixture.as('operator').get(`/connections/${id}/mappings${path}`)).status, 403, path)
      assert.equal((await fixture.as('rival').get(`/connections/${id}/mappings${path}`)).status, 404, path)
      const posted: Record<string, string> = path === '' ? { change: 'remove deals' } : { revision: '1' }
      assert.equal((await fixture.as('rival').post(`/connections/${id}/mappings${path}`, posted)).status, 404, path)
      assert.equal((await fixture.as('operator').post(`/connections/${id}/mappings${path}`, posted)).status, 403, path)
    }
    assert.equal(await draftOf(id), undefined)
    const missing = ['/edit?mapping=nothing', '/edit', '/options?mapping=deals&property=propertyMappings.7']
    for (const path of missing) {
      assert.equal((await fixture.as('organizer').get(`/connections/${id}/mappings${path}`)).status, 404, path)
    }
  })

  it('has no axe violation and no sideways scroll, light, dark and at 320 px', async () => {
    const id = await fixture.addMapped([[deals, rich]])
    await fixture.saveDraft(id, [{ ...rich, sourceIdField: 'gone' }, deals])
    for (const { width, colorScheme } of looks) {
      const looked = await open({
        javaScriptEnabled: true,
        bypassCSP: true,
        viewport: { width, height: 900 },
        colorScheme,
      })
      const other = await looked.newPage()
      for (const path of ['', '/edit?mapping=rich', '/new', '/publish', '/discard']) {
        await other.goto(mappingUrl(id, path))
        await other.locator('details').evaluateAll((all) => {
          for (const one of all) one.setAttribute('open', '')
        })
        await assertReadable(other, `${path} ${width} ${colorScheme}`)
        const name = `mapping${path.replaceAll(/\W+/g, '-')}-${width}-${colorScheme}`
        if (shots) await other.screenshot({ path: join(shots, `${name}.png`), fullPage: true })
      }
      await looked.close()
    }
    await page.goto(mappingUrl(id))
    await shoot('mapping-list')
  })
})
