import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { conferenceReference, setUpConference } from '../../../plugins/ticket-shop/conference-event.ts'
import { modifyOrder } from '../../../plugins/ticket-shop/modify-order.ts'
import { placeOrders } from '../../../plugins/ticket-shop/place-order.ts'
import { createTicketShopContext, type TicketShopContext } from '../../support/ticket-shop-context.ts'

let test: TicketShopContext
before(async () => {
  test = await createTicketShopContext()
  await setUpConference(test.shop.database)
})
after(() => test.close())
beforeEach(() => {
  test.takeFired()
})

async function place() {
  const [placed] = await placeOrders(test.shop, {
    event: conferenceReference,
    orders: [
      {
        email: 'ada@example.org',
        invoiceAddress: { company: 'Analytical Engines' },
        positions: [
          {
            item: 'dinner',
            attendeeName: 'Ada Lovelace',
            answers: { diet: 'vegan', topics: ['security', 'databases'] },
          },
        ],
      },
    ],
  })
  assert.ok(placed)
  test.takeFired()
  return { id: placed.id }
}

async function read({ id }: { id: string }) {
  const [row] = await test.query(
    `select o.email, o.phone, o.locale, a.company, a.city, a.name_parts as "billedTo", p.attendee_name_parts as name,
       p.attendee_email as "attendeeEmail", p.city as "attendeeCity",
       (select json_object_agg(q.identifier, n.text) from ticket_shop.answer n
         join ticket_shop.question q on q.id = n.question_id where n.position_id = p.id) as answers,
       (select count(*)::int from ticket_shop.answer n join ticket_shop.answer_option x on x.answer_id = n.id
         where n.position_id = p.id) as options
     from ticket_shop."order" o join ticket_shop.order_position p on p.order_id = o.id
     left join ticket_shop.invoice_address a on a.order_id = o.id where o.id = $1`,
    [id],
  )
  return row
}

describe('modifying an order', () => {
  it('changes what it is told, keeps the rest, and says what changed without saying to what', async () => {
    const order = await place()
    await modifyOrder(test.shop, {
      order,
      phone: '+49 30 123456',
      locale: 'de',
      invoiceAddress: { name: { given_name: 'Charles', family_name: 'Babbage' }, city: 'London' },
      positions: [
        {
          positionid: 1,
          attendeeName: { given_name: 'Ada', family_name: 'King' },
          attendeeEmail: 'king@example.org',
          city: 'Ockham',
          answers: { diet: 'vegetarian', topics: null, badge: 'Countess' },
        },
      ],
    })
    assert.deepEqual(await read(order), {
      email: 'ada@example.org',
      phone: '+49 30 123456',
      locale: 'de',
      company: null,
      city: 'London',
      billedTo: { scheme: 'given_family', given_name: 'Charles', family_name: 'Babbage' },
      name: { scheme: 'given_family', given_name: 'Ada', family_name: 'King' },
      attendeeEmail: 'king@example.org',
      attendeeCity: 'Ockham',
      answers: { diet: 'Vegetarian', badge: 'Countess' },
      options: 1,
    })
    assert.deepEqual(test.takeFired()[0]?.changes, [
      { field: 'phone' },
      { field: 'locale' },
      { field: 'invoice_address' },
      { positionid: 1, field: 'attendee_name' },
      { positionid: 1, field: 'attendee_email' },
      { positionid: 1, field: 'city' },
      { positionid: 1, question: 'diet' },
      { positionid: 1, question: 'topics' },
      { positionid: 1, question: 'badge' },
    ])
  })

  it('takes away what is null', async () => {
    const order = await place()
    const positions = [{ positionid: 1, attendeeName: null }]
    await modifyOrder(test.shop, { order, email: null, invoiceAddress: null, positions })
    const row = await read(order)
    assert.deepEqual([row?.email, row?.company, row?.name], [null, null, null])
    assert.deepEqual(row?.answers, { diet: 'Vegan', topics: 'Databases, Security' })
  })

  it('adds an address to an order without one', async () => {
    const order = await place()
    await modifyOrder(test.shop, { order, invoiceAddress: null })
    await modifyOrder(test.shop, { order, invoiceAddress: { company: 'Difference Engines' } })
    assert.equal((await read(order))?.company, 'Difference Engines')
  })

  it('refuses answers that do not fit their question, strange fields, and nothing at all', async () => {
    const order = await place()
    const answer = (answers: Record<string, string | string[] | boolean>, message: RegExp) =>
      assert.rejects(modifyOrder(test.shop, { order, positions: [{ positionid: 1, answers }] }), { message })
    await answer({ diet: 'steak' }, /"diet" has no option "steak", only all, vegetarian, vegan/)
    await answer({ diet: ['vegan', 'all'] }, /"diet" takes one option/)
    await answer({ topics: [] }, /"topics" takes at least one option/)
    await answer({ years: 'many' }, /"years" \(number\) is not right: must be a number/)
    await answer({ birthday: '2026-02-30' }, /"birthday" \(date\) is not right/)
    await answer({ 'arrival-time': '25:00' }, /"arrival-time" \(time\) is not right/)
    await answer({ flight: '2026-02-03 10:00' }, /"flight" \(datetime\) is not right/)
    await answer({ nationality: 'Germany' }, /"nationality" \(country\) is not right/)
    await answer({ newsletter: 'perhaps' }, /"newsletter" \(boolean\) is not right/)
    await answer({ mobile: 'call me' }, /"mobile" \(phone\) is not right/)
    await assert.rejects(modifyOrder(test.shop, { order }), /name at least one thing to modify/)
    await assert.rejects(modifyOrder(test.shop, { order, locale: 'fr' }), /not offered in the language "fr"/)
    await assert.rejects(
      modifyOrder(test.shop, { order, positions: [{ positionid: 2, city: 'Bern' }] }),
      /has no position 2/,
    )
    assert.deepEqual(test.takeFired(), [])
  })
})
