import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { applyMapping } from '../../core/mapping/apply-mapping.ts'
import type {
  MappedObject,
  NestedRecord,
  OutboundSyncProvider,
  ProviderClass,
  SourceField,
  SourceRecord,
} from '../../core/sdk/index.ts'
import type { NameParts } from '../../plugins/ticket-shop/name-scheme.ts'
import type { LoadedOrder, LoadedPosition } from '../../plugins/ticket-shop/source-models/loaded-order.ts'
import { createOrderModel } from '../../plugins/ticket-shop/source-models/order-model.ts'
import { FakeApiClient } from '../support/fake-api-client.ts'
import { createRecordingHttpClient } from '../support/recording-http-client.ts'
import { OrderAndTicketAssociationSync, SimpleOrderSync } from '../support/reference-providers.ts'
import { refuseTcp } from '../support/refuse-tcp.ts'
import { syncArgs } from '../support/sync-args.ts'

// What the shop's source model reads about an event: names asked for in two parts, two questions.
const scopeSettings = {
  events: [{ slug: 'fair26', nameScheme: 'given_family', locales: ['en'] }],
  questions: [
    { identifier: 'COLOUR', text: 'Favourite colour', type: 'text', options: [] },
    {
      identifier: 'MEAL',
      text: 'Meal',
      type: 'choice',
      options: [
        { key: 'M1', label: 'vegetarian' },
        { key: 'M2', label: 'vegan' },
      ],
    },
  ],
  check_in_lists: null,
}
// Declaring fields takes nothing of the database but select().
const shop = { select: async () => [scopeSettings] } as unknown as Parameters<typeof createOrderModel>[0]

const event = {
  id: '1',
  slug: 'fair26',
  name: 'Book fair',
  organizer: 'acme',
  currency: 'EUR',
  timezone: 'UTC',
  dateFrom: null,
  dateTo: null,
  publicUrl: null,
}

function orderOf(order: Partial<LoadedOrder> & Pick<LoadedOrder, 'id' | 'code' | 'email' | 'total'>): LoadedOrder {
  return {
    secret: 's',
    status: 'n',
    customerId: null,
    customerIdentifier: null,
    phone: null,
    locale: 'en',
    placedAt: '2026-01-01T10:00:00Z',
    expiresAt: '2026-01-11T10:00:00Z',
    paidAt: null,
    requiresApproval: false,
    version: 1,
    invoiceAddress: null,
    event,
    ...order,
  }
}

const noAddress = { company: null, street: null, zipcode: null, city: null, state: null, country: null }

function recordOf(
  order: LoadedOrder,
  tickets: { id: string; name: NameParts; color?: string; food?: string }[],
): SourceRecord {
  const positions = tickets.map(({ id, name, color, food }, index): NestedRecord => {
    const position: LoadedPosition = {
      ...noAddress,
      id,
      positionid: index + 1,
      itemId: '1',
      itemIdentifier: 'day',
      itemName: 'Day ticket',
      isAdmission: true,
      categoryName: null,
      variationName: null,
      price: '17.50',
      quantity: 1,
      attendeeNameParts: name,
      attendeeEmail: null,
      voucherCode: null,
      webSecret: 'w',
      isCanceled: false,
      answers: [
        ...(color ? [{ identifier: 'COLOUR', type: 'text' as const, text: color, options: [] }] : []),
        ...(food ? [{ identifier: 'MEAL', type: 'choice' as const, text: food, options: [food] }] : []),
      ],
      checkIns: [],
      order,
      subEvent: null,
      addonTo: null,
    }
    return {
      id,
      label: `${order.code}-${index + 1}`,
      inputs: { position, order, event_or_subevent: event, event },
    }
  })
  return {
    id: order.id,
    label: order.code,
    scope: 'organizer:acme/event:fair26',
    inputs: { order, event },
    nested: { OrderPosition: positions },
  }
}

const twoParts = (given: string, family: string): NameParts => ({
  scheme: 'given_family',
  given_name: given,
  family_name: family,
})

function firstOrder(order: Partial<LoadedOrder> = {}): SourceRecord {
  return recordOf(orderOf({ id: '1', code: 'K7Q2M', email: 'mail@bücher.example', total: '35.00', ...order }), [
    { id: '11', name: twoParts('Grace', 'Hopper'), color: 'Petrol', food: 'M2' },
    { id: '12', name: twoParts('Ludwig', 'van Beethoven'), color: 'Ochre', food: 'M1' },
  ])
}

