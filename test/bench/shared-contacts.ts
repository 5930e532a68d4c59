// Orders that share contacts meet at the leases of the contacts: 3,000 orders on 300 of them against a contact each.
import { type MappingDocument, mappingDocumentSchema } from '../../core/sdk/mapping.ts'
import { type Bench, type BenchShop, firstIds } from './bench-shop.ts'
import { drain, fireSignals } from './product.ts'
import { medianRatio, perSecond, type Row, row } from './rows.ts'

const orderCount = 3_000
const contactCount = 300

const mappings: MappingDocument = mappingDocumentSchema.parse([
  {
    key: 'ticket',
    sourceModel: 'OrderPosition',
    externalObjectType: 'ticket',
    sourceIdField: 'id',
    externalIdField: 'id',
    propertyMappings: ['item', 'price', 'attendee'].map((key) => ({ externalField: key, source: { field: key } })),
  },
  {
    key: 'contact',
    sourceModel: 'Order',
    externalObjectType: 'contact',
    sourceIdField: 'email',
    externalIdField: 'email',
    propertyMappings: ['email', 'city'].map((key) => ({ externalField: key, source: { field: key } })),
  },
])

export async function measureSharedContacts(bench: Bench): Promise<Row[]> {
  const shop = await bench.openShop({ name: 'contacts', orderCount })
  const shared: number[] = []
  const own: number[] = []
  try {
    for (let round = 0; round <= bench.roundCount; round++) {
      const ofOwn = await drainContacts(shop, orderCount)
      const ofShared = await drainContacts(shop, contactCount)
      if (round === 0) continue
      own.push(ofOwn)
      shared.push(ofShared)
    }
  } finally {
    await shop.close()
  }
  return [
    row({
      name: `${orderCount} orders on ${contactCount} contacts / a contact each`,
      value: medianRatio(shared, own),
      atLeast: 0.5,
      detail: `${perSecond(shared)} against ${perSecond(own)}`,
    }),
  ]
}

async function drainContacts(shop: BenchShop, count: number): Promise<number> {
  await shop.pool.query(`update fixture.orders set email = 'buyer' || id % $1::int || '@customers.example'`, [count])
  await shop.connect({ mappings })
  await fireSignals(shop.pool, shop.sync, firstIds(orderCount))
  const speed = await drain(shop, { orderCount, objectCount: orderCount * 2 + count })
  await shop.disconnectAll()
  return speed
}
