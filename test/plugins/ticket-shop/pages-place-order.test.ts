import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import fc from 'fast-check'
import { conferenceReference } from '../../../plugins/ticket-shop/conference-event.ts'
import { createCustomers } from '../../../plugins/ticket-shop/create-customer.ts'
import { placeOrders } from '../../../plugins/ticket-shop/place-order.ts'
import { setUpEvent } from '../../../plugins/ticket-shop/set-up-event.ts'
import {
  createConferencePagesTest,
  escapedHostile,
  type Form,
  fieldName,
  formOf,
  hostile,
  optionKey,
  problemsOf,
  type ShopPagesTest,
} from './pages-fixture.ts'

const path = '/orders/acme/conf26/new'

let test: ShopPagesTest
let empty: Form
let html: string
before(async () => {
  test = await createConferencePagesTest()
  await createCustomers(test.shop, {
    organizer: 'acme',
    customers: [{ identifier: 'C-1', name: 'Ada Lovelace', email: 'ada@example.com' }],
  })
})
after(() => test.close())
beforeEach(async () => {
  html = (await test.get(path)).html
  empty = formOf(html)
  test.takeFired()
})

const orderCount = async (): Promise<unknown> =>
  (await test.query(`select count(*)::int as count from ticket_shop."order"`))[0]?.count
const named = (label: string): string => fieldName(html, label)
const ticket = (): Form => ({ ...empty, position0_item: optionKey(html, 'Conference ticket, Regular') })

/** A form with everything filled in. */
function filled(): Form {
  return {
    ...empty,
    position0_item: optionKey(html, 'Conference ticket, Early bird'),
    position0_voucher: 'FRIENDS26',
    position0_attendeeName_given_name: 'Ada',
    position0_attendeeName_family_name: 'Lovelace',
    position0_attendeeEmail: 'ada@example.com',
    position0_city: 'London',
    position0_country: 'United Kingdom',
    [named('What should your badge say under your name?')]: 'Enchantress',
    [named('Is there anything we should know?')]: 'one\r\ntwo',
    [named('For how many years have you been programming?')]: '1,5',
    [named('May we send you our newsletter?')]: 'false',
    [named('What do you eat?')]: 'vegan',
    [named('Which topics interest you?')]: ['security', 'databases'],
    [named('When were you born?')]: '1815-12-10',
    [named('At what time will you be here?')]: '08:30',
    [named('When does your flight land?')]: '2026-09-16T21:05',
    [named('Which passport do you travel with?')]: 'germany',
    [named('How do we reach you on the day?')]: '+44 20 7946 0000',
    [named('A picture of your student card')]: 'card.jpg',
    position0_addons: ['0'],
    position0_addon0_item: optionKey(html, 'Workshop seat'),
    position0_addon0_subEvent: 'typescript',
    position0_addon0_quantity: '1',
    email: 'buyer@example.com',
    phone: '+44 1',
    customer: 'C-1',
    locale: 'de',
    invoiceAddress_name_given_name: 'Charles',
    invoiceAddress_company: 'Analytical Engines',
    invoiceAddress_country: 'Deutschland',
    invoiceAddress_vatId: 'GB1',
  }
}