function secondOrder(order: Partial<LoadedOrder> = {}, name = twoParts('Rosa', 'Parks')): SourceRecord {
  return recordOf(orderOf({ id: '2', code: 'P4X9T', email: 'rosa@example.net', total: '17.50', ...order }), [
    { id: '21', name },
  ])
}

// The walk of one subject as the line does it: each mapping in turn, results handed on.
async function syncAll(Provider: ProviderClass, records: readonly SourceRecord[]): Promise<string[]> {
  const http = createRecordingHttpClient()
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const connection = { id: 'c', name: 'c', scope: '' }
  const context = { connection, settings: {}, mappings: [], http, connectTcp: refuseTcp, log }
  const provider: OutboundSyncProvider = new Provider(context)
  const model = createOrderModel(shop)
  const fields = new Map<string, ReadonlyMap<string, SourceField>>()
  for (const name of ['Order', 'OrderPosition']) {
    fields.set(name, new Map((await model.fields(name, '')).map((field) => [field.key, field])))
  }
  const actions: string[] = []
  for (const record of records) {
    const mappedObjects: Record<string, (MappedObject | null)[]> = {}
    for (const mapping of provider.mappings) {
      const { key, sourceModel, externalObjectType, externalIdField } = mapping
      const results: (MappedObject | null)[] = []
      for (const nestedRecord of sourceModel === 'Order' ? [undefined] : (record.nested[sourceModel] ?? [])) {
        const mapped = applyMapping({
          mapping,
          record,
          ...(nestedRecord ? { nestedRecord } : {}),
          fields: (name) => fields.get(name) ?? new Map(),
          objectType: null,
          listFieldJoiner: Provider.listFieldJoiner,
          mappedObjects,
          resolveReference: () => null,
        })
        assert.equal(mapped.kind, 'object')
        if (mapped.kind !== 'object') continue
        const { idValue, properties } = mapped
        const result = await provider.syncObjectWithProperties(
          syncArgs({
            http,
            externalObjectType,
            externalIdField,
            idValue,
            properties,
            mappedObjects,
            mappingKey: key,
            sourceModel,
          }),
        )
        assert.ok(result && 'action' in result)
        actions.push(result.action)
        const sourceId = nestedRecord?.id ?? record.id
        results.push({ ...result, sourceModel, sourceId, externalObjectType, externalIdField, idValue })
      }
      mappedObjects[key] = results
    }
  }
  await provider.close()
  await http.close()
  return actions
}

beforeEach(() => {
  SimpleOrderSync.api = new FakeApiClient()
  OrderAndTicketAssociationSync.api = new FakeApiClient()
})

const orders = [
  {
    _id: 0,
    order_number: 'FAIR26-K7Q2M',
    email: 'mail@xn--bcher-kva.example',
    status: 'pending',
    total: '35.00',
    payment_date: null,
  },
  {
    _id: 1,
    order_number: 'FAIR26-P4X9T',
    email: 'rosa@example.net',
    status: 'pending',
    total: '17.50',
    payment_date: null,
  },
]

describe('SimpleOrderSync', () => {
  it('makes one object of each order, with the host of the e-mail address in ASCII', async () => {
    assert.deepEqual(await syncAll(SimpleOrderSync, [firstOrder(), secondOrder()]), ['created', 'created'])
    assert.deepEqual(SimpleOrderSync.api.contents(), { orders: orders })
  })

  it('updates the same objects with the latest state', async () => {
    await syncAll(SimpleOrderSync, [firstOrder(), secondOrder()])
    const paid = firstOrder({ status: 'p', paidAt: '2026-01-02T08:30:00Z' })
    assert.deepEqual(await syncAll(SimpleOrderSync, [paid, secondOrder()]), ['updated', 'nothing_to_do'])
    const [first, second] = SimpleOrderSync.api.contents().orders ?? []
    assert.ok(first)
    assert.equal(Date.parse(String(first.payment_date)), Date.parse('2026-01-02T08:30:00Z'))
    assert.deepEqual({ ...first, payment_date: null }, { ...orders[0], status: 'paid' })
    assert.deepEqual(second, orders[1])
    assert.deepEqual(SimpleOrderSync.api.writes, ['created orders 0', 'created orders 1', 'updated orders 0'])
  })
})

