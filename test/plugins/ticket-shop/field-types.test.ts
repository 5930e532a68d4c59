import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { SourceField, SourceModel, SourceRecord } from '../../../core/sdk/index.ts'
import { setUpEvent } from '../../../plugins/ticket-shop/set-up-event.ts'
import {
  conferenceScope,
  loadOrder,
  orderModelOf,
  placeConferenceOrder,
  placeTradeOrder,
  positionAt,
  tradeScope,
} from '../../support/shop-orders.ts'
import { createTicketShopContext, type TicketShopContext } from '../../support/ticket-shop-context.ts'

let test: TicketShopContext
let model: SourceModel
let conference: SourceRecord
let trade: SourceRecord
before(async () => {
  test = await createTicketShopContext()
  model = orderModelOf(test)
  conference = await loadOrder(model, { id: await placeConferenceOrder(test), scope: conferenceScope })
  trade = await loadOrder(model, { id: await placeTradeOrder(test), scope: tradeScope })
})
after(() => test.close())

describe('every field', () => {
  it('returns what its type says, for every position of every order', async () => {
    let readCount = 0
    for (const [record, scope] of [
      [conference, conferenceScope],
      [trade, tradeScope],
    ] as const) {
      const records = [{ model: 'Order', inputs: record.inputs }].concat(
        (record.nested.OrderPosition ?? []).map(({ inputs }) => ({ model: 'OrderPosition', inputs })),
      )
      for (const { model: name, inputs } of records) {
        for (const field of await model.fields(name, scope)) {
          assertType(field, field.getter(inputs))
          readCount += 1
        }
      }
    }
    assert.ok(readCount > 200)
  })

  it('has a key of its own, an input that its model has, and a category in order', async () => {
    const expected = [
      [10, 'Order position'],
      [11, 'Attendee'],
      [12, 'Questions'],
      [20, 'Product'],
      [21, 'Order'],
      [22, 'Invoice address'],
      [30, 'Event'],
      [31, 'Event or date'],
    ]
    const fields = await model.fields('OrderPosition', conferenceScope)
    const categories = new Map(fields.map(({ category }) => [category.sortIndex, category.label]))
    assert.deepEqual(
      [...categories].sort(([left], [right]) => left - right),
      expected,
    )
    for (const name of ['Order', 'OrderPosition']) {
      const ofModel = await model.fields(name, conferenceScope)
      const inputs = name === 'Order' ? model.inputs : model.nested.OrderPosition?.inputs
      assert.equal(new Set(ofModel.map(({ key }) => key)).size, ofModel.length)
      for (const field of ofModel) assert.ok(inputs?.includes(field.requiredInput), field.key)
    }
    assert.deepEqual(await model.fields('Nonsense', conferenceScope), [])
  })

  it('of a name that is asked for in parts is no guess', async () => {
    const asked = await model.fields('OrderPosition', conferenceScope)
    assert.ok(asked.some(({ key }) => key === 'attendee_name_given_name'))
    assert.deepEqual(
      asked.filter(({ isDeprecated }) => isDeprecated),
      [],
    )
  })

  it('of a choice names its options', async () => {
    const fields = await model.fields('OrderPosition', conferenceScope)
    const optionsOf = (key: string) => fields.find((field) => field.key === key)?.options?.map((option) => option.key)
    assert.deepEqual(optionsOf('question_diet'), ['all', 'vegetarian', 'vegan'])
    assert.deepEqual(optionsOf('order_locale'), ['en', 'de'])
    assert.deepEqual(optionsOf('order_status'), ['n', 'p', 'e', 'c'])
    assert.equal(optionsOf('question_years'), undefined)
  })

  it('of any event of the organizer is there for the whole organizer, and reads the orders of each', async () => {
    await setUpEvent(test.shop.database, {
      organizer: { slug: 'acme', name: 'Acme Conferences' },
      slug: 'concert',
      name: 'Concert',
      currency: 'CHF',
      locales: ['fr', 'en'],
      nameScheme: 'title_given_family',
      questions: [
        { identifier: 'diet', text: 'Menu?', type: 'choice', options: [{ identifier: 'none', answer: 'Nothing' }] },
        { identifier: 'row', text: 'Which row?', type: 'number' },
      ],
      checkInLists: [{ name: 'Main entrance' }],
    })
    const fields = await model.fields('OrderPosition', 'organizer:acme')
    const find = (key: string) => fields.find((field) => field.key === key)
    assert.deepEqual(
      find('question_diet')?.options?.map(({ key }) => key),
      ['all', 'vegetarian', 'vegan', 'none'],
    )
    assert.ok(find('question_row'))
    assert.ok(find('attendee_name_title'))
    assert.deepEqual(
      find('order_locale')?.options?.map(({ key }) => key),
      ['en', 'de', 'fr'],
    )
    const entrances = fields.filter(({ label }) => label.includes('Main entrance'))
    assert.deepEqual(
      entrances.map(({ label }) => label),
      ['First check-in on the list Main entrance (conf26)', 'First check-in on the list Main entrance (concert)'],
    )
    const { inputs } = positionAt(conference, 0)
    assert.deepEqual(find('question_diet')?.getter(inputs), ['vegan'])
    assert.equal(find('question_row')?.getter(inputs), null)
    assert.equal(find('attendee_name_title')?.getter(inputs), null)
    assert.equal(find('attendee_name_given_name')?.getter(inputs), 'Ada')
  })
})

function assertType(field: SourceField, value: unknown): void {
  const says = `${field.key} (${field.type}): ${JSON.stringify(value)}`
  if (field.type === 'choice' || field.type === 'multiple_choice') {
    assert.ok(Array.isArray(value), says)
    assert.ok(field.type === 'multiple_choice' || value.length <= 1, says)
    for (const key of value)
      assert.ok(
        field.options?.some((option) => option.key === key),
        says,
      )
  } else if (value !== null) {
    assert.equal(typeof value, field.type === 'boolean' ? 'boolean' : 'string', says)
    assert.notEqual(value, '', says)
  }
}
