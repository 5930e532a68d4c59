// A mapping of one event in the copy of that event: check-in lists and questions are other rows there, and are found by what
// they are called.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { copyMapping } from '../../../core/connections/copy-mapping.ts'
import { mappingDocumentSchema } from '../../../core/sdk/mapping.ts'
import { conferenceReference, setUpConference } from '../../../plugins/ticket-shop/conference-event.ts'
import { copyEvent } from '../../../plugins/ticket-shop/copy-event.ts'
import { createTicketShopContext, type TicketShopContext } from '../../support/ticket-shop-context.ts'

describe('a mapping in the copy of its event', () => {
  let test: TicketShopContext
  before(async () => {
    test = await createTicketShopContext()
    await setUpConference(test.shop.database)
  })
  after(() => test.close())

  it('fills every property from the field of the same name there', async () => {
    const { ids } = await copyEvent(test.shop, { event: conferenceReference, slug: 'conf27' })
    const models = test.contributions.sourceModels ?? []
    const [from, to] = ['organizer:acme/event:conf26', 'organizer:acme/event:conf27']
    const position = models.find(({ nested }) => 'OrderPosition' in nested)
    assert.ok(position && from && to)
    const keysIn = async (scope: string) => (await position.fields('OrderPosition', scope)).map(({ key }) => key)
    const [before, there] = [await keysIn(from), await keysIn(to)]
    const document = mappingDocumentSchema.parse([
      {
        key: 'tickets',
        sourceModel: 'OrderPosition',
        externalObjectType: 'ticket',
        sourceIdField: before[0],
        externalIdField: 'id',
        propertyMappings: before.map((field, index) => ({ externalField: `field_${index}`, source: { field } })),
      },
    ])
    const connection = { provider: 'crm', objectTypes: [] }
    const copy = await copyMapping(
      { sourceModels: () => models },
      { document, from: { ...connection, scope: from }, to: { ...connection, scope: to } },
    )
    const used = copy.document[0]?.propertyMappings.map((one) =>
      'source' in one && 'field' in one.source ? one.source.field : null,
    )
    assert.deepEqual(
      used?.filter((key) => key === null || !there.includes(key)),
      [],
    )
    assert.equal(new Set(used).size, before.length)
    const lists = Object.entries(ids.checkInLists).map(([old, id]) => [`checkin_date_${old}`, `checkin_date_${id}`])
    assert.ok(lists.length > 0)
    const translated = new Map(copy.translations.map((one) => [one.from, one.to]))
    assert.deepEqual(
      lists.map(([old]) => [old, translated.get(old ?? '')]),
      lists,
    )
  })
})