describe('the form of a new order', () => {
  it('offers every item with its price by category, and asks by name scheme and by the type of each question', () => {
    assert.match(html, /<optgroup label="Tickets">\s*<option [^>]*>Conference ticket, Early bird \(€279\.00\)/)
    assert.match(html, /<optgroup label="Extras">\s*<option [^>]*>T-shirt, S \(€19\.90\)/)
    assert.match(html, /Workshop: TypeScript without a build, Sep 16, 2026, 10:00\s?AM/)
    assert.ok(named('Given name') && named('Family name'))
    const type = (label: string) => new RegExp(`id="${named(label)}"[^>]* type="([a-z-]+)"`).exec(html)?.[1]
    assert.equal(type('When were you born?'), 'date')
    assert.equal(type('At what time will you be here?'), 'time')
    assert.equal(type('When does your flight land?'), 'datetime-local')
    assert.equal(type('How do we reach you on the day?'), 'tel')
    assert.match(html, new RegExp(`<textarea [^>]*id="${named('Is there anything we should know?')}"`))
    assert.match(html, new RegExp(`<select [^>]*id="${named('What do you eat?')}"`))
    assert.match(html, /type="checkbox"[^>]*value="databases"/)
    assert.match(html, /<datalist id="countries">.*<option value="Germany">/s)
  })

  it('places one order with all of it, in one transaction that fires one signal', async () => {
    const { status, redirectTo, notice } = await test.post(path, { ...filled(), do: 'place' })
    assert.equal(status, 303)
    assert.equal(redirectTo, `/base/ticket-shop/orders/acme/conf26/${empty.code}`)
    assert.equal(notice, `Order ${empty.code} is placed: €219.00, pending.`)
    const [fired, ...more] = test.takeFired()
    assert.deepEqual(more, [])
    assert.equal(fired?.name, 'order_placed')
    assert.deepEqual(fired?.actor, { id: 'clerk-1', name: 'Carla Clerk' })
    assert.deepEqual([fired?.versionsInside, fired?.versionsOutside], [[1], []])

    const id = fired?.subjects[0]?.id
    const [order] = await test.query(
      `select o.email, o.phone, o.locale, o.total, c.identifier as customer, a.company, a.country, a.vat_id, a.name_parts
       from ticket_shop."order" o left join ticket_shop.customer c on c.id = o.customer_id
       left join ticket_shop.invoice_address a on a.order_id = o.id where o.id = $1`,
      [id],
    )
    assert.deepEqual(order, {
      email: 'buyer@example.com',
      phone: '+44 1',
      locale: 'de',
      total: '219.00',
      customer: 'C-1',
      company: 'Analytical Engines',
      country: 'DE',
      vat_id: 'GB1',
      name_parts: { scheme: 'given_family', given_name: 'Charles' },
    })
    const positions = await test.query(
      `select p.positionid, i.identifier as item, v.identifier as variation, s.slug, m.positionid as main, p.city,
         p.country, p.attendee_email, p.attendee_name_parts
       from ticket_shop.order_position p join ticket_shop.item i on i.id = p.item_id
       left join ticket_shop.item_variation v on v.id = p.variation_id
       left join ticket_shop.sub_event s on s.id = p.sub_event_id
       left join ticket_shop.order_position m on m.id = p.addon_to_id where p.order_id = $1 order by 1`,
      [id],
    )
    const nothing = { city: null, country: null, attendee_email: null, attendee_name_parts: null }
    assert.deepEqual(positions, [
      {
        ...{ positionid: 1, item: 'conference-ticket', variation: 'early-bird', slug: null, main: null },
        ...{ city: 'London', country: 'GB', attendee_email: 'ada@example.com' },
        attendee_name_parts: { scheme: 'given_family', given_name: 'Ada', family_name: 'Lovelace' },
      },
      { positionid: 2, item: 'workshop-seat', variation: null, slug: 'typescript', main: 1, ...nothing },
    ])
    const answers = await test.query(
      `select q.identifier, n.text from ticket_shop.answer n join ticket_shop.question q on q.id = n.question_id
       join ticket_shop.order_position p on p.id = n.position_id where p.order_id = $1`,
      [id],
    )
    assert.deepEqual(Object.fromEntries(answers.map(({ identifier, text }) => [identifier, text])), {
      badge: 'Enchantress',
      needs: 'one\ntwo',
      years: '1.5',
      newsletter: 'false',
      diet: 'Vegan',
      topics: 'Databases, Security',
      birthday: '1815-12-10',
      'arrival-time': '08:30',
      flight: '2026-09-16T21:05:00+02:00',
      nationality: 'DE',
      mobile: '+44 20 7946 0000',
      'student-card': 'card.jpg',
    })
  })

  it('needs only the item', async () => {
    const { redirectTo } = await test.post(path, { ...ticket(), do: 'place' })
    assert.ok(redirectTo)
    const [row] = await test.query(
      `select o.email, a.id as address, p.attendee_name_parts, n.id as answer from ticket_shop."order" o
       join ticket_shop.order_position p on p.order_id = o.id left join ticket_shop.invoice_address a on a.order_id = o.id
       left join ticket_shop.answer n on n.position_id = p.id where o.code = $1`,
      [empty.code],
    )
    assert.deepEqual(row, { email: null, address: null, attendee_name_parts: null, answer: null })
  })

  it('can ask for an approval first', async () => {
    await test.post(path, { ...ticket(), requiresApproval: 'on', do: 'place' })
    const { html: page } = await test.get(`/orders/acme/conf26/${empty.code}`)
    assert.match(page, /needs approval/)
  })
})

