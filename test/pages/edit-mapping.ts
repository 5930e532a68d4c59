// A mapping as a person makes it on its pages, with or without scripts.
import type { Locator, Page } from 'playwright-core'

export type FieldSource =
  | { field: string }
  | { text: string }
  | { filledText: string }
  | { resultOf: string; part: string }
  | { listOf: string; fields: readonly { name: string; field: string }[] }

/** From the page of the mapping: which record becomes which object. Ends in the editor. */
export async function addMapping(
  page: Page,
  { record, object, fillsIn = false }: { record: string; object: string; fillsIn?: boolean },
): Promise<void> {
  await page.getByRole('link', { name: 'Add a mapping', exact: true }).click()
  await page.getByLabel('Each', { exact: true }).selectOption({ label: record })
  await page.getByLabel('becomes one').selectOption({ label: object })
  await page.getByLabel('Fill in the fields that are called alike').setChecked(fillsIn)
  await page.getByRole('button', { name: 'Add it to the draft' }).click()
}

export async function addField(page: Page, name: string, source: FieldSource): Promise<void> {
  await page.getByRole('button', { name: /^Add (a|another) field$/ }).click()
  const row = page.locator('.os-mapping-row').last()
  await row.getByLabel('Field there').first().fill(name)
  const kind = row.getByLabel('is filled with').first()
  const fill = async (label: string | RegExp, value: string): Promise<void> => visible(row, label).fill(value)
  if ('field' in source) {
    await kind.selectOption({ index: await indexOf(kind, /^A field of/) })
    await fill(/^Field of/, source.field)
  } else if ('text' in source) {
    await kind.selectOption({ label: 'A fixed text' })
    await fill(/^Text/, source.text)
  } else if ('filledText' in source) {
    await kind.selectOption({ label: 'A text with fields in it' })
    await fill(/^Text/, source.filledText)
  } else if ('resultOf' in source) {
    await kind.selectOption({ label: 'What an earlier mapping got back' })
    const mapping = visible(row, 'Mapping')
    const isRadio = (await row.getByRole('radio', { name: new RegExp(source.resultOf) }).count()) > 0
    if (isRadio) await row.getByRole('radio', { name: new RegExp(source.resultOf) }).check()
    else await mapping.selectOption({ index: await indexOf(mapping, new RegExp(source.resultOf)) })
    await fill('Which part of it', source.part)
  } else {
    await kind.selectOption({ index: await indexOf(kind, new RegExp(`one entry for each ${source.listOf}`, 'i')) })
    for (const [index, one] of source.fields.entries()) {
      const list = page
        .locator('.os-mapping-row')
        .last()
        .locator('fieldset')
        .filter({ hasText: 'Fields of each entry' })
      await list
        .filter({ visible: true })
        .getByRole('button', { name: /^Add (another )?field$/i })
        .click()
      const entry = page.locator('.os-mapping-row').last().locator('.os-item').nth(index)
      await entry.getByLabel('Field there').fill(one.name)
      await entry.getByLabel('is filled with').selectOption({ index: 1 })
      await visible(entry, /^Field of/).fill(one.field)
    }
  }
}

/** From the editor; ends on the page of the mapping. */
export async function saveMapping(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Check and save the draft' }).click()
  const problems = page.locator('.os-problems')
  if ((await problems.count()) > 0) throw new Error(`The mapping was not saved: ${await problems.innerText()}`)
}

/** From the page of the mapping: what the options of a field of one of its mappings become. */
export async function translateOptions(
  page: Page,
  { mapping, field, options }: { mapping: string; field: string; options: Readonly<Record<string, string>> },
): Promise<void> {
  await page.getByRole('link', { name: mapping, exact: true }).click()
  await page.getByRole('button', { name: new RegExp(`^Translate the options of ${field} `) }).click()
  for (const [option, text] of Object.entries(options)) await page.getByLabel(option, { exact: true }).fill(text)
  await page.getByRole('button', { name: 'Save the draft' }).click()
}

export async function publishMapping(page: Page, mappingUrl: string): Promise<void> {
  await page.goto(mappingUrl)
  await page.getByRole('link', { name: /^Look at what changes/ }).click()
  await page.getByRole('button', { name: 'Publish' }).click()
}

const visible = (within: Locator, label: string | RegExp): Locator =>
  within
    .getByLabel(label, typeof label === 'string' ? { exact: true } : {})
    .filter({ visible: true })
    .first()

async function indexOf(select: Locator, pattern: RegExp): Promise<number> {
  const labels = await select.locator('option').allTextContents()
  const index = labels.findIndex((label) => pattern.test(label))
  if (index < 0) throw new Error(`None of ${labels.join(', ')} is like ${pattern}.`)
  return index
}
