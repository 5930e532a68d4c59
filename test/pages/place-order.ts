// An order of the demo shop's conference, placed, paid and canceled on the shop's own pages.
import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'

export interface Attendee {
  name: readonly [given: string, family: string]
  email: string
  company?: string
}

/** Answers with the address of the order's page. */
export async function placeOrder(page: Page, origin: string, { name, email, company }: Attendee): Promise<string> {
  const [given, family] = name
  await page.goto(`${origin}/ticket-shop/orders/acme/conf26/new`)
  await page.locator('#position0_item').selectOption('1-2')
  await page.locator('#position0_attendeeName_given_name').fill(given)
  await page.locator('#position0_attendeeName_family_name').fill(family)
  await page.locator('#position0_attendeeEmail').fill(email)
  await page.locator('#position0_q5').selectOption('vegetarian')
  await page.locator('#position0_q6').check()
  await page.locator('#email').fill(email)
  if (company !== undefined) await page.locator('#invoiceAddress_company').fill(company)
  await page.getByRole('button', { name: 'Place the order' }).click()
  await page.getByRole('heading', { name: /^Order / }).waitFor()
  return page.url()
}

export const payOrder = (page: Page, url: string): Promise<void> => act(page, url, 'Mark as paid')

export const cancelOrder = (page: Page, url: string): Promise<void> => act(page, url, 'Cancel the order')

async function act(page: Page, url: string, action: string): Promise<void> {
  await page.goto(url)
  await page.getByRole('link', { name: action }).click()
  await page.getByRole('button', { name: action }).click()
  assert.match((await page.getByRole('status').first().textContent()) ?? '', /^\s*(Success:? )?\s*Order/)
}
