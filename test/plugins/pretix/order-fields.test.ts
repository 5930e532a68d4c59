// A ticket shop's order and its twin at pretix: what both have reads the same, so a mapping made for one works for the other.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { applyMapping } from '../../../core/mapping/apply-mapping.ts'
import {
  mappingDocumentSchema,
  type SourceField,
  type SourceModel,
  type SourceRecord,
} from '../../../core/sdk/index.ts'
import { conferenceEvent, conferenceOrder, plainOrder } from '../../support/pretix-conference.ts'
import { createPretixReader, type PretixReader } from '../../support/pretix-reader.ts'
import { type PretixServer, startPretixServer } from '../../support/pretix-server.ts'
import {
  loadOrder,
  orderModelOf,
  placeConferenceOrder,
  positionAt,
  readAll,
  conferenceScope as scope,
} from '../../support/shop-orders.ts'
import { createTicketShopContext, type TicketShopContext } from '../../support/ticket-shop-context.ts'

let shopTest: TicketShopContext
let pretix: PretixServer
let reader: PretixReader
let shop: { model: SourceModel; record: SourceRecord }
let twin: { model: SourceModel; record: SourceRecord }
before(async () => {
  shopTest = await createTicketShopContext()
  pretix = await startPretixServer()
  pretix.addEvent('acme', 'conf26', conferenceEvent)
  pretix.put('acme', 'conf26', conferenceOrder)
  reader = createPretixReader({ baseUrl: pretix.origin, token: pretix.token })
  const model = orderModelOf(shopTest)
  const id = await placeConferenceOrder(shopTest)
  shop = { model, record: await loadOrder(model, { id, scope }) }
  twin = { model: reader.model, record: await loadOrder(reader.model, { id: 'acme/conf26/ABC37', scope }) }
})
after(async () => {
  await shopTest.close()
  await reader.close()
  await pretix.stop()
})

async function sharedFields(name: string): Promise<{ ofShop: SourceField; ofPretix: SourceField }[]> {
  const [shopFields, pretixFields] = await Promise.all([shop.model.fields(name, scope), twin.model.fields(name, scope)])
  return pretixFields.flatMap((ofPretix) => {
    const ofShop = shopFields.find(({ key }) => key === ofPretix.key)
    return ofShop ? [{ ofShop, ofPretix }] : []
  })
}

// Numbers and secrets of its own that each system has.
const ownKeys = ['position_id', 'product_id', 'presale_order_url']

describe('the fields of an order of pretix', () => {
  it('are those of the ticket shop, but for what the API does not have', async () => {
    for (const [name, missing] of [
      ['Order', ['order_id', 'customer_id']],
      ['OrderPosition', ['order_id', 'customer_id', 'product_identifier', 'presale_ticket_url']],
    ] as const) {
      const shared = (await sharedFields(name)).map(({ ofShop }) => ofShop.key)
      const lacking = (await shop.model.fields(name, scope))
        .map(({ key }) => key)
        .filter((key) => !shared.includes(key) && !key.startsWith('checkin_date_'))
      assert.deepEqual(lacking.sort(), [...missing].sort())
    }
  })

  it('have the same labels, types, categories and options', async () => {
    const describeField = ({ label, type, category, options, requiredInput }: SourceField) => ({
      label,
      type,
      category,
      requiredInput,
      options: [...(options ?? [])].sort((left, right) => (left.key < right.key ? -1 : 1)),
    })
    for (const name of ['Order', 'OrderPosition']) {
      const shared = await sharedFields(name)
      assert.ok(shared.length >= 25, `${shared.length}`)
      for (const { ofShop, ofPretix } of shared) {
        assert.deepEqual(describeField(ofPretix), describeField(ofShop), ofShop.key)
      }
    }
    assert.deepEqual([...twin.model.inputs], [...shop.model.inputs])
    assert.deepEqual(twin.model.nested, shop.model.nested)
  })

  it('read the same of the order and of each of its positions', async () => {
    const pairs = [
      { name: 'Order', ofShop: shop.record.inputs, ofPretix: twin.record.inputs },
      ...[0, 1, 2].map((index) => ({
        name: 'OrderPosition',
        ofShop: positionAt(shop.record, index).inputs,
        ofPretix: positionAt(twin.record, index).inputs,
      })),
    ]
    let comparedCount = 0
    for (const { name, ofShop, ofPretix } of pairs) {
      for (const { ofShop: shopField, ofPretix: pretixField } of await sharedFields(name)) {
        if (ownKeys.includes(shopField.key)) continue
        const value = pretixField.getter(ofPretix)
        // A position for each piece.
        const expected = shopField.key === 'ticket_quantity' ? '1' : shopField.getter(ofShop)
        assert.deepEqual(value, expected, `${name}.${shopField.key}`)
        if (value !== null) comparedCount++
      }
    }
    assert.ok(comparedCount > 100, `${comparedCount}`)
  })

  it('tell the first check-in on each list, whatever order the scans come in', async () => {
    const fields = await twin.model.fields('OrderPosition', scope)
    const entrance = fields.find(({ label }) => label === 'First check-in on the list Main entrance')
    const workshop = fields.find(({ label }) => label === 'First check-in on the list TypeScript workshop')
    const { inputs } = positionAt(twin.record, 0)
    assert.deepEqual([entrance?.key, entrance?.getter(inputs)], ['checkin_date_1', '2026-09-17T08:55:00+02:00'])
    assert.equal(workshop?.getter(inputs), null)
  })

  it('can be written as JSON, as history wants it', () => {
    assert.doesNotThrow(() => JSON.stringify(twin.record))
  })
})

