import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { importOrderFile } from '../../../plugins/ticket-shop/import-order-file.ts'
import { type SampleFile, sampleFile, toText } from '../../support/order-file-sample.ts'
import { useOrderFiles } from '../../support/use-order-files.ts'

const files = useOrderFiles()

/** What is said of a file, without its path and the end that all refusals have. */
async function refusal(content: string | Uint8Array): Promise<string> {
  const path = await files.folder.write(content)
  const start = `Cannot import ${path}: `
  const end = '. Nothing was imported.'
  try {
    await importOrderFile({ path, shop: files.shop })
  } catch (error) {
    assert.ok(error instanceof Error)
    const { message } = error
    assert.ok(message.startsWith(start) && message.endsWith(end) && !message.includes('\n'), message)
    assert.deepEqual(await files.query('select id from ticket_shop.organizer'), [], 'nothing is imported')
    return message.slice(start.length, -end.length)
  }
  assert.fail('the file was imported')
}

function changed(change: (file: SampleFile) => void): string {
  const file = sampleFile()
  change(file)
  return toText(file)
}

const anAmount = 'must be an amount such as 18.50, with at most two decimals'
const anInstant = 'must be a date and time with a zone, such as 1996-07-04T09:00:00Z'
const aDay = 'must be a date such as 1996-07-16, or a date and time with a zone'
const storable = 'must not hold a NUL or half a character'