const linked = {
  tickets: [
    {
      _id: 0,
      ticket_number: 'K7Q2M-1',
      price: '17.50',
      given_name: 'Grace',
      family_name: 'Hopper',
      status: 'pending',
      favourite_colour: 'Petrol',
      meal: 'VEGAN',
      links: [],
    },
    {
      _id: 1,
      ticket_number: 'K7Q2M-2',
      price: '17.50',
      given_name: 'Ludwig',
      family_name: 'van Beethoven',
      status: 'pending',
      favourite_colour: 'Ochre',
      meal: 'VEGETARIAN',
      links: [],
    },
    {
      _id: 2,
      ticket_number: 'P4X9T-1',
      price: '17.50',
      given_name: 'Rosa',
      family_name: 'Parks',
      status: 'pending',
      favourite_colour: null,
      meal: null,
      links: [],
    },
  ],
  orders: [
    {
      _id: 0,
      order_number: 'FAIR26-K7Q2M',
      email: 'mail@xn--bcher-kva.example',
      given_name: null,
      family_name: null,
      status: 'pending',
      links: ['link:tickets:0', 'link:tickets:1'],
    },
    {
      _id: 1,
      order_number: 'FAIR26-P4X9T',
      email: 'rosa@example.net',
      given_name: null,
      family_name: null,
      status: 'pending',
      links: ['link:tickets:2'],
    },
  ],
}

describe('OrderAndTicketAssociationSync', () => {
  it('makes the tickets first and links the order to them', async () => {
    const actions = await syncAll(OrderAndTicketAssociationSync, [firstOrder(), secondOrder()])
    assert.deepEqual(actions, ['created', 'created', 'created', 'created', 'created'])
    assert.deepEqual(OrderAndTicketAssociationSync.api.contents(), linked)
    assert.deepEqual(OrderAndTicketAssociationSync.api.writes.slice(0, 3), [
      'created tickets 0',
      'created tickets 1',
      'created orders 0',
    ])
  })

  it('writes nothing when nothing has changed, and only what has', async () => {
    await syncAll(OrderAndTicketAssociationSync, [firstOrder(), secondOrder()])
    const { writes } = OrderAndTicketAssociationSync.api
    assert.deepEqual(
      new Set(await syncAll(OrderAndTicketAssociationSync, [firstOrder(), secondOrder()])),
      new Set(['nothing_to_do']),
    )
    assert.equal(writes.length, 5)
    await syncAll(OrderAndTicketAssociationSync, [firstOrder({ status: 'p' }), secondOrder()])
    assert.deepEqual(writes.slice(5), ['updated tickets 0', 'updated tickets 1', 'updated orders 0'])
  })

  it('splits names that were asked for as one text on their last space', async () => {
    const whole = (text: string): NameParts => ({ scheme: 'full', full_name: text })
    const invoiceAddress = { ...noAddress, isBusiness: false, vatId: null, nameParts: whole('Ana de la Cruz') }
    await syncAll(OrderAndTicketAssociationSync, [secondOrder({ invoiceAddress }, whole('Ludwig van Beethoven'))])
    const { tickets, orders } = OrderAndTicketAssociationSync.api.contents()
    assert.deepEqual([tickets?.[0]?.given_name, tickets?.[0]?.family_name], ['Ludwig van', 'Beethoven'])
    assert.deepEqual([orders?.[0]?.given_name, orders?.[0]?.family_name], ['Ana de la', 'Cruz'])
  })

  it('tolerates a ticket that was declined', async () => {
    const http = createRecordingHttpClient()
    const context = { connection: { id: 'c', name: 'c', scope: '' }, settings: {}, mappings: [], http }
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    const provider = new OrderAndTicketAssociationSync({ ...context, connectTcp: refuseTcp, log })
    const result = await provider.syncObjectWithProperties(
      syncArgs({
        http,
        externalObjectType: 'orders',
        externalIdField: 'order_number',
        idValue: 'X',
        mappingKey: 'orders',
        mappedObjects: { tickets: [null] },
      }),
    )
    assert.equal(result.action, 'created')
    assert.deepEqual(OrderAndTicketAssociationSync.api.contents().orders?.[0]?.links, [])
    await http.close()
  })
})
