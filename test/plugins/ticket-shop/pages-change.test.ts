import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { modifyOrder } from '../../../plugins/ticket-shop/modify-order.ts'
import type { PlaceOrdersInput } from '../../../plugins/ticket-shop/order-input.ts'
import {
  createConferencePagesTest,
  escapedHostile,
  fieldName,
  formOf,
  hostile,
  placeOrder,
  problemsOf,
  type ShopPagesTest,
  textOf,
} from './pages-fixture.ts'

let test: ShopPagesTest
before(async () => {
  test = await createConferencePagesTest()
})
after(() => test.close())
beforeEach(() => test.takeFired())

async function place(order: PlaceOrdersInput['orders'][number]): Promise<{ id: string; path: string }> {
  const { id, code } = await placeOrder(test, order)
  return { id, path: `/orders/acme/conf26/${code}` }
}
const changes = () => test.takeFired().map(({ name, changes: fields }) => [name, fields])
const addressOf = async (id: string) =>
  (await test.query(`select * from ticket_shop.invoice_address where order_id = $1`, [id]))[0]

describe('the details of an order', () => {
  const order = {
    email: 'ada@example.com',
    phone: '1',
    invoiceAddress: { name: 'Countess Ada Lovelace', company: 'Engines', country: 'USA', isBusiness: false },
    positions: [{ item: 'dinner' }],
  }

  it('are filled in, and sent back untouched change nothing', async () => {
    const { path } = await place(order)
    const { html } = await test.get(`${path}/details`)
    const form = formOf(html)
    assert.deepEqual(
      [form.email, form.phone, form.locale, form.invoiceAddress_company, form.invoiceAddress_country],
      ['ada@example.com', '1', 'en', 'Engines', 'USA'],
    )
    const { notice, redirectTo } = await test.post(`${path}/details`, form)
    assert.equal(notice, 'Nothing was changed.')
    assert.equal(redirectTo, `/base/ticket-shop${path}`)
    assert.deepEqual(test.takeFired(), [])
  })

  it('hand on only what was changed', async () => {
    const { id, path } = await place(order)
    const form = formOf((await test.get(`${path}/details`)).html)
    const { notice } = await test.post(`${path}/details`, { ...form, email: '', locale: 'de' })
    assert.match(notice ?? '', /^The details of order \w+ are saved\.$/)
    assert.deepEqual(changes(), [['order_modified', [{ field: 'email' }, { field: 'locale' }]]])
    const [row] = await test.query(`select email, phone, locale from ticket_shop."order" where id = $1`, [id])
    assert.deepEqual(row, { email: null, phone: '1', locale: 'de' })
  })

  it('leave of the invoice address what was not touched as it is stored', async () => {
    const { id, path } = await place(order)
    const form = formOf((await test.get(`${path}/details`)).html)
    // The name was given as one text and is shown in parts that nobody can be sure of.
    assert.deepEqual(
      [form.invoiceAddress_name_given_name, form.invoiceAddress_name_family_name],
      ['Countess Ada', 'Lovelace'],
    )
    await test.post(`${path}/details`, { ...form, invoiceAddress_city: 'London' })
    assert.deepEqual(changes(), [['order_modified', [{ field: 'invoice_address' }]]])
    const { name_parts, city, country, company, is_business } = (await addressOf(id)) ?? {}
    assert.deepEqual(
      { name_parts, city, country, company, is_business },
      {
        name_parts: { scheme: 'full', full_name: 'Countess Ada Lovelace' },
        ...{ city: 'London', country: 'USA', company: 'Engines', is_business: false },
      },
    )
  })

  it('take an invoice address away that is emptied, and make one of what is typed', async () => {
    const { id, path } = await place(order)
    const form = formOf((await test.get(`${path}/details`)).html)
    const emptied = Object.fromEntries(
      Object.entries(form).map(([name, value]) => [name, name.startsWith('invoice') ? ' ' : value]),
    )
    await test.post(`${path}/details`, emptied)
    assert.equal(await addressOf(id), undefined)
    const again = formOf((await test.get(`${path}/details`)).html)
    await test.post(`${path}/details`, {
      ...again,
      invoiceAddress_name_given_name: 'Ada',
      invoiceAddress_country: 'uk',
      invoiceAddress_company: 'New',
    })
    const { name_parts, country, is_business } = (await addressOf(id)) ?? {}
    assert.deepEqual(
      { name_parts, country, is_business },
      { name_parts: { scheme: 'given_family', given_name: 'Ada' }, country: 'GB', is_business: true },
    )
  })

  it('are refused with every mistake named, and nothing typed is lost', async () => {
    const { path } = await place(order)
    const form = formOf((await test.get(`${path}/details`)).html)
    const typed = {
      ...form,
      email: 'nobody',
      phone: '1'.repeat(101),
      invoiceAddress_company: 'c'.repeat(501),
      invoiceAddress_city: hostile,
    }
    const answer = await test.post(`${path}/details`, typed)
    assert.equal(answer.status, 422)
    assert.match(answer.title, /^Error: Change the details of order/)
    assert.deepEqual(problemsOf(answer.html), {
      email: 'E-mail: enter an address such as ada@example.com.',
      phone: 'Phone: enter at most 100 characters.',
      invoiceAddress_company: 'Invoice, Company: enter at most 500 characters.',
    })
    assert.ok(answer.html.includes(escapedHostile))
    assert.deepEqual(formOf(answer.html), typed)
    const { html } = await test.post(`${path}/details`, { ...form, locale: 'tlh' })
    assert.match(problemsOf(html)[''] ?? '', /not offered in the language "tlh"/)
    assert.deepEqual(test.takeFired(), [])
  })

  it('do not overwrite what somebody else changed meanwhile unseen', async () => {
    const { id, path } = await place(order)
    const form = formOf((await test.get(`${path}/details`)).html)
    await modifyOrder(test.shop, { order: { id }, phone: '2' })
    test.takeFired()
    const late = await test.post(`${path}/details`, { ...form, email: 'late@example.com' })
    assert.equal(late.status, 422)
    assert.match(problemsOf(late.html)[''] ?? '', /was changed by somebody else meanwhile/)
    assert.equal(formOf(late.html).email, 'late@example.com')
    assert.deepEqual(test.takeFired(), [])
    const { notice } = await test.post(`${path}/details`, { ...formOf(late.html), phone: '2' })
    assert.match(notice ?? '', /are saved/)
    assert.deepEqual(changes(), [['order_modified', [{ field: 'email' }]]])
  })
})

