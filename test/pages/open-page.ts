// A signed-in page of the admin room in the browser, and what the browser complains about.
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { type AdminFixture, administrator } from '../core/admin/admin-fixture.ts'

export interface OpenPage {
  page: Page
  /** Errors, dialogs, and whatever the content policy had to stop. */
  problems: string[]
  close(): Promise<void>
}

export async function openPage(
  { browser, fixture }: { browser: Browser; fixture: Pick<AdminFixture, 'origin'> },
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('console', (message) => {
    // The status of an error page is told here too.
    const isStatus = /status of (404|405|422|429|500)/.test(message.text())
    if (message.type() === 'error' && !isStatus) problems.push(message.text())
  })
  await page.goto(`${fixture.origin}/sign-in`)
  await page.getByLabel('E-mail address').fill(administrator.email)
  await page.getByLabel('Password').fill(administrator.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  return { page, problems, close: () => context.close() }
}
