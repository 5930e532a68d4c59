import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { conferenceReference, setUpConference } from '../../../plugins/ticket-shop/conference-event.ts'
import { copyEvent } from '../../../plugins/ticket-shop/copy-event.ts'
import { placeOrders } from '../../../plugins/ticket-shop/place-order.ts'
import { setUpEvent } from '../../../plugins/ticket-shop/set-up-event.ts'
import { createTicketShopContext, type TicketShopContext } from '../../support/ticket-shop-context.ts'

let test: TicketShopContext
before(async () => {
  test = await createTicketShopContext()
  await setUpConference(test.shop.database)
})
after(() => test.close())

// Everything that belongs to an event, without the ids.
async function describeEvent(slug: string): Promise<Record<string, unknown> | undefined> {
  const [row] = await test.query(
    `select e.name, e.currency, e.timezone, e.locales, e.name_scheme, e.public_url, e.date_from, e.date_to,
      (select json_agg(json_build_array(slug, name, date_from, date_to) order by slug)
        from ticket_shop.sub_event where event_id = e.id) as dates,
      (select json_agg(json_build_array(identifier, name, description, sort_index) order by identifier)
        from ticket_shop.item_category where event_id = e.id) as categories,
      (select json_agg(json_build_array(i.identifier, i.name, c.identifier, i.default_price, i.is_admission, i.is_active,
          i.supplier, i.quantity_per_unit, i.units_in_stock, i.sort_index) order by i.identifier)
        from ticket_shop.item i left join ticket_shop.item_category c on c.id = i.category_id
        where i.event_id = e.id) as items,
      (select json_agg(json_build_array(i.identifier, v.identifier, v.name, v.price, v.sort_index)
          order by i.identifier, v.identifier)
        from ticket_shop.item_variation v join ticket_shop.item i on i.id = v.item_id
        where i.event_id = e.id) as variations,
      (select json_agg(json_build_array(identifier, text, type, sort_index) order by identifier)
        from ticket_shop.question where event_id = e.id) as questions,
      (select json_agg(json_build_array(q.identifier, o.identifier, o.answer, o.sort_index) order by o.identifier)
        from ticket_shop.question_option o join ticket_shop.question q on q.id = o.question_id
        where q.event_id = e.id) as options,
      (select json_agg(json_build_array(l.name, s.slug) order by l.name)
        from ticket_shop.check_in_list l left join ticket_shop.sub_event s on s.id = l.sub_event_id
        where l.event_id = e.id) as lists
    from ticket_shop.event e where e.slug = $1`,
    [slug],
  )
  return row
}

describe('setting up an event', () => {
  it('changes nothing when it is told twice, not even the uses of a voucher', async () => {
    const orders = [{ positions: [{ item: 'conference-ticket', variation: 'regular', voucher: 'FRIENDS26' }] }]
    await placeOrders(test.shop, { event: conferenceReference, orders })
    const read = () =>
      test.query(`select (select json_agg(v order by id) from ticket_shop.voucher v) as vouchers,
        (select json_agg(i order by id) from ticket_shop.item i) as items,
        (select json_agg(o order by id) from ticket_shop.question_option o) as options,
        (select json_agg(l order by id) from ticket_shop.check_in_list l) as lists`)
    const [beforehand, described] = [await read(), await describeEvent('conf26')]
    await setUpConference(test.shop.database)
    assert.deepEqual(await read(), beforehand)
    assert.deepEqual(await describeEvent('conf26'), described)
    assert.match(JSON.stringify(beforehand), /"redeemed_count":1/)
  })

  it('brings what exists to what is told', async () => {
    const setup = { organizer: { slug: 'acme', name: 'Acme' }, slug: 'shop', name: 'Shop', currency: 'EUR' }
    const item = { identifier: 'tea', name: 'Tea', defaultPrice: '3' }
    await setUpEvent(test.shop.database, { ...setup, items: [{ ...item, unitsInStock: 5, supplier: 'Twinings' }] })
    await setUpEvent(test.shop.database, { ...setup, items: [{ ...item, unitsInStock: 4 }] })
    const rows = await test.query(`select units_in_stock, supplier from ticket_shop.item where identifier = 'tea'`)
    assert.deepEqual(rows, [{ units_in_stock: 4, supplier: null }])
  })

  it('refuses what is wrong and says where', async () => {
    const setup = { organizer: { slug: 'acme', name: 'Acme' }, slug: 'bad', name: 'Bad', currency: 'EUR' }
    const reject = (change: object, message: RegExp) =>
      assert.rejects(setUpEvent(test.shop.database, { ...setup, ...change }), { message })
    await reject({ timezone: 'Berlin' }, /timezone: must be an IANA time zone/)
    await reject({ slug: 'Ü' }, /slug: must be lower-case/)
    await reject({ publicUrl: 'javascript:alert(1)' }, /publicUrl/)
    await reject({ items: [{ identifier: 'a', name: 'A', defaultPrice: '1', category: 'b' }] }, /no category "b"/)
    assert.equal(await describeEvent('bad'), undefined)
  })
})

