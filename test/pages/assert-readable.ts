// What holds for every page in every look: no accessibility fault that axe finds, and nothing wider than its window.
import assert from 'node:assert/strict'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** @param name of the page and its look, for the message */
export async function assertReadable(page: Page, name: string): Promise<void> {
  const { violations, passes } = await new AxeBuilder({ page }).withTags(tags).analyze()
  assert.ok(passes.length > 10, name)
  assert.deepEqual(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`),
    [],
    name,
  )
  await assertNoSidewaysScroll(page, name)
}

export async function assertNoSidewaysScroll(page: Page, name: string): Promise<void> {
  const excess = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
  assert.ok(excess <= 0, `${name} is ${excess} pixels wider than its window`)
}