describe('one mapping document for both', () => {
  const field = (key: string) => ({ externalField: key, source: { field: key } })
  const saleState = { n: 'pending', p: 'paid', e: 'expired', c: 'canceled' }
  const document = mappingDocumentSchema.parse([
    {
      key: 'deal',
      sourceModel: 'Order',
      externalObjectType: 'deal',
      sourceIdField: 'event_order_code',
      externalIdField: 'number',
      propertyMappings: [
        ...['email', 'email_domain', 'phone', 'order_total', 'order_date', 'order_expiry_date', 'payment_date'].map(
          field,
        ),
        ...['order_locale', 'event_name', 'event_currency', 'event_date_from', 'event_date_to'].map(field),
        ...['company', 'name', 'name_given_name', 'street', 'zipcode', 'city', 'country', 'vat_id', 'is_business'].map(
          (key) => field(`invoice_address_${key}`),
        ),
        { ...field('order_status'), valueMap: saleState },
        {
          externalField: 'tickets',
          each: {
            nestedModel: 'OrderPosition',
            propertyMappings: [
              ...['ticket_id', 'ticket_price', 'product', 'product_category', 'product_is_admission'].map(field),
              ...['attendee_name', 'attendee_name_family_name', 'attendee_email', 'attendee_city'].map(field),
              ...['event_or_date_name', 'event_date_from', 'voucher_code'].map(field),
              ...['newsletter', 'birthday', 'flight', 'topics', 'years'].map((key) => field(`question_${key}`)),
              { ...field('ticket_status'), valueMap: saleState },
              {
                ...field('question_diet'),
                valueMap: { all: 'everything', vegetarian: 'no meat', vegan: 'plants' },
              },
              { externalField: 'line', source: { template: '{position_number}: {product} for {attendee_name}' } },
            ],
          },
        },
      ],
    },
  ])

  async function apply({ model, record }: { model: SourceModel; record: SourceRecord }) {
    const fields = new Map(
      await Promise.all(
        ['Order', 'OrderPosition'].map(
          async (name) => [name, new Map((await model.fields(name, scope)).map((one) => [one.key, one]))] as const,
        ),
      ),
    )
    return document.map((mapping) =>
      applyMapping({
        mapping,
        record,
        fields: (name) => fields.get(name) ?? new Map(),
        objectType: null,
        listFieldJoiner: null,
        mappedObjects: {},
        resolveReference: () => null,
      }),
    )
  }

  it('gives the same object', async () => {
    const [ofShop] = await apply(shop)
    const [ofPretix] = await apply(twin)
    assert.deepEqual(ofPretix, ofShop)
    assert.equal(ofPretix?.kind, 'object')
    if (ofPretix?.kind !== 'object') return
    assert.equal(ofPretix.idValue, 'CONF26-ABC37')
    assert.ok(ofPretix.properties.filter(([, value]) => value !== null).length >= 15)
    const tickets = ofPretix.properties.find(([name]) => name === 'tickets')?.[1]
    assert.deepEqual(
      Array.isArray(tickets) &&
        tickets.map((ticket) => [Reflect.get(Object(ticket), 'line'), Reflect.get(Object(ticket), 'ticket_status')]),
      [
        ['1: Conference ticket – Early bird for Ada King Lovelace', 'paid'],
        ['2: T-shirt – M for Ada King Lovelace', 'paid'],
        ['3: Workshop seat for ', 'canceled'],
      ],
    )
  })
})