describe('a form with mistakes', () => {
  it('says each one above the form and at its field, keeps what was typed and places nothing', async () => {
    const before = await orderCount()
    const typed: Form = {
      ...filled(),
      position0_item: '',
      position0_quantity: 'many',
      position0_attendeeEmail: 'ada@',
      position0_city: 'x'.repeat(501),
      [named('For how many years have you been programming?')]: 'ten',
      [named('When were you born?')]: '1815-02-30',
      [named('At what time will you be here?')]: 'noon',
      [named('When does your flight land?')]: 'soon',
      [named('Which passport do you travel with?')]: 'Atlantis',
      [named('How do we reach you on the day?')]: 'by horse',
      position0_addon0_quantity: '0',
      email: hostile,
      invoiceAddress_name_family_name: 'y'.repeat(201),
    }
    const answer = await test.post(path, { ...typed, do: 'place' })
    assert.equal(answer.status, 422)
    assert.equal(answer.title, 'Error: Place an order')
    assert.deepEqual(problemsOf(answer.html), {
      position0_item: 'Position 1, Item: choose one, or remove the position.',
      position0_quantity: 'Position 1, Quantity: enter a whole number from 1 to 999999.',
      position0_attendeeEmail: 'Position 1, E-mail: enter an address such as ada@example.com.',
      position0_city: 'Position 1, City: enter at most 500 characters.',
      [named('For how many years have you been programming?')]:
        'Position 1, “For how many years have you been programming?”: enter a number such as 42 or 1.5.',
      [named('When were you born?')]: 'Position 1, “When were you born?”: enter a date such as 2026-09-17.',
      [named('At what time will you be here?')]:
        'Position 1, “At what time will you be here?”: enter a time such as 14:30.',
      [named('When does your flight land?')]:
        'Position 1, “When does your flight land?”: enter a date and a time such as 2026-09-17 14:30.',
      [named('Which passport do you travel with?')]:
        'Position 1, “Which passport do you travel with?”: enter the name of a country, such as Germany.',
      [named('How do we reach you on the day?')]:
        'Position 1, “How do we reach you on the day?”: enter a phone number such as +49 30 901820.',
      position0_addon0_quantity: 'Position 1, add-on 1, Quantity: enter a whole number from 1 to 999999.',
      email: 'E-mail: enter an address such as ada@example.com.',
      invoiceAddress_name_family_name: 'Invoice, Family name: enter at most 200 characters.',
    })
    assert.ok(answer.html.includes(escapedHostile))
    const kept = formOf(answer.html)
    const needs = named('Is there anything we should know?')
    const topics = named('Which topics interest you?')
    assert.deepEqual(
      { ...kept, do: undefined },
      { ...typed, [needs]: 'one\ntwo', [topics]: ['databases', 'security'], position0_addons: '0', do: undefined },
    )
    assert.equal(await orderCount(), before)
    assert.deepEqual(test.takeFired(), [])
  })

  it('keeps any text in any field, whatever it is', async () => {
    const names = Object.keys(empty).filter(
      (name) => !['code', 'positions', 'position0_item', 'locale', 'do'].includes(name),
    )
    // The others hold only what they offer.
    const isText = (name: string) =>
      new RegExp(`<(input(?! class="form-check)|textarea)[^>]* name="${name}"`).test(html)
    assert.ok(names.filter(isText).length > 25)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'binary' }), { minLength: names.length, maxLength: names.length }),
        async (texts) => {
          const typed = Object.fromEntries(names.map((name, index) => [name, texts[index] ?? '']))
          const { html: again } = await test.post(path, { ...empty, ...typed, do: 'place' })
          const kept = formOf(again)
          for (const name of names.filter(isText)) {
            const expected = (typed[name] ?? '').replaceAll('\0', '').replaceAll('\r\n', '\n').trim()
            assert.equal(kept[name], expected || (name.endsWith('_quantity') ? '1' : ''))
          }
        },
      ),
      { numRuns: 25 },
    )
  })

  it('names the voucher and the customer that the shop refuses at their fields', async () => {
    const answer = await test.post(path, { ...ticket(), position0_voucher: 'NOPE', do: 'place' })
    assert.deepEqual(problemsOf(answer.html), {
      position0_voucher: 'Position 1, Voucher code: this event has no voucher "NOPE".',
    })
    const other = await test.post(path, { ...ticket(), customer: hostile, do: 'total' })
    assert.deepEqual(problemsOf(other.html), { customer: `Customer number: this event has no customer "${hostile}".` })
    assert.equal(other.status, 422)
  })

  it('refuses what no browser would send', async () => {
    const { html: strange } = await test.post(path, {
      ...ticket(),
      ...{ code: '<x>', locale: 'tlh', position0_subEvent: 'never', do: 'place' },
      [named('What do you eat?')]: 'stones',
    })
    const problems = problemsOf(strange)
    assert.equal(problems.position0_subEvent, 'Position 1, Date: choose one of the list.')
    assert.equal(problems[named('What do you eat?')], 'Position 1, “What do you eat?”: choose one of the list.')
    assert.match(problems[''] ?? '', /^code: must be/)
    const { html: language } = await test.post(path, { ...ticket(), locale: 'tlh', do: 'place' })
    assert.match(problemsOf(language)[''] ?? '', /is not offered in the language "tlh"/)
    const odd: Form[] = [{}, { do: ['place', 'x'] }, { positions: ['__proto__', '-1', '1e9'], do: 'remove-position x' }]
    for (const form of odd) {
      assert.ok([200, 422].includes((await test.post(path, form)).status))
    }
  })
})