describe('copying an event', () => {
  it('copies everything but orders and vouchers, and says which id became which', async () => {
    const copy = await copyEvent(test.shop, { event: conferenceReference, slug: 'conf27' })
    assert.equal(copy.reference, 'acme/conf27')
    assert.deepEqual(await describeEvent('conf27'), await describeEvent('conf26'))
    const [counts] = await test.query(
      `select (select count(*)::int from ticket_shop.voucher where event_id = $1) as vouchers,
        (select count(*)::int from ticket_shop."order" where event_id = $1) as orders`,
      [copy.eventId],
    )
    assert.deepEqual(counts, { vouchers: 0, orders: 0 })
    const lists = await test.query(
      `select o.id as old, n.id as new from ticket_shop.check_in_list o join ticket_shop.check_in_list n on n.name = o.name
       join ticket_shop.event e on e.id = o.event_id where e.slug = 'conf26' and n.event_id = $1`,
      [copy.eventId],
    )
    assert.equal(lists.length, 3)
    assert.deepEqual(copy.ids.checkInLists, Object.fromEntries(lists.map((list) => [list.old, list.new])))
    const lengths = Object.fromEntries(Object.entries(copy.ids).map(([kind, ids]) => [kind, Object.keys(ids).length]))
    assert.deepEqual(lengths, {
      subEvents: 2,
      categories: 3,
      items: 4,
      variations: 7,
      questions: 12,
      options: 6,
      checkInLists: 3,
    })
  })

  it('says so in its transaction, and is not made when that fails', async () => {
    test.takeCopies()
    await copyEvent(test.shop, { event: conferenceReference, slug: 'told' })
    assert.deepEqual(test.takeCopies(), [{ from: 'organizer:acme/event:conf26', to: 'organizer:acme/event:told' }])
    test.failNextSignal(new Error('no connection was begun'))
    await assert.rejects(
      copyEvent(test.shop, { event: conferenceReference, slug: 'untold' }),
      /no connection was begun/,
    )
    assert.equal(await describeEvent('untold'), undefined)
  })

  it('moves every date by as much as the begin', async () => {
    await copyEvent(test.shop, {
      event: conferenceReference,
      slug: 'conf28',
      name: 'Acme Conference 2028',
      dateFrom: '2028-09-17T09:00:00+02:00',
    })
    const [row] = await test.query(
      `select e.name, e.date_from, e.date_to, min(s.date_from) as workshop from ticket_shop.event e
       join ticket_shop.sub_event s on s.event_id = e.id where e.slug = 'conf28' group by e.id`,
    )
    assert.deepEqual(row, {
      name: 'Acme Conference 2028',
      date_from: new Date('2028-09-17T07:00:00Z'),
      date_to: new Date('2028-09-18T16:00:00Z'),
      workshop: new Date('2028-09-16T08:00:00Z'),
    })
  })

  it('refuses a name that is taken and an event that is not there', async () => {
    const copy = (event: string, slug: string) => copyEvent(test.shop, { event, slug })
    await assert.rejects(copy(conferenceReference, 'conf26'), /has an event "conf26" already/)
    await assert.rejects(copy('acme/nowhere', 'conf29'), /There is no event "acme\/nowhere"/)
  })
})
