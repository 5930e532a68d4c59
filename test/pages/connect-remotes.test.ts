// Systems that nobody here wrote, connected in a browser that runs no script: a list of Debian's Mailman, a table of
// another PostgreSQL, documents on Debian's Apache. The conference's orders arrive, arrive once, and go when they are canceled, by the word of the other
// side. PAGE_SHOTS names a folder for pictures of every step; UPDATE_PICTURES=1 writes the README's picture anew.
import assert from 'node:assert/strict'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { RestDefinitionInput } from '../../plugins/rest/definition.ts'
import { createSecondDatabase, type SecondDatabase } from '../plugins/sql-table/second-database.ts'
import { type ApacheServer, apacheSkip, startApache } from '../remotes/apache-server.ts'
import { type MailmanServer, mailmanSkip, startMailman } from '../remotes/mailman-server.ts'
import { until } from '../support/instance.ts'
import { launchBrowser } from './browser.ts'
import { cancelOrder, payOrder, placeOrder } from './place-order.ts'
import { type ShopProgram, startShopProgram } from './shop-program.ts'

const scope = 'organizer:acme/event:conf26'
const shots = process.env.PAGE_SHOTS
const sqlReadme = new URL('../../plugins/sql-table/README.md', import.meta.url)
const picture = join(import.meta.dirname, 'pictures/connect-a-system.png')
const waitMs = 60_000
// A server that keeps what is put there. Its test call puts a document, because it has no page that could be asked for.
const documents: RestDefinitionInput = {
  identifier: 'documents',
  displayName: 'Documents',
  version: '1.0.0',
  baseUrl: '{{settings.address}}/digest',
  settings: [{ name: 'address', label: 'Address of the server', type: 'url', isAccount: true }],
  auth: { kind: 'digest' },
  objectTypes: [
    {
      name: 'document',
      label: 'Document',
      fields: [{ key: 'code', isRequired: true, isIdentifier: true }, { key: 'total' }],
      find: { path: '/{{id}}.json', idPath: 'code' },
      create: { method: 'PUT', path: '/{{id}}.json', idFrom: 'find' },
      update: { method: 'PUT', path: '/{{id}}.json', sends: 'whole' },
      delete: { path: '/{{id}}.json' },
    },
  ],
  test: { method: 'PUT', path: '/connected.json', body: 'template', bodyTemplate: '{ "by": "outbound-sync" }' },
}