describe('positions and add-ons of a new order', () => {
  it('are added and removed with everything else kept', async () => {
    const first = await test.post(path, {
      ...ticket(),
      position0_attendeeName_given_name: 'Robert',
      do: 'add-position',
    })
    assert.equal(first.status, 200)
    assert.match(first.html, /<legend[^>]*>Position 2<\/legend>/)
    const second = await test.post(path, {
      ...formOf(first.html),
      position1_attendeeName_given_name: 'Clara',
      do: 'add-addon 1',
    })
    assert.match(second.html, /<legend[^>]*>Position 2, add-on 1<\/legend>/)
    const third = await test.post(path, {
      ...formOf(second.html),
      position1_addon0_quantity: '7',
      do: 'remove-position 0',
    })
    const kept = formOf(third.html)
    assert.equal(kept.positions, '1')
    assert.equal(kept.position1_attendeeName_given_name, 'Clara')
    assert.equal(kept.position1_addon0_quantity, '7')
    const fourth = await test.post(path, { ...kept, do: 'remove-addon 1 0' })
    assert.doesNotMatch(fourth.html, /add-on 1/)
    const last = await test.post(path, { ...formOf(fourth.html), do: 'remove-position 1' })
    assert.match(last.html, /<legend[^>]*>Position 1<\/legend>/)
    assert.deepEqual(problemsOf(last.html), {})
  })

  it('are at most thirty', async () => {
    const positions = Array.from({ length: 31 }, (_, index) => String(index))
    const { status, html: full } = await test.post(path, { ...ticket(), positions, do: 'add-position' })
    assert.equal(status, 422)
    assert.match(problemsOf(full)[''] ?? '', /at most 30 positions/)
    assert.equal([...full.matchAll(/name="positions"/g)].length, 30)
  })

  it('hide whom they are for when the item is for nobody', async () => {
    const shirt = await test.post(path, { ...empty, position0_item: optionKey(html, 'T-shirt, M'), do: 'total' })
    assert.match(shirt.html, /<details class="mt-3">\s*<summary class="fw-semibold">Attendee and answers/)
    assert.match(
      (await test.post(path, { ...ticket(), do: 'total' })).html,
      /<details class="mt-3" open>\s*<summary class="fw-semibold">/,
    )
  })
})

