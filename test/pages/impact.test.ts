// The impact of a mapping in a browser without scripts: counted, read, published elsewhere, and sent; readable for everybody,
// whatever a host or a mapping writes. PAGE_SHOTS names a folder for pictures.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, it } from 'node:test'
import { createMappings } from '../../core/connections/mappings.ts'
import { mappingDocument } from '../core/admin/fixture-plugins.ts'
import { assertReadable } from './assert-readable.ts'
import { openPage } from './open-page.ts'
import { useAdminBrowser } from './use-admin-browser.ts'

const target = useAdminBrowser()
const shots = process.env.PAGE_SHOTS
const looks = [
  { colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
  { colorScheme: 'light', viewport: { width: 320, height: 640 } },
  ...(shots
    ? [
        { colorScheme: 'light', viewport: { width: 1280, height: 900 } } as const,
        { colorScheme: 'dark', viewport: { width: 320, height: 640 } } as const,
      ]
    : []),
] as const

describe('the impact of a mapping', () => {
  let connection: string
  let connectionCount = 0
  beforeEach(async () => {
    connection = await target.fixture.addConnection({ name: `Sales CRM ${++connectionCount}` })
    await saveDraft(mappingDocument)
  })
  const mappings = () => createMappings({ database: target.fixture.database })
  const saveDraft = async (document: unknown): Promise<void> => {
    const revision = (await mappings().draft(connection))?.revision ?? null
    await mappings().saveDraft({ connectionId: connection, revision, document, actor: 'Anna Berg' })
  }
  const publish = async (): Promise<void> => {
    const revision = (await mappings().draft(connection))?.revision ?? null
    await mappings().publish({ connectionId: connection, revision, over: null, actor: 'Anna Berg' })
  }
  const formPath = () => `${target.fixture.origin}/connections/${connection}/mappings/impact`

  for (const look of looks) {
    const name = `${look.colorScheme}, ${look.viewport.width} pixels wide`
    it(`is counted and its affected records sent without a script (${name})`, async () => {
      const { page, problems, close } = await openPage(target, { ...look, javaScriptEnabled: false })
      // Axe needs scripts, so it looks at the same addresses beside.
      const seen = await openPage(target, look)
      const check = async (what: string): Promise<void> => {
        await seen.page.goto(page.url())
        await assertReadable(seen.page, `${what}, ${name}`)
        if (!shots) return
        await mkdir(shots, { recursive: true })
        await seen.page.screenshot({
          path: join(shots, `${what}-${look.viewport.width}-${look.colorScheme}.png`),
          fullPage: true,
        })
      }
      const main = async (): Promise<string> => (await page.locator('main').innerText()).replaceAll(/\s+/g, ' ')
      try {
        await page.goto(`${target.fixture.origin}/connections/${connection}`)
        await page.goto(formPath())
        await check('impact-form')
        await page.getByLabel('Only the newest of each kind').check()
        await page.getByLabel('How many of the newest').fill('many')
        await page.getByRole('button', { name: 'Count', exact: true }).click()
        assert.match(await page.title(), /^Error: /)
        await assertReadable(seen.page, `problem, ${name}`)
        await page.getByLabel('How many of the newest').fill('30')
        await page.getByRole('button', { name: 'Count', exact: true }).click()
        assert.match(await main(), /Waiting It begins as soon as a worker is free/)
        await page.getByRole('link', { name: 'Stop that' }).click()
        await check('impact-waiting')
        await target.fixture.tick()
        await page
          .getByRole('link', { name: 'Ask again' })
          .or(page.getByRole('link', { name: 'Stop that' }))
          .first()
          .click()
        assert.match(await main(), /of 30 records are affected/)
        await check('impact-counted')
        await saveDraft(mappingDocument.map((one) => ({ ...one, whenNoLonger: 'delete' })))
        await page.reload()
        await check('impact-outdated')
        await page.getByRole('button', { name: 'Count again' }).click()
        await target.fixture.tick()
        await publish()
        await page.goto(page.url())
        await check('impact-published')
        await page.getByRole('button', { name: 'Later' }).click()
        await page.goto(`${target.fixture.origin}/connections/${connection}`)
        await check('impact-postponed')
        await page.getByRole('button', { name: 'Send them now' }).click()
        assert.match(await main(), /affected records are put into the queue: the first ten as a trial/)
        await page.getByRole('link', { name: 'the count' }).click()
        assert.match(await main(), /has put the affected records into the queue/)
        await check('impact-sent')
        assert.deepEqual([...problems, ...seen.problems], [])
      } finally {
        await close()
        await seen.close()
      }
    })
  }

  it('stays text, whatever the host calls its records and the mapping its fields', async () => {
    const payloads = [
      '<script>alert(1)</script>',
      `"><img src=x onerror=alert(1)>`,
      '\u202Ealert(1)\u202C',
      '<%= process.exit(1) %>',
      'x'.repeat(600),
    ]
    const { page, problems, close } = await openPage(target, { viewport: { width: 320, height: 640 } })
    try {
      await page.goto(formPath())
      await page.getByRole('button', { name: 'Count', exact: true }).click()
      await target.fixture.tick()
      const counted = page.url()
      const example = (text: string) => ({ model: text, id: text, label: text })
      const figures = {
        objectTypes: payloads.map((name) => ({
          name,
          actions: {},
          fields: [{ name, count: 1, example: example(name) }],
        })),
        causes: payloads.map((text) => ({
          ...{ kind: 'failed', objectType: text, key: text, reason: text, count: 1, example: example(text) },
        })),
      }
      await target.fixture.sql(
        `update outbound_sync.sync_run set checkpoint = checkpoint || jsonb_build_object('figures', $2::jsonb)
         where connection_id = $1`,
        [connection, JSON.stringify(figures)],
      )
      await page.goto(counted)
      const text = await page.locator('main').innerText()
      for (const payload of payloads) assert.ok(text.includes(payload), payload)
      assert.equal(await page.locator('main script, main img').count(), 0)
      await assertReadable(page, 'hostile names')
      assert.deepEqual(problems, [])
    } finally {
      await close()
    }
  })
})