describe('a broken order file is refused with its line and its field', () => {
  // The sample has an entry a line: its second order stands on line 17.
  const ofPositions: readonly [change: object, said: string][] = [
    [{ price: '9,00' }, `price: ${anAmount}, but is "9,00"`],
    [{ price: 9 }, 'price: must be text, but is 9'],
    [{ price: undefined }, 'price: is missing'],
    [{ quantity: 0 }, 'quantity: must be at least 1, but is 0'],
    [{ quantity: 1.5 }, 'quantity: must be a whole number, but is 1.5'],
    [{ quantity: null }, 'quantity: must be a number, but is null'],
    [{ positionid: 1 }, 'positionid: must be another number than those of the positions before, but is 1'],
    [{ qantity: 3 }, 'qantity: there is no such field'],
    [{ item: 99 }, 'item: there is no item 99'],
    [{ item: '10' }, 'item: must be a number, but is "10"'],
    [{ attendee_name: ' ' }, 'attendee_name: must not be empty, but is " "'],
  ]
  for (const [change, said] of ofPositions) {
    it(`a position with ${JSON.stringify(change)}`, async () => {
      const content = changed(({ orders }) => Object.assign(orders[1]?.positions[1] ?? {}, change))
      assert.equal(await refusal(content), `line 17, orders[1].positions[1].${said}`)
    })
  }

  const ofOrders: readonly [change: object, said: string][] = [
    [{ positions: [] }, 'positions: must be at least 1 entries, but is []'],
    [{ positions: {} }, 'positions: must be a list, but is {}'],
    [{ total: '1.234' }, `total: ${anAmount}, but is "1.234"`],
    [{ total: '123456789012.00' }, `total: ${anAmount}, but is "123456789012.00"`],
    [{ status: 'x' }, 'status: must be one of n, p, e, c, but is "x"'],
    [{ datetime: '2026-02-30T09:00:00Z' }, `datetime: ${anInstant}, but is "2026-02-30T09:00:00Z"`],
    [{ datetime: '2026-02-03T09:00:00' }, `datetime: ${anInstant}, but is "2026-02-03T09:00:00"`],
    [{ payment_date: '2026-13-01' }, `payment_date: ${aDay}, but is "2026-13-01"`],
    [{ payment_date: '0000-02-03' }, `payment_date: ${aDay}, but is "0000-02-03"`],
    [{ email: 'bob' }, 'email: must be an e-mail address, but is "bob"'],
    [{ phone: 'a\0b' }, `phone: ${storable}, but is "a\\u0000b"`],
    [{ phone: 'a\ud800' }, `phone: ${storable}, but is "a\\ud800"`],
    [{ customer: 'EVE' }, 'customer: there is no customer "EVE"'],
    [{ code: 'A1' }, 'code: an order before has the code A1 too'],
    [{ code: 'a 1' }, 'code: must be upper-case letters, digits and dashes, at most 32, but is "a 1"'],
    [{ invoice_address: { name: 5 } }, 'invoice_address.name: must be text, but is 5'],
  ]
  for (const [change, said] of ofOrders) {
    it(`an order with ${JSON.stringify(change)}`, async () => {
      const content = changed(({ orders }) => Object.assign(orders[1] ?? {}, change))
      assert.equal(await refusal(content), `line 17, orders[1].${said}`)
    })
  }

  const ofFiles: readonly [what: string, change: (file: SampleFile) => void, said: string][] = [
    [
      'a category given twice',
      ({ categories }) => categories.push({ id: 1, name: 'B' }),
      'line 6, categories[1].id: a category before has the id 1 too',
    ],
    [
      'an item given twice',
      ({ items }) => items.push({ id: 10, name: 'B', default_price: '1' }),
      'line 10, items[2].id: an item before has the id 10 too',
    ],
    [
      'a customer given twice',
      ({ customers }) => customers.push({ identifier: 'ADA' }),
      'line 14, customers[2].identifier: a customer before has the identifier "ADA" too',
    ],
    [
      'an item of no category',
      ({ items }) => Object.assign(items[1] ?? {}, { category: 7 }),
      'line 9, items[1].category: there is no category 7',
    ],
    [
      'a language that the event has not',
      ({ event }) => Object.assign(event, { locales: ['de', 'fr'] }),
      'line 16, orders[0].locale: the event has no language "en"',
    ],
    [
      'a zone that does not exist',
      ({ event }) => Object.assign(event, { timezone: 'Europe/Bärlin' }),
      'line 3, event.timezone: must be an IANA time zone such as Europe/Berlin, but is "Europe/Bärlin"',
    ],
    [
      'an entry that is no object',
      (file) => Object.assign(file, { items: [5] }),
      'line 8, items[0]: must be an object, but is 5',
    ],
    ['a section that is no list', (file) => Object.assign(file, { items: {} }), 'line 7, items: must be a list'],
    [
      'a list that is no section',
      (file) => Object.assign(file, { event: [] }),
      'line 3, event: must be an object, but is []',
    ],
    [
      'a member that nobody knows',
      (file) => Object.assign(file, { oders: [] }),
      'line 20, oders: there is no such field; an order file has organizer, event, categories, items, customers, orders',
    ],
    [
      'a member that is missing',
      (file) => Object.assign(file, { categories: undefined, items: [], orders: [] }),
      'line 1, categories: is missing',
    ],
  ]
  for (const [what, change, said] of ofFiles) {
    it(what, async () => assert.equal(await refusal(changed(change)), said))
  }

  it('a reference to a section that comes later, where it is not', async () => {
    const { customers, orders, ...others } = sampleFile()
    const content = toText({ orders, ...others, customers: customers.slice(1) })
    assert.equal(await refusal(content), 'line 3, orders[0].customer: there is no customer "ADA"')
  })

  it('tells the first of several', async () => {
    const content = changed(({ orders }) => {
      Object.assign(orders[0]?.positions[0] ?? {}, { item: 99 })
      Object.assign(orders[1] ?? {}, { total: 'much' })
    })
    assert.equal(await refusal(content), 'line 16, orders[0].positions[0].item: there is no item 99')
  })

  it('a member given twice', async () => {
    const content = toText(sampleFile()).replace('"items": [', '"categories": [],\n"items": [')
    assert.equal(await refusal(content), 'line 7, categories: stands here a second time')
  })

  it('tells the line of a field in an entry of many lines', async () => {
    const file = sampleFile()
    Object.assign(file.orders[2]?.positions[1] ?? {}, { price: 'free' })
    const content = JSON.stringify(file, null, 2)
    const line = content.slice(0, content.indexOf('"free"')).split('\n').length
    assert.equal(await refusal(content), `line ${line}, orders[2].positions[1].price: ${anAmount}, but is "free"`)
  })
})