describe('systems connected in the browser', { timeout: 300_000 }, () => {
  let mailman: MailmanServer | null = null
  let apache: ApacheServer | null = null
  let database: SecondDatabase
  let program: ShopProgram
  let browser: Browser
  let page: Page
  const orders: string[] = []
  before(async () => {
    if (shots) await mkdir(shots, { recursive: true })
    if (mailmanSkip === false) mailman = await startMailman()
    if (apacheSkip === false) apache = await startApache()
    database = await createSecondDatabase()
    const hosts = [mailman?.baseUrl, apache?.origin].flatMap((url) => (url ? [new URL(url).host] : []))
    hosts.push(`${database.settings.host}:${database.settings.port}`)
    program = await startShopProgram({ egressAllow: hosts })
    browser = await launchBrowser()
    const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 1280, height: 900 } })
    page = await context.newPage()
    await program.signIn(page)
    for (const [given, isPaid] of [
      ['Ada', true],
      ['Zoë', true],
      ['Grace', false],
    ] as const) {
      orders.push(await placeOrder(page, program.origin, { name: [given, 'Lovelace'], email: mailOf(given) }))
      if (isPaid) await payOrder(page, String(orders.at(-1)))
    }
  })
  after(async () => {
    await browser?.close()
    await program?.stop()
    await database?.close()
    await apache?.stop()
    await mailman?.stop()
  })

  it('are offered, and their plugins are off until somebody switches them on', async () => {
    await page.goto(`${program.origin}/connections/new`)
    for (const name of ['Demo CRM', 'Mailman 3', 'SQL table (PostgreSQL)', 'Webhook']) {
      assert.equal(await page.getByLabel(name).count(), 1, name)
    }
    for (const plugin of ['mailman', 'sql-table', 'webhook', 'rest']) {
      await page.goto(`${program.origin}/plugins/${plugin}`)
      assert.match((await page.locator('main').textContent()) ?? '', /switched on nowhere/i, plugin)
    }
  })

  it('are a list of a real Mailman', { skip: mailmanSkip }, async () => {
    assert.ok(mailman)
    const { baseUrl, username, password, call, roster } = mailman
    const listId = await mailman.createList('attendees')
    await connect('Mailman 3', 'Attendees', {
      'Address of the REST API': baseUrl,
      List: 'attendees@lists.example.com',
      'User name': username,
      Password: password,
    })
    assert.match(await mainText(), /It works.*Mailman 3\.\d.*attendees@lists\.example\.com.*GET http.*200/s)
    if (process.env.UPDATE_PICTURES)
      await page.screenshot({ path: picture, clip: { x: 0, y: 0, width: 880, height: 600 } })
    await switchOn('Attendees')
    await backfill('Attendees', 3)
    const both = ['Ada Lovelace <ada@customers.example>', 'Zoë Lovelace <zoe@customers.example>']
    assert.deepEqual(await roster(listId), both)

    // Run twice: nothing changes, not even the day somebody is subscribed since.
    const entries = async () => (await call('GET', `lists/${listId}/roster/member`)).json()
    const before = await entries()
    assert.match(await backfill('Attendees', 3), /Sent\s*0\s/)
    assert.deepEqual(await entries(), before)

    await payOrder(page, String(orders[2]))
    await until(async () => (await roster(listId)).includes('Grace Lovelace <grace@customers.example>'), waitMs)
    await cancelOrder(page, String(orders[0]))
    await until(async () => !(await roster(listId)).some((one) => one.startsWith('Ada')), waitMs)
    assert.deepEqual(await mailman.members(listId), [
      'Grace Lovelace <grace@customers.example>',
      'Zoë Lovelace <zoe@customers.example>',
    ])
  })

  it('are a table of another PostgreSQL', async () => {
    const { host, port, database: name, user, password } = database.settings
    const fields = { Host: host, Port: port, Database: name, User: user, Password: password }
    await connect('SQL table (PostgreSQL)', 'Reports', fields, 'None: only for a network of your own')
    // What is wrong there is said, and put right while the draft waits.
    assert.match(await mainText(), /It does not work.*has no table with a unique column/s)
    const [createTable] = /create table orders[^;]*;/.exec(await readFile(sqlReadme, 'utf8')) ?? []
    await database.query(createTable ?? '')
    await page.getByRole('button', { name: 'Test again' }).click()
    assert.match(await mainText(), /It works.*PostgreSQL \d+.*has the tables orders\./s)
    await switchOn('Reports')
    await backfill('Reports', 3)
    // xmin names the transaction that has last written a row.
    const rows = () => database.query('select email, status, total, xmin::text from orders order by email')
    const before = await rows()
    assert.deepEqual(
      before.map(({ email }) => email),
      ['Ada', 'Grace', 'Zoë'].map(mailOf),
    )
    assert.equal(before[2]?.status, 'paid')
    assert.match(await backfill('Reports', 3), /Sent\s*0\s/)
    assert.deepEqual(await rows(), before)

    await cancelOrder(page, String(orders[1]))
    await until(async () => (await rows())[2]?.status === 'canceled', waitMs)
    assert.deepEqual((await rows()).slice(0, 2), before.slice(0, 2))
  })

  it('are documents behind the digest authentication of a real Apache', { skip: apacheSkip }, async () => {
    assert.ok(apache)
    await page.goto(`${program.origin}/providers/import`)
    await page.getByLabel('JSON of an exported provider').fill(JSON.stringify({ kind: 'rest', definition: documents }))
    await page.getByRole('button', { name: 'Import' }).click()
    await page.getByRole('link', { name: 'Publish …' }).click()
    await page.getByRole('button', { name: 'Publish' }).click()

    const { origin, username, password } = apache
    const settings = { 'Address of the server': origin, 'User name': username }
    await connect('Documents', 'Archive', { ...settings, Password: 'a-wrong-password' })
    assert.match(await mainText(), /It does not work.*credentials were not accepted.*PUT http.*401/s)
    assert.deepEqual(await apache.documents('digest'), {})
    await page.getByRole('link', { name: 'Settings', exact: true }).click()
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Save and go on' }).last().click()
    await page.getByRole('button', { name: 'Test the connection' }).click()
    await shoot('Archive-4-passed')
    assert.match(await mainText(), /It works.*PUT http.*201/s)
    assert.deepEqual(await apache.documents('digest'), { 'connected.json': { by: 'outbound-sync' } })
  })

  const mainText = async (): Promise<string> => (await page.locator('main').textContent()) ?? ''

  const shoot = async (name: string): Promise<void> => {
    if (!shots) return
    for (const [colorScheme, width] of [
      ['light', 1280],
      ['dark', 1280],
      ['light', 320],
    ] as const) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 900 })
      await page.screenshot({
        path: join(shots, `${name}-${width}-${colorScheme}.png`),
        fullPage: true,
        animations: 'disabled',
      })
    }
    await page.setViewportSize({ width: 1280, height: 900 })
  }

  /** From the list to the answer of the test. */
  async function connect(
    provider: string,
    name: string,
    settings: Readonly<Record<string, unknown>>,
    choice?: string,
  ): Promise<void> {
    await page.goto(`${program.origin}/connections`)
    await page.getByRole('link', { name: 'New connection' }).click()
    await page.getByLabel(provider).check()
    await page.getByLabel('For which scope?').fill(scope)
    await shoot(`${name}-1-provider`)
    await page.getByRole('button', { name: 'Go on' }).click()
    for (const [label, value] of Object.entries({ Name: name, ...settings })) {
      await page.getByLabel(label, { exact: true }).fill(String(value))
    }
    if (choice) await page.getByRole('radio', { name: choice, exact: true }).check()
    await shoot(`${name}-2-settings`)
    await page.getByRole('button', { name: 'Save and go on' }).last().click()
    await page.getByRole('button', { name: 'Test the connection' }).click()
    await shoot(`${name}-3-test`)
  }

  async function switchOn(name: string): Promise<void> {
    await page.getByRole('link', { name: 'Go on', exact: true }).click()
    await shoot(`${name}-4-mapping`)
    await page.getByLabel(/^Switch it on/).check()
    await page.getByRole('button', { name: 'Switch on' }).click()
    assert.match((await page.getByRole('status').textContent()) ?? '', /is connected and switched on.*is switched on/)
    await shoot(`${name}-5-connected`)
  }

  /** Sends all orders there are. Answers with the page when it is done. */
  async function backfill(name: string, orderCount: number): Promise<string> {
    await page.goto(`${program.origin}/connections`)
    await page.getByRole('link', { name, exact: true }).click()
    await page.getByRole('link', { name: 'New backfill' }).click()
    await shoot(`${name}-6-backfill`)
    assert.equal(await page.getByLabel('Connection').locator('option:checked').textContent(), name)
    await page.getByLabel('Orders', { exact: true }).check()
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByRole('button', { name: 'Count' }).click()
    await shoot(`${name}-7-counted`)
    assert.match(await mainText(), new RegExp(`${orderCount}\\s+Orders\\s+fit`))
    await page.getByRole('button', { name: 'Start the backfill' }).click()
    // The page asks again by itself, which would come between.
    const still = new URL(page.url())
    still.searchParams.set('live', 'no')
    await until(async () => {
      await page.goto(still.href)
      return new RegExp(`${orderCount}\\s+of\\s+${orderCount}\\s+done`).test(await mainText())
    }, waitMs)
    await shoot(`${name}-8-done`)
    return mainText()
  }
})

function mailOf(given: string): string {
  return `${given.toLowerCase().replace('ë', 'e')}@customers.example`
}