describe('a position of an order', () => {
  const answers = {
    diet: 'vegan',
    topics: ['security', 'databases'],
    flight: '2026-09-16T19:05:00Z',
    nationality: 'DE',
  }
  const order = {
    positions: [
      {
        item: 'conference-ticket',
        variation: 'regular',
        attendeeName: { given_name: 'Ada', family_name: 'Lovelace' },
        attendeeEmail: 'ada@example.com',
        city: 'London',
        answers,
      },
      { item: 't-shirt', variation: 'm', addonTo: 1 },
      { item: 'dinner' },
    ],
  }
  const field = (html: string, label: string) => fieldName(html, label)

  it('is filled in, and sent back untouched changes nothing', async () => {
    const { path } = await place(order)
    const { html } = await test.get(`${path}/positions/1`)
    const form = formOf(html, `/base/ticket-shop${path}/positions/1`)
    assert.equal(form[field(html, 'What do you eat?')], 'vegan')
    assert.deepEqual(form[field(html, 'Which topics interest you?')], ['databases', 'security'])
    assert.equal(form[field(html, 'When does your flight land?')], '2026-09-16T21:05')
    assert.equal(form[field(html, 'Which passport do you travel with?')], 'Germany')
    assert.equal((await test.post(`${path}/positions/1`, form)).notice, 'Nothing was changed.')
    assert.deepEqual(test.takeFired(), [])
  })

  it('hands on only what was changed, and takes an answer away that is emptied', async () => {
    const { id, path } = await place(order)
    const { html } = await test.get(`${path}/positions/1`)
    const form = formOf(html, `/base/ticket-shop${path}/positions/1`)
    const { notice } = await test.post(`${path}/positions/1`, {
      ...form,
      position_attendeeName_family_name: 'King',
      position_city: '',
      [field(html, 'What do you eat?')]: '',
      [field(html, 'Which topics interest you?')]: 'security',
      [field(html, 'For how many years have you been programming?')]: '12,5',
    })
    assert.equal(notice, 'Position 1 is saved.')
    assert.deepEqual(changes(), [
      [
        'order_modified',
        [
          { positionid: 1, field: 'attendee_name' },
          { positionid: 1, field: 'city' },
          ...['years', 'diet', 'topics'].map((question) => ({ positionid: 1, question })),
        ],
      ],
    ])
    const rows = await test.query(
      `select p.attendee_name_parts, p.attendee_email, p.city, q.identifier, n.text from ticket_shop.order_position p
       join ticket_shop.answer n on n.position_id = p.id join ticket_shop.question q on q.id = n.question_id
       where p.order_id = $1 order by q.identifier`,
      [id],
    )
    assert.deepEqual(
      rows.map(({ identifier, text }) => [identifier, text]),
      [
        ['flight', '2026-09-16T19:05:00Z'],
        ['nationality', 'DE'],
        ['topics', 'Security'],
        ['years', '12.5'],
      ],
    )
    assert.deepEqual(rows[0]?.attendee_name_parts, { scheme: 'given_family', given_name: 'Ada', family_name: 'King' })
    assert.deepEqual([rows[0]?.attendee_email, rows[0]?.city], ['ada@example.com', null])
  })

  it('takes a name away of which every part is emptied', async () => {
    const { id, path } = await place(order)
    const form = formOf((await test.get(`${path}/positions/1`)).html, `/base/ticket-shop${path}/positions/1`)
    const emptied = { position_attendeeName_given_name: '', position_attendeeName_family_name: ' ' }
    await test.post(`${path}/positions/1`, { ...form, ...emptied })
    const [row] = await test.query(
      'select attendee_name_parts from ticket_shop.order_position where order_id = $1 and positionid = 1',
      [id],
    )
    assert.equal(row?.attendee_name_parts, null)
  })

  it('refuses mistakes at their fields and keeps what was typed', async () => {
    const { path } = await place(order)
    const { html } = await test.get(`${path}/positions/1`)
    const years = field(html, 'For how many years have you been programming?')
    const form = formOf(html, `/base/ticket-shop${path}/positions/1`)
    const typed = {
      ...form,
      position_attendeeName_given_name: 'x'.repeat(201),
      position_attendeeEmail: hostile,
      position_street: 's'.repeat(501),
      [years]: 'many',
    }
    const answer = await test.post(`${path}/positions/1`, typed)
    assert.equal(answer.status, 422)
    assert.match(answer.title, /^Error: Position 1 of order/)
    assert.deepEqual(problemsOf(answer.html), {
      position_attendeeName_given_name: 'Given name: enter at most 200 characters.',
      position_attendeeEmail: 'E-mail: enter an address such as ada@example.com.',
      position_street: 'Street and number: enter at most 500 characters.',
      [years]: '“For how many years have you been programming?”: enter a number such as 42 or 1.5.',
    })
    assert.deepEqual(formOf(answer.html, `/base/ticket-shop${path}/positions/1`), typed)
    assert.deepEqual(test.takeFired(), [])
  })

  it('gets another price, in the way people write it, and the total follows', async () => {
    const { path } = await place(order)
    const address = `/base/ticket-shop${path}/positions/1/price`
    const { html } = await test.get(`${path}/positions/1`)
    const form = formOf(html, address)
    assert.equal(form.price, '349.00')
    for (const price of ['', 'free', '1.234', '1e3']) {
      const wrong = await test.post(`${path}/positions/1/price`, { ...form, price })
      assert.deepEqual(problemsOf(wrong.html), { price: 'Price in EUR: enter an amount such as 18.50.' })
      assert.equal(formOf(wrong.html, address).price, price)
      // The other form of the page is as it was.
      assert.equal(formOf(wrong.html, `/base/ticket-shop${path}/positions/1`).position_city, 'London')
    }
    const { notice } = await test.post(`${path}/positions/1/price`, { ...form, price: '99,5' })
    assert.equal(notice, 'Position 1 now costs €99.50, the order €164.90.')
    assert.deepEqual(changes(), [
      [
        'order_changed',
        [
          { operation: 'change_price', positionid: 1 },
          { field: 'total', to: '164.90' },
        ],
      ],
    ])
    const late = await test.post(`${path}/positions/1/price`, { ...form, price: '1' })
    assert.match(problemsOf(late.html)[''] ?? '', /changed by somebody else meanwhile/)
  })

  it('is canceled with its add-ons after a page that says so', async () => {
    const { path } = await place(order)
    const { html } = await test.get(`${path}/positions/1/cancel`)
    const text = textOf(html)
    assert.match(text, /Conference ticket, Regular is taken off the order\. Its add-on is canceled with it\./)
    assert.match(text, /The order then costs €45\.50\./)
    const { notice } = await test.post(`${path}/positions/1/cancel`, {})
    assert.equal(notice, 'Position 1 is canceled; the order now costs €45.50.')
    assert.equal(changes()[0]?.[0], 'order_changed')
    assert.match((await test.get(path)).html, /<s>T-shirt, M<\/s>/)
    const gone = await test.get(`${path}/positions/1`)
    assert.match(gone.notice ?? '', /Position 1 of order \w+ is canceled\. There is nothing to change\./)
    assert.match((await test.get(`${path}/positions/2/cancel`)).notice ?? '', /is canceled already/)
    assert.match((await test.get(`${path}/positions/3/cancel`)).notice ?? '', /This is the last position/)
    assert.match((await test.post(`${path}/positions/3/cancel`, {})).notice ?? '', /^Cannot cancel the last position/)
  })
})