describe('broken JSON is refused with its line', () => {
  const text = toText(sampleFile())
  const cases: readonly [what: string, content: string | Uint8Array, said: string][] = [
    ['an empty file', '', 'line 1: broken JSON: the file ends where the file should begin with {'],
    ['another kind of file', 'code;total\n', 'line 1: broken JSON: the file should begin with {, but there is "c"'],
    ['a list', '[]', 'line 1: broken JSON: the file should begin with {, but there is "["'],
    [
      'a comma too few between orders',
      text.replace('},\n{"code":"A2"', '}\n{"code":"A2"'),
      'line 17, orders[0]: broken JSON: a comma or ] is expected, but there is "{"',
    ],
    [
      'a comma too many after the last',
      text.replace(/\}\n\]\n\}\n$/, '},\n]\n}\n'),
      'line 19, orders[3]: broken JSON: an entry is expected, but there is "]"',
    ],
    [
      'a comma too few inside',
      text.replace('"code":"A2",', '"code":"A2"'),
      'line 17, orders[1]: broken JSON: a comma or } is expected, but there is "\\""',
    ],
    [
      'a bracket too few inside',
      text.replace(/(A2.*?)\]\}/, '$1}'),
      'line 17, orders[1].positions: broken JSON: a comma or ] is expected, but there is "}"',
    ],
    [
      'a bracket that is never closed',
      text.replace(/(A2.*\})\]\},/, '$1],'),
      'line 18, orders[1]: broken JSON: a name in quotes is expected, but there is "{"',
    ],
    [
      'a quote too few',
      text.replace('"ada@customers.example","locale"', '"ada@customers.example,"locale"'),
      'line 16, orders[0]: broken JSON: a comma or } is expected, but there is "l"',
    ],
    [
      'a word that is none',
      text.replace('"quantity":2', '"quantity":two'),
      'line 16, orders[0].positions[0].quantity: broken JSON: a value is expected, but there is "t"',
    ],
    [
      'a file that was cut off',
      text.slice(0, text.indexOf('"A3"') + 2),
      'line 18, orders[2].code: broken JSON: a text is never closed',
    ],
    [
      'a file that was cut off between orders',
      text.slice(0, text.indexOf('{"code":"A3"')),
      'line 18, orders[2]: broken JSON: the file ends where an entry is expected',
    ],
    ['something after the end', `${text}{}`, 'line 21: broken JSON: the file should end, but there is "{"'],
    [
      'bytes that are no UTF-8',
      Buffer.from(text.replace("O'Hara & Söhne", 'Mu\u00a4ller'), 'latin1'),
      'line 8, items[0]: is not UTF-8 text',
    ],
  ]
  for (const [what, content, said] of cases) {
    it(what, async () => assert.equal(await refusal(content), said))
  }

  it('a text that is never closed does not fill the memory', async () => {
    const content = text.replace('"code":"A2"', `"code":"A2","phone":"${'x\\n'.repeat(6 * 1024 * 1024)}`)
    assert.match(await refusal(content), /^line 17, orders\[1\]: does not end within 8 MB/)
  })

  it('an order that is longer than any', async () => {
    const content = text.replace('"code":"A2"', `"code":"A2","phone":"${'x'.repeat(9 * 1024 * 1024)}"`)
    assert.equal(
      await refusal(content),
      'line 17, orders[1]: does not end within 8 MB; a quote or a bracket may be missing',
    )
  })

  it('a file that is not there, or is none', async () => {
    const at = (path: string) => importOrderFile({ path, shop: files.shop })
    await assert.rejects(at('/nowhere/orders.json'), /^ShopError|there is no such file\. Nothing was imported\.$/)
    await assert.rejects(at('/'), /Cannot import \/: it is not a file\. Nothing was imported\.$/)
  })
})