describe('an order of pretix', () => {
  const read = async (changes: Parameters<typeof plainOrder>[2], name: 'Order' | 'OrderPosition' = 'Order') => {
    pretix.put('acme', 'conf26', plainOrder('CHANGED', 1, changes))
    const record = await loadOrder(twin.model, { id: 'acme/conf26/CHANGED', scope })
    const inputs = name === 'Order' ? record.inputs : positionAt(record, 0).inputs
    return readAll(await twin.model.fields(name, scope), inputs)
  }
  const [anyPosition] = plainOrder('CHANGED', 1).positions
  const withPosition = (changes: Record<string, unknown>) =>
    read({ positions: [{ ...anyPosition, canceled: false, ...changes }] }, 'OrderPosition')

  it('leads to its page in the back office of pretix', () => {
    assert.equal(twin.record.href, `${pretix.origin}/control/event/acme/conf26/orders/ABC37/`)
    assert.deepEqual([twin.record.id, twin.record.label, twin.record.scope], ['acme/conf26/ABC37', 'ABC37', scope])
  })

  it('may lack an invoice address, a phone number, an e-mail address and a payment', async () => {
    const values = await read({ email: '', phone: null, invoice_address: null, payments: [] })
    for (const key of ['email', 'email_domain', 'phone', 'invoice_address_city', 'invoice_address_name_given_name']) {
      assert.equal(values[key], null, key)
    }
    assert.equal(values.invoice_address_is_business, null)
  })

  it('that is pending has no date of payment, also when part of the money came', async () => {
    const payments = [{ state: 'confirmed', amount: '10.00', payment_date: '2026-05-02T10:00:00Z' }]
    assert.equal((await read({ status: 'n', payments })).payment_date, null)
    assert.equal((await read({ status: 'p', payments })).payment_date, '2026-05-02T12:00:00+02:00')
  })

  it('splits a name that was asked for as one text on its last space, and only that', async () => {
    const nameOf = async (whole: string, parts: Record<string, string>) => {
      const values = await withPosition({ attendee_name: whole, attendee_name_parts: parts })
      return [values.attendee_name, values.attendee_name_given_name, values.attendee_name_family_name]
    }
    assert.deepEqual(await nameOf('Ludwig van Beethoven', { _scheme: 'full', full_name: 'Ludwig van Beethoven' }), [
      'Ludwig van Beethoven',
      'Ludwig van',
      'Beethoven',
    ])
    assert.deepEqual(await nameOf('Cher', { _legacy: 'Cher' }), ['Cher', 'Cher', null])
    assert.deepEqual(await nameOf('Ada', { _scheme: 'given_family', given_name: 'Ada', family_name: '' }), [
      'Ada',
      'Ada',
      null,
    ])
    const titled = { _scheme: 'title_given_family', title: 'Dr', given_name: 'Grace', family_name: 'Hopper' }
    const values = await withPosition({ attendee_name: 'Dr Grace Hopper', attendee_name_parts: titled })
    assert.deepEqual([values.attendee_name_title, values.attendee_name_full_name], ['Dr', 'Dr Grace Hopper'])
  })

  it('keeps the text of an answer that is in no form we know', async () => {
    const answers = [
      { question_identifier: 'flight', answer: 'in the evening', option_identifiers: [] },
      { question_identifier: 'newsletter', answer: 'True', option_identifiers: [] },
    ]
    const values = await withPosition({ answers })
    assert.deepEqual([values.question_flight, values.question_newsletter], ['in the evening', true])
    assert.deepEqual(values.question_diet, [])
  })

  it('stops a mapping that uses the code of a voucher which the token may not read, and no other', async () => {
    const other = createPretixReader({ baseUrl: pretix.origin, token: pretix.token })
    try {
      pretix.forbid('acme/conf26/vouchers')
      const record = await loadOrder(other.model, { id: 'acme/conf26/ABC37', scope })
      const fields = await other.model.fields('OrderPosition', scope)
      const { inputs } = positionAt(record, 0)
      const find = (key: string) => fields.find((one) => one.key === key)
      assert.throws(() => find('voucher_code')?.getter(inputs), /voucher 99 of acme\/conf26.*"Can view vouchers"/)
      assert.equal(find('ticket_price')?.getter(inputs), '99.00')
      assert.equal(find('voucher_code')?.getter(positionAt(record, 1).inputs), null)
    } finally {
      pretix.forbid()
      await other.close()
    }
  })

  it('reads names in the language that is asked for, else in one there is', async () => {
    const german = createPretixReader({ baseUrl: pretix.origin, token: pretix.token, locale: 'de-informal' })
    try {
      const record = await loadOrder(german.model, { id: 'acme/conf26/ABC37', scope })
      const values = readAll(await german.model.fields('OrderPosition', scope), positionAt(record, 0).inputs)
      assert.equal(values.event_name, 'Acme-Konferenz 2026')
      assert.equal(values.product, 'Konferenzticket – Early bird')
    } finally {
      await german.close()
    }
  })
})