describe('the total', () => {
  it('is what placing the order will cost, and using it changes nothing', async () => {
    const redeemed = async () =>
      (await test.query(`select redeemed_count from ticket_shop.voucher where code = 'FRIENDS26'`))[0]
    const before = [await orderCount(), await redeemed()]
    const { html: quoted, status } = await test.post(path, { ...filled(), do: 'total' })
    assert.equal(status, 200)
    assert.match(
      quoted,
      /id="outcome"[^>]*>\s*<span>The order costs <strong>€219\.00<\/strong>\. It is not placed yet\./,
    )
    assert.deepEqual([await orderCount(), await redeemed()], before)
    assert.deepEqual(test.takeFired(), [])
    const { notice } = await test.post(path, { ...formOf(quoted), do: 'place' })
    assert.match(notice ?? '', /is placed: €219\.00/)
  })
})

describe('a form that is sent twice', () => {
  it('places one order and leads to it', async () => {
    const before = Number(await orderCount())
    const first = await test.post(path, { ...ticket(), do: 'place' })
    const second = await test.post(path, { ...ticket(), do: 'place' })
    assert.equal(second.redirectTo, first.redirectTo)
    assert.equal(second.notice, `Order ${empty.code} was placed already. It was not placed a second time.`)
    assert.equal(Number(await orderCount()), before + 1)
  })

  it('places one order also when both arrive at the same moment', async () => {
    const before = Number(await orderCount())
    const answers = await Promise.all(Array.from({ length: 4 }, () => test.post(path, { ...ticket(), do: 'place' })))
    assert.deepEqual([...new Set(answers.map(({ redirectTo }) => redirectTo))].length, 1)
    assert.equal(Number(await orderCount()), before + 1)
    assert.equal(test.takeFired().length, 1)
  })

  it('gets a code of its own when another order took the code meanwhile', async () => {
    await placeOrders(test.shop, {
      event: conferenceReference,
      orders: [{ code: String(empty.code), email: 'other@example.com', positions: [{ item: 'dinner' }] }],
    })
    const { redirectTo, notice } = await test.post(path, { ...ticket(), do: 'place' })
    assert.notEqual(redirectTo, `/base/ticket-shop/orders/acme/conf26/${empty.code}`)
    assert.match(notice ?? '', /is placed: €349\.00/)
  })
})

it('says so when an event sells nothing', async () => {
  await setUpEvent(test.shop.database, {
    organizer: { slug: 'acme', name: 'Acme' },
    slug: 'nothing',
    name: 'Nothing',
    currency: 'EUR',
  })
  const { html: page } = await test.get('/orders/acme/nothing/new')
  assert.match(page, /Nothing is on sale/)
  assert.doesNotMatch(page, /<form/)
})
