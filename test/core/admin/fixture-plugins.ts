// A small host and a small remote for the page tests: orders in memory, a provider that is never called, pages of a
// plugin's own, and two plugins that are out of use.

import { z } from 'zod'
import { definePlugin, type Plugin } from '../../../core/sdk/plugin.ts'
import { OutboundSyncProvider } from '../../../core/sdk/provider.ts'
import { secret } from '../../../core/sdk/secret.ts'
import type { SourceField, SourceModel, SourceRecord } from '../../../core/sdk/source-model.ts'

export const eventScope = 'organizer:acme/event:conf26'
export const otherScope = 'organizer:rival/event:fair26'

export interface FixtureOrder {
  id: string
  code: string
  scope: string
  status: string
  placedOn: string
}

export const orders: readonly FixtureOrder[] = Array.from({ length: 40 }, (_, index) => ({
  id: String(index + 1),
  code: `K${String(1000 + index)}`,
  scope: index < 34 ? eventScope : otherScope,
  status: index % 4 === 0 ? 'paid' : 'pending',
  placedOn: `2026-11-${String((index % 28) + 1).padStart(2, '0')}`,
}))

const field = (key: string, label: string): SourceField => ({
  key,
  label,
  category: { label: 'Order', sortIndex: 21 },
  type: 'text',
  requiredInput: 'order',
  getter: () => null,
})

function matching(filter: Readonly<Record<string, string>>, scope: string): FixtureOrder[] {
  return orders.filter(
    (order) =>
      (scope === '' || order.scope === scope || order.scope.startsWith(`${scope}/`)) &&
      (!filter.code || order.code === filter.code) &&
      (!filter.status || order.status === filter.status) &&
      (!filter.from || order.placedOn >= filter.from),
  )
}

const orderModel: SourceModel = {
  name: 'Order',
  label: 'Order',
  labelPlural: 'Orders',
  inputs: ['order'],
  nested: { OrderPosition: { label: 'Order position', inputs: ['position', 'order'] } },
  filters: [
    { key: 'code', label: 'Order code', type: 'text' },
    { key: 'from', label: 'Placed on or after', type: 'date' },
    {
      key: 'status',
      label: 'Status',
      type: 'choice',
      options: [
        { key: 'paid', label: 'Paid' },
        { key: 'pending', label: 'Pending' },
      ],
    },
  ],
  fields: async (model) =>
    model === 'Order'
      ? [field('order_code', 'Order code'), field('email', 'E-mail'), field('order_total', 'Total')]
      : [field('ticket_id', 'Ticket number'), field('attendee_name', 'Attendee name'), field('product', 'Product')],
  load: async (ids, { scope }) =>
    matching({}, scope)
      .filter(({ id }) => ids.includes(id))
      .map(
        (order): SourceRecord => ({
          id: order.id,
          label: order.code,
          scope: order.scope,
          href: `/shop/orders/${order.code}`,
          inputs: { order },
          nested: {},
        }),
      ),
  page: async (_after, filter, { scope, limit }) => ({
    records: matching(filter, scope)
      .slice(0, limit)
      .map(({ id, scope: own }) => ({ id, scope: own })),
    next: null,
  }),
  count: async (filter, { scope }) => matching(filter, scope).length,
}

class FixtureProvider extends OutboundSyncProvider<{ url: string }> {
  static override readonly identifier = 'crm'
  static override readonly version = '1.2.0'
  static override readonly displayName = 'Example CRM'
  static override readonly settings = z.object({
    url: z.string().meta({ title: 'Address of the CRM' }),
    accountName: z.string().optional(),
    token: secret(),
  })
  static override readonly externalObjectTypes = [
    {
      name: 'deal',
      label: 'Deal',
      idFields: ['code'],
      fields: [
        { key: 'code', label: 'Deal code', type: 'text' as const },
        { key: 'amount', label: 'Amount', type: 'decimal' as const },
        { key: 'contact_email', label: 'Contact e-mail', type: 'email' as const },
        { key: 'items', label: 'Line items', type: 'object_list' as const },
      ],
    },
  ]

  async syncObjectWithProperties(): Promise<null> {
    return null
  }
}

export const mappingDocument = [
  {
    key: 'deals',
    sourceModel: 'Order',
    externalObjectType: 'deal',
    sourceIdField: 'order_code',
    externalIdField: 'code',
    whenNoLonger: 'keep',
    when: {
      all: [
        { field: 'email', is: 'not_empty' },
        { field: 'order_total', operator: 'greater_than', value: '0' },
      ],
    },
    propertyMappings: [
      {
        externalField: 'amount',
        source: { field: 'order_total' },
        transforms: [{ name: 'number' }, { name: 'round', digits: 2 }],
      },
      {
        externalField: 'contact_email',
        source: { field: 'email' },
        transforms: [{ name: 'lowercase' }],
        updateMode: 'if_empty',
      },
      {
        externalField: 'items',
        each: {
          nestedModel: 'OrderPosition',
          propertyMappings: [
            { externalField: 'number', source: { field: 'ticket_id' } },
            { externalField: 'title', source: { template: '{product} for {attendee_name}' } },
          ],
        },
      },
    ],
  },
]

export interface PageLog {
  forms: Readonly<Record<string, string | readonly string[]>>[]
}

export function createFixturePlugins(pageLog: PageLog): Plugin[] {
  const shop = definePlugin({
    name: 'shop',
    displayName: 'Example shop',
    description: 'The host of these tests.',
    version: '1.0.0',
    compatibility: '*',
    level: 'instance',
    viewsUrl: new URL('./fixture-views/', import.meta.url),
    setup: () => ({
      sourceModels: [orderModel],
      pages: [
        {
          method: 'GET',
          path: '/orders',
          navigation: { label: 'Shop orders' },
          handle: async ({ url }) => ({
            view: 'orders',
            title: 'Shop orders',
            data: { orders: orders.map((order) => ({ ...order, href: url(`/shop/orders/${order.code}`) })) },
          }),
        },
        {
          method: 'GET',
          path: '/orders/:code',
          scope: ({ code }) => orders.find((order) => order.code === code)?.scope ?? '',
          handle: async ({ params, href }) => {
            const order = orders.find(({ code }) => code === params.code)
            return order
              ? { view: 'order', title: `Order ${order.code}`, data: { order, href } }
              : { notFound: 'There is no order with this code.' }
          },
        },
        {
          method: 'POST',
          path: '/orders/:code',
          scope: ({ code }) => orders.find((order) => order.code === code)?.scope ?? '',
          handle: async ({ form, url, params }) => {
            pageLog.forms.push(form)
            return {
              redirectTo: url(`/shop/orders/${params.code}`),
              notice: { kind: 'success', text: 'The order is changed.' },
            }
          },
        },
        {
          method: 'GET',
          path: '/failing',
          handle: async () => {
            throw new Error('a fault of the plugin')
          },
        },
      ],
    }),
  })
  const crm = definePlugin({
    name: 'crm',
    displayName: 'Example CRM',
    description: 'Sends orders to the example CRM.',
    version: '1.2.0',
    compatibility: '^0.1.0',
    level: 'event',
    providers: [FixtureProvider],
  })
  const old = definePlugin({ name: 'old-erp', displayName: 'Old ERP', version: '3.0.0', compatibility: '^99.0.0' })
  return [shop, crm, old]
}
