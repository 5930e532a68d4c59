// From the documentation of an API (test/fixtures/invented-api) to orders arriving there, in a browser that runs no script.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { OutboundSync } from '../../core/index.ts'
import { createOutboundSync } from '../../core/outbound-sync.ts'
import type { FakeRemote } from '../../core/testing/index.ts'
import { type Larkdesk, startLarkdesk } from '../fixtures/invented-api/larkdesk.ts'
import { until } from '../support/instance.ts'
import { createMigratedDatabase } from '../support/migrated-database.ts'
import { type ServedSync, serveSync } from '../support/serve-sync.ts'
import { assertReadable } from './assert-readable.ts'
import { launchBrowser } from './browser.ts'
import { addField, addMapping, publishMapping, saveMapping, translateOptions } from './edit-mapping.ts'
import { placeOrder } from './place-order.ts'

const key = 'the-key-of-the-desk-4711'
const scope = 'organizer:acme/event:conf26'
const actor = 'Ada'
const shots = process.env.SHOTS

describe('a provider made in the browser', () => {
  let database: Awaited<ReturnType<typeof createMigratedDatabase>>
  let sync: OutboundSync
  let served: ServedSync
  let desk: Larkdesk
  let remote: FakeRemote
  let browser: Browser
  let page: Page
  let origin = ''
  before(async () => {
    database = await createMigratedDatabase()
    ;({ desk, remote } = await startLarkdesk({ key }))
    sync = await createOutboundSync({
      databaseUrl: database.databaseUrl,
      plugins: ['./plugins/ticket-shop', './plugins/rest'],
      secretKeys: [Buffer.alloc(32, 7).toString('base64')],
      egressAllow: ['127.0.0.1/32'],
      workerPollIntervalMs: 100,
      identify({ headers }) {
        const rights = headers['x-rights']
        // Configuring an event is not configuring where everybody's credentials go.
        const can = (permission: string, asked: string) =>
          rights === undefined ||
          permission === rights ||
          (rights === 'event' && (permission === 'view' || asked === scope))
        return { id: 'ada', name: actor, can }
      },
      logStream: { write: () => undefined },
    })
    await sync.start()
    await sync.notifyStarted()
    await sync.worker.start()
    served = await serveSync(sync)
    origin = served.origin
    browser = await launchBrowser()
    page = await (await browser.newContext({ javaScriptEnabled: false })).newPage()
  })
  after(async () => {
    await browser?.close()
    served?.close()
    await sync?.stop()
    await remote?.close()
    await database?.drop()
  })

  const field = (name: string) => page.locator(`[name="definition.${name}"]:not([type=hidden])`)
  /** What is folded away is opened from outside to inside. */
  const unfold = async (): Promise<void> => {
    // What belongs to a call that is not used is not there to be opened.
    const closed = page.locator('details:not([open]) > summary').filter({ visible: true })
    while ((await closed.count()) > 0) await closed.first().click()
  }
  const fill = async (values: Readonly<Record<string, string | boolean>>): Promise<void> => {
    await unfold()
    for (const [name, value] of Object.entries(values)) {
      const element = field(name).first()
      const type = await element.evaluate((node: { tagName: string; type?: string }) => `${node.tagName} ${node.type}`)
      if (typeof value === 'boolean') await element.setChecked(value)
      else if (type.startsWith('SELECT')) await element.selectOption(value)
      else if (type.endsWith('radio')) await page.locator(`[name="definition.${name}"][value="${value}"]`).check()
      else await element.fill(value)
    }
  }
  const add = async (list: string): Promise<void> => {
    await unfold()
    await page.locator(`button[name="form action"][value="add definition.${list}"]`).click()
  }
  const save = () => page.getByRole('button', { name: 'Check and save' }).last().click()
  const shoot = async (name: string): Promise<void> => {
    if (shots) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true })
  }
  const runShop = async (...words: string[]): Promise<void> => {
    const [name, ...rest] = words
    const command = sync.commands.find(({ command }) => command.name === name)?.command
    assert.equal(await command?.run({ arguments: rest, options: {} }), 0, words.join(' '))
  }

  it('is described by what the documentation says', async () => {
    await page.goto(`${origin}/providers`)
    await shoot('list-empty')
    await page.getByRole('link', { name: 'New REST provider' }).click()
    await page.setViewportSize({ width: 1280, height: 900 })
    const calls = page.locator('[name="definition.objectTypes.0.update"], [name="definition.objectTypes.0.create"]')
    assert.equal(await calls.filter({ visible: true }).count(), 2)
    const height = await page.evaluate<number>('document.documentElement.scrollHeight')
    assert.ok(height <= 4 * 900, `${height} pixels high`)
    await fill({ identifier: 'larkdesk', displayName: '', version: '1.0.0', baseUrl: '{{settings.adress}}/v3' })
    await save()
    // Nothing is lost, and each problem leads to its field.
    assert.match(await page.title(), /^Error:/)
    assert.match((await page.getByRole('alert').textContent()) ?? '', /name/i)
    assert.equal(await field('identifier').inputValue(), 'larkdesk')
    await shoot('new-with-problems')
    await add('settings')
    await add('settings')
    await add('headers')
    await fill({
      displayName: 'Larkdesk',
      baseUrl: '{{settings.address}}/v3',
      'settings.0.name': 'address',
      'settings.0.label': 'Address of the desk',
      'settings.0.type': 'url',
      'settings.0.isAccount': true,
      'settings.1.name': 'deskKey',
      'settings.1.label': 'Key of the desk',
      'settings.1.type': 'secret',
      'headers.0.name': 'X-Desk-Key',
      'headers.0.value': '{{settings.deskKey}}',
    })
    for (let count = 1; count < 6; count += 1) await add('objectTypes.0.fields')
    await add('objectTypes.0.find.query')
    await unfold()
    for (const call of ['objectTypes.0.delete', 'test']) {
      await page.locator(`input[type=checkbox][name="definition.${call}"]`).check()
    }
    await fill({
      'objectTypes.0.name': 'ticket',
      'objectTypes.0.label': 'Ticket',
      'objectTypes.0.fields.0.key': 'reference',
      'objectTypes.0.fields.1.key': 'state',
      'objectTypes.0.fields.2.key': 'amount',
      'objectTypes.0.fields.2.type': 'number',
      'objectTypes.0.fields.3.key': 'mail',
      'objectTypes.0.fields.3.type': 'email',
      'objectTypes.0.fields.3.path': 'requester.mail',
      'objectTypes.0.fields.4.key': 'name',
      'objectTypes.0.fields.4.path': 'requester.name',
      'objectTypes.0.fields.5.key': 'lines',
      'objectTypes.0.fields.5.type': 'object_list',
      'objectTypes.0.find.path': '/tickets',
      'objectTypes.0.find.query.0.name': 'filter[{{idField}}]',
      'objectTypes.0.find.query.0.value': '{{id}}',
      'objectTypes.0.find.objectsPath': 'tickets',
      'objectTypes.0.find.idPath': 'number',
      'objectTypes.0.find.valuesPath': 'attributes',
      'objectTypes.0.create.path': '/tickets',
      'objectTypes.0.create.bodyPath': 'data.attributes',
      'objectTypes.0.create.idPath': 'ticket.number',
      'objectTypes.0.create.exists.statuses': '409',
      'objectTypes.0.update.path': '/tickets/{{remoteId}}',
      'objectTypes.0.update.bodyPath': 'data.attributes',
      'objectTypes.0.delete.path': '/tickets/{{remoteId}}',
      'objectTypes.0.link': '{{settings.address}}/desk/tickets/{{remoteId}}',
      'test.path': '/me',
      'test.accountPath': 'desk.name',
    })
    await add('errors')
    await fill({
      'errors.0.when.statuses': '422',
      'errors.0.problemsPath': 'problems',
      'errors.0.problemFieldPath': 'at',
      'errors.0.problemMessagePath': 'says',
    })
    await shoot('edit')
    await save()
    assert.match((await page.getByRole('status').textContent()) ?? '', /draft is saved/)
  })

  it('is published after the page has said what that means', async () => {
    await shoot('draft')
    await page.getByRole('link', { name: 'Publish …' }).click()
    assert.match((await page.locator('main').textContent()) ?? '', /does not change any more/)
    await shoot('publish')
    await page.getByRole('button', { name: 'Publish' }).click()
    assert.match((await page.getByRole('status').textContent()) ?? '', /Larkdesk 1\.0\.0 is published/)
    await page.goto(`${origin}/providers/larkdesk/1.0.0/edit`)
    assert.match((await page.locator('main').textContent()) ?? '', /does not change any more/)
  })

  it('is connected in four steps, with what its settings say', async () => {
    await page.goto(`${origin}/providers/larkdesk/1.0.0`)
    await page.getByRole('link', { name: 'New connection' }).click()
    assert.ok(await page.getByLabel(/^Larkdesk 1\.0\.0/).isChecked())
    await page.getByLabel('For which scope?').fill(scope)
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByLabel('Name', { exact: true }).fill('Our desk')
    await page.getByLabel('Address of the desk').fill(remote.origin)
    await page.getByLabel('Key of the desk').fill('mistyped')
    await shoot('connect-settings')
    await page.getByRole('button', { name: 'Save and go on' }).last().click()
    await page.getByRole('button', { name: 'Test the connection' }).click()
    await shoot('connect-refused')
    assert.match((await page.locator('main').textContent()) ?? '', /It does not work.*GET http.*401/s)
    await page.getByRole('link', { name: 'Settings', exact: true }).click()
    assert.equal(await page.getByLabel('Key of the desk').inputValue(), '')
    await page.getByLabel('Key of the desk').fill(key)
    await page.getByRole('button', { name: 'Save and go on' }).last().click()
    await page.getByRole('button', { name: 'Test the connection' }).click()
    await shoot('connect-tested')
    assert.match(
      (await page.locator('main').textContent()) ?? '',
      /It works.*The account is Acme support.*GET http.*200/s,
    )
    await page.getByRole('link', { name: 'Go on', exact: true }).click()
    await shoot('connect-mapping')
    assert.match((await page.locator('main').textContent()) ?? '', /Larkdesk proposes no mapping/)
    await page.getByLabel(/^Switch it on/).check()
    await page.getByRole('button', { name: 'Switch on' }).click()
    assert.match((await page.getByRole('status').textContent()) ?? '', /Our desk is connected and switched on/)
    await shoot('connected')
  })

  it('gets its mapping, with a list of the positions of each order', async () => {
    const mappingUrl = page.url()
    assert.match(mappingUrl, /\/mappings$/)
    await addMapping(page, { record: 'Order', object: 'Ticket' })
    await page.getByLabel('Field that identifies the ticket').fill('Event and order code')
    await addField(page, 'mail', { field: 'E-mail of the order' })
    await addField(page, 'amount', { field: 'Order total' })
    await addField(page, 'state', { field: 'Order status' })
    await addField(page, 'lines', {
      listOf: 'Order position',
      fields: [
        { name: 'sku', field: 'Product and variation' },
        { name: 'price', field: 'Ticket price' },
      ],
    })
    await saveMapping(page)
    await translateOptions(page, {
      mapping: 'Order to Ticket',
      field: 'Order status',
      options: { pending: 'open', paid: 'solved', canceled: 'void', expired: 'void' },
    })
    await shoot('mapping')
    await publishMapping(page, mappingUrl)
    assert.match((await page.getByRole('status').textContent()) ?? '', /Version \d+ is in force/)
  })

  it('brings the orders of the conference there, once, and their changes', async () => {
    for (const name of ['ada', 'grace', 'mary']) {
      await placeOrder(page, origin, { name: ['Ada', 'Lovelace'], email: `${name}@customers.example` })
    }
    await until(() => desk.tickets().size === 3)
    const tickets = () => [...desk.tickets().values()]
    const [first] = tickets()
    assert.deepEqual(first?.requester, { mail: 'ada@customers.example' })
    assert.equal(first?.state, 'open')
    assert.equal(typeof first?.amount, 'number')
    assert.match(JSON.stringify(first?.lines), /^\[\{"sku":"[^"]+","price":"[\d.]+"\}\]$/)

    // Run twice: nothing changes.
    const before = structuredClone(tickets())
    const callCount = remote.calls.length
    await page.goto(`${origin}/`)
    const { connectionId } = await onlyConnection()
    await sync.operations.startBackfill({ connectionId, sourceModel: 'Order', scope, actor })
    const finished = async () =>
      Number(
        (
          await database.database.executeSql<{ count: number }>(
            `select count(*)::int as count from outbound_sync.attempt where outcome = 'nothing_to_do'`,
          )
        ).rows[0]?.count,
      )
    await until(async () => (await finished()) === 3)
    assert.deepEqual(tickets(), before)
    assert.deepEqual(
      remote.calls.slice(callCount).filter(({ method }) => method !== 'GET'),
      [],
    )

    const code = String(first?.reference).split('-').at(-1) ?? ''
    await runShop('order', 'cancel', code)
    await until(() => tickets()[0]?.state === 'void')
    assert.equal(desk.tickets().size, 3)
  })

  it('is exported, imported as another one, and refused with the path of what is wrong', async () => {
    await page.goto(`${origin}/providers/larkdesk/1.0.0`)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Export as JSON' }).click(),
    ])
    assert.equal(download.suggestedFilename(), 'larkdesk-1.0.0.json')
    const exported = await readFile(await download.path(), 'utf8')
    const attempt = async (text: string): Promise<void> => {
      await page.goto(`${origin}/providers/import`)
      await page.getByLabel('JSON of an exported provider').fill(text)
      await page.getByRole('button', { name: 'Import' }).click()
    }
    await attempt(exported)
    assert.match(
      (await page.getByRole('alert').textContent()) ?? '',
      /version 1\.0\.0 of "larkdesk" exists already \(active\)/,
    )
    await attempt(exported.replace('"baseUrl": "', '"baseUrl": "ftp://'))
    assert.match((await page.getByRole('alert').textContent()) ?? '', /definition\.baseUrl: must begin with https/)
    await shoot('import-with-problems')
    await attempt('{"kind": "rest", "definition": {"__proto__": 1')
    assert.match((await page.getByRole('alert').textContent()) ?? '', /This is no JSON/)
    await attempt(exported.replace('"larkdesk"', '"larkdesk-copy"'))
    assert.match((await page.getByRole('status').textContent()) ?? '', /imported as a draft/)
    await page.getByRole('link', { name: 'Delete the draft …' }).click()
    await page.getByRole('button', { name: 'Delete the draft' }).click()
    assert.match((await page.getByRole('status').textContent()) ?? '', /draft of Larkdesk 1\.0\.0 is deleted/)
  })

  it('has new versions beside the old one, which is deprecated and retired with its consequences in words', async () => {
    await page.goto(`${origin}/providers/larkdesk/1.0.0`)
    assert.equal(await page.getByRole('textbox', { name: 'Version' }).inputValue(), '1.1.0')
    await page.getByRole('button', { name: 'Draft it' }).click()
    await fill({ displayName: 'Larkdesk (new)' })
    await page.getByRole('button', { name: 'Save as it is' }).click()
    await page.goto(`${origin}/providers`)
    assert.match(
      (await page.getByRole('table').textContent()) ?? '',
      /1\.1\.0.*Draft.*0 connections.*1\.0\.0.*Published.*1 connection/s,
    )
    await shoot('list')
    await page.getByRole('link', { name: /^1\.0\.0/ }).click()
    await page.getByRole('link', { name: 'Deprecate …' }).click()
    assert.match((await page.locator('main').textContent()) ?? '', /One connection uses it and goes on as before/)
    await page.getByRole('button', { name: 'Deprecate' }).click()
    await page.getByRole('link', { name: 'Retire …' }).click()
    assert.match(
      (await page.locator('main').textContent()) ?? '',
      /One connection uses it\. Within seconds nothing is sent there/,
    )
    await page.getByRole('button', { name: 'Retire' }).click()
    assert.match((await page.getByRole('status').textContent()) ?? '', /is retired/)
    await shoot('retired')
    await page.goto(`${origin}/providers/larkdesk/1.0.0/retire`)
    assert.match((await page.locator('main').textContent()) ?? '', /is retired, so this cannot be done/)
  })

  it('is for those who may configure the whole instance', async () => {
    const form = { origin, 'content-type': 'application/x-www-form-urlencoded' }
    for (const path of [
      '/providers',
      '/providers/new',
      '/providers/import',
      '/providers/larkdesk/1.1.0',
      '/providers/larkdesk/1.1.0/edit',
      '/providers/larkdesk/1.1.0/export',
      '/providers/larkdesk/1.1.0/delete',
    ]) {
      for (const [rights, expected] of [
        ['view', 403],
        ['event', 403],
        ['operate', 404],
      ] as const) {
        assert.equal(
          (await fetch(`${origin}${path}`, { headers: { 'x-rights': rights } })).status,
          expected,
          `GET ${path} as ${rights}`,
        )
        if (/1\.1\.0$|export$|providers$/.test(path)) continue
        const answer = await fetch(`${origin}${path}`, {
          method: 'POST',
          headers: { ...form, 'x-rights': rights },
          body: 'a=1',
        })
        assert.equal(answer.status, expected, `POST ${path} as ${rights}`)
      }
    }
    const home = (headers: Record<string, string>) =>
      fetch(`${origin}/plugins`, { headers }).then((answer) => answer.text())
    assert.match(await home({}), />Providers</)
    assert.doesNotMatch(await home({ 'x-rights': 'event' }), />Providers</)
  })

  it('answers nonsense with a sentence and never with a fault', async () => {
    const post = (path: string, body: string) =>
      fetch(`${origin}${path}`, {
        method: 'POST',
        redirect: 'manual',
        headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
        body,
      })
    const hostile = [
      'definition.__proto__.x=1&definition.constructor.prototype=1',
      'definition.objectTypes.999999.name=a&definition.objectTypes.0.fields.0.key=__proto__',
      'definition=1&definition.identifier=%00&definition.version=%ff&save=as-is',
      'form+action=add+definition.objectTypes.0.fields.__proto__',
      `definition.identifier=${'a'.repeat(70_000)}&save=as-is`,
      `definition.baseUrl=${'%7B%7B'.repeat(3000)}`,
      'revision=1&definition.identifier=larkdesk&definition.version=1.1.0&save=as-is',
    ]
    for (const path of [
      '/providers/new?kind=rest',
      '/providers/new?kind=__proto__',
      '/providers/larkdesk/1.1.0/edit',
      '/providers/larkdesk/1.0.0/edit',
      '/providers/%00/1/edit',
    ]) {
      for (const body of hostile) {
        const { status } = await post(path, body)
        assert.ok([200, 303, 404, 409, 422].includes(status), `${path} ${body.slice(0, 60)}: ${status}`)
      }
    }
    for (const file of [
      '',
      'null',
      '[]',
      '5',
      '{"kind":"rest"}',
      '{"kind":"nope","definition":{}}',
      '{"kind":"rest","definition":{"__proto__":{"a":1}}}',
      `${'['.repeat(100_000)}`,
      '{"kind":"rest","definition":{"identifier":"a","objectTypes":[null,5,"x",{"fields":{}}]}}',
    ]) {
      assert.equal(
        (await post('/providers/import', new URLSearchParams({ file }).toString())).status,
        422,
        file.slice(0, 60),
      )
    }
    for (const path of [
      '/providers/a/b',
      '/providers/larkdesk/%00',
      '/providers/%ff/1',
      '/providers/larkdesk/1.0.0/__proto__',
    ]) {
      const { status } = await fetch(`${origin}${path}`)
      assert.ok([400, 404].includes(status), `${path}: ${status}`)
    }
    assert.equal((await post('/providers/larkdesk/1.1.0/new-version', 'version=x')).status, 303)
  })

  it('has no axe violation on its pages, light, dark and at 320 px', async () => {
    for (const look of [
      { colorScheme: 'light', viewport: { width: 1280, height: 900 } },
      { colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
      { colorScheme: 'light', viewport: { width: 320, height: 800 } },
    ] as const) {
      // axe itself is a script; the pages have none.
      const context = await browser.newContext({ ...look, bypassCSP: true })
      const visitor = await context.newPage()
      for (const path of [
        '/providers',
        '/providers/larkdesk/1.0.0',
        '/providers/larkdesk/1.1.0/edit',
        '/providers/larkdesk/1.1.0/publish',
        '/providers/import',
      ]) {
        await visitor.goto(origin + path)
        if (shots)
          await visitor.screenshot({
            path: join(shots, `${path.replaceAll('/', '_')}-${look.colorScheme}-${look.viewport.width}.png`),
            fullPage: true,
          })
        await assertReadable(visitor, `${path} ${JSON.stringify(look)}`)
      }
      await context.close()
    }
  })

  async function onlyConnection(): Promise<{ connectionId: string }> {
    const { rows } = await database.database.executeSql<{ id: string }>('select id from outbound_sync.connection')
    assert.equal(rows.length, 1)
    return { connectionId: String(rows[0]?.id) }
  }
})
