// Every form of the admin pages in a browser that runs no script.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { insertJob } from '../core/admin/insert-rows.ts'
import { openPage } from './open-page.ts'
import { useAdminBrowser } from './use-admin-browser.ts'

const target = useAdminBrowser()

describe('with scripts switched off', () => {
  it('every form does its work', async () => {
    const connection = await target.fixture.addConnection({ name: 'Scriptless CRM' })
    const jobs = {
      retry: await insertJob(target.fixture, { connection, order: '21', state: 'needs_attention', reason: 'config' }),
      cancel: await insertJob(target.fixture, { connection, order: '22' }),
    }
    await insertJob(target.fixture, { connection, order: '23', state: 'needs_attention', reason: 'permanent' })
    const { page, problems, close } = await openPage(target, { javaScriptEnabled: false })
    const notice = () => page.getByRole('status').textContent()
    try {
      await page.goto(`${target.fixture.origin}/queue`)
      await page.getByLabel('Connection').selectOption({ label: 'Scriptless CRM' })
      await page.getByRole('button', { name: 'Search' }).click()
      assert.equal(await page.getByRole('rowheader').count(), 3)

      await page.getByRole('button', { name: /Retry now.*K1020/ }).click()
      assert.match((await notice()) ?? '', /tried again as soon as possible/)
      await page.getByRole('button', { name: /Cancel.*K1021/ }).click()
      assert.match((await notice()) ?? '', /will not be sent/)
      await page.getByLabel('Order K1022 to Scriptless CRM').check()
      await page.locator('button[name=action][value=retry]').click()
      assert.match((await notice()) ?? '', /1 will be tried again/)
      const left = await target.fixture.sql('select state from outbound_sync.sync_job where id = any($1::bigint[])', [
        Object.values(jobs),
      ])
      assert.deepEqual(left, [{ state: 'waiting' }])

      await page.getByRole('link', { name: 'Order K1022', exact: true }).click()
      await page.getByText('Cancel …').first().click()
      await page.getByLabel('Reason').first().fill('sent by hand')
      await page.getByRole('button', { name: 'Cancel this sync' }).first().click()
      assert.match((await notice()) ?? '', /will not be sent/)
      await page.getByRole('button', { name: /Sync now.*Scriptless CRM/ }).click()
      assert.match((await notice()) ?? '', /sent as soon as possible/)

      await page.goto(`${target.fixture.origin}/connections/${connection}`)
      await page.getByRole('link', { name: 'New backfill' }).click()
      await page.getByLabel('Connection').selectOption({ label: 'Scriptless CRM' })
      await page.getByLabel('Orders').check()
      await page.getByRole('button', { name: 'Go on' }).click()
      await page.getByLabel('Status').selectOption({ label: 'Paid' })
      await page.getByRole('button', { name: 'Count' }).click()
      await page.getByRole('button', { name: 'Start the backfill' }).click()
      assert.match((await notice()) ?? '', /backfill is started/)
      await page.getByRole('button', { name: 'Stop' }).click()
      assert.match((await notice()) ?? '', /backfill is stopped/)

      await page.goto(`${target.fixture.origin}/queue?connection=${connection}`)
      await page.getByLabel('Scope').fill('organizer:acme')
      await page.getByRole('button', { name: 'Search' }).click()
      await page.getByRole('link', { name: 'Retry all' }).click()
      await page.getByRole('link', { name: 'Leave' }).click()
      await page.getByRole('link', { name: 'Cancel all' }).click()
      await page.getByLabel('Reason').fill('sent by hand')
      await page.getByRole('button', { name: /^Cancel \d+ lines?$/ }).click()
      assert.match((await notice()) ?? '', /done in the background/)
      await page.getByRole('button', { name: 'Pause' }).click()
      await page.getByRole('button', { name: 'Resume' }).click()
      assert.match((await notice()) ?? '', /The run goes on/)
      await target.fixture.tick()
      await page
        .getByRole('link', { name: 'Ask again' })
        .or(page.getByRole('link', { name: 'Stop that' }))
        .click()
      assert.match((await page.locator('main').textContent()) ?? '', /Finished/)

      await page.goto(`${target.fixture.origin}/connections/${connection}`)
      await page.getByRole('button', { name: 'Look through the Orders' }).click()
      await target.fixture.tick()
      await page.getByRole('link', { name: 'Stop that' }).click()
      await page.getByRole('link', { name: /^Never arrived/ }).click()
      await page.getByRole('button', { name: /^Send \d+ records$/ }).click()
      assert.match((await notice()) ?? '', /backfill of what is missing is started/)
      await page.getByRole('link', { name: 'the audit' }).click()

      await page.goto(`${target.fixture.origin}/plugins/crm`)
      await page.getByLabel('Another scope').fill('organizer:acme/event:scriptless')
      await page.getByRole('button', { name: 'Switch off' }).click()
      await page.getByRole('button', { name: 'Switch off' }).click()
      assert.match((await notice()) ?? '', /switched off for organizer acme › event scriptless/)

      await page.getByRole('link', { name: 'Environments' }).click()
      await page.getByLabel('Name').fill('scriptless')
      await page.getByRole('button', { name: 'Go on' }).click()
      await page.getByLabel('Name').fill('API_KEY')
      await page.getByLabel('Value').fill('hunter2')
      await page.getByLabel('It is a secret').check()
      await page.getByRole('button', { name: 'Save' }).click()
      assert.match((await notice()) ?? '', /API_KEY is set/)
      await page.getByRole('link', { name: /Change … API_KEY/ }).click()
      assert.equal(await page.getByLabel('Value').inputValue(), '')
      await page.getByRole('link', { name: /Remove … API_KEY/ }).click()
      await page.getByRole('button', { name: 'Remove' }).click()
      assert.match((await notice()) ?? '', /API_KEY is removed/)

      await page.goto(`${target.fixture.origin}/shop/orders/K1001`)
      await page.getByLabel('Note').fill('hello')
      await page.getByRole('button', { name: 'Change' }).click()
      assert.match((await notice()) ?? '', /order is changed/)

      await page.getByRole('button', { name: 'Sign out' }).click()
      assert.equal(new URL(page.url()).pathname, '/sub/path/sign-in')
      assert.deepEqual(problems, [])
    } finally {
      await close()
    }
  })
})
