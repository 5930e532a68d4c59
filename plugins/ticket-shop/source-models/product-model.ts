// The source model `Product`: what an event sells.
import { createFieldMaker, type SourceFilter, type SourceModel, z } from '../../../core/sdk/index.ts'
import { eventScope } from '../scope-path.ts'
import type { ShopDatabase } from '../shop-database.ts'
import { createCatalogueModel } from './catalogue-model.ts'
import { eventFields } from './event-fields.ts'
import { fieldCategories } from './field-categories.ts'
import { type Keyset, parseFilter } from './keyset.ts'
import { eventJoins, eventScopeSql, scopeConditions } from './scope-conditions.ts'

interface LoadedProduct {
  id: string
  identifier: string
  name: string
  categoryId: string | null
  categoryIdentifier: string | null
  categoryName: string | null
  price: string
  isActive: boolean
  isAdmission: boolean
  supplier: string | null
  quantityPerUnit: string | null
  unitsInStock: number | null
}

const product = createFieldMaker<LoadedProduct>('product', fieldCategories.product)

const fields = [
  product({ key: 'id', label: 'Id', type: 'integer', read: ({ id }) => id }),
  product({ key: 'identifier', label: 'Identifier', read: ({ identifier }) => identifier }),
  product({ key: 'name', label: 'Name', read: ({ name }) => name }),
  product({ key: 'category_id', label: 'Category id', type: 'integer', read: ({ categoryId }) => categoryId }),
  product({ key: 'category_identifier', label: 'Category identifier', read: (item) => item.categoryIdentifier }),
  product({ key: 'category_name', label: 'Category', read: ({ categoryName }) => categoryName }),
  product({ key: 'price', label: 'Price', type: 'decimal', read: ({ price }) => price }),
  product({ key: 'active', label: 'On sale', type: 'boolean', read: ({ isActive }) => isActive }),
  product({ key: 'admission', label: 'Admits a person', type: 'boolean', read: ({ isAdmission }) => isAdmission }),
  product({ key: 'supplier', label: 'Supplier', read: ({ supplier }) => supplier }),
  product({ key: 'quantity_per_unit', label: 'Quantity per unit', read: ({ quantityPerUnit }) => quantityPerUnit }),
  product({
    key: 'units_in_stock',
    label: 'Units in stock',
    type: 'integer',
    read: ({ unitsInStock }) => (unitsInStock === null ? null : String(unitsInStock)),
  }),
  ...eventFields,
]

const statement = `
select json_build_object(
  'id', r.id::text, 'identifier', r.identifier, 'name', r.name, 'categoryId', c.id::text,
  'categoryIdentifier', c.identifier, 'categoryName', c.name, 'price', r.default_price::text,
  'isActive', r.is_active, 'isAdmission', r.is_admission, 'supplier', r.supplier,
  'quantityPerUnit', r.quantity_per_unit, 'unitsInStock', r.units_in_stock) as product,
json_build_object('slug', e.slug, 'name', e.name, 'organizer', g.slug, 'currency', e.currency) as event
from ticket_shop.item r ${eventJoins}
left join ticket_shop.item_category c on c.id = r.category_id
where r.id = any($1::bigint[]) and ($2::text is null or g.slug = $2) and ($3::text is null or e.slug = $3)
order by r.id`

interface Row {
  product: LoadedProduct
  event: { slug: string; name: string; organizer: string; currency: string }
}

const filterSchema = z.strictObject({ active: z.enum(['yes', 'no']).optional(), event: z.string().optional() })

export function createProductModel(database: ShopDatabase): SourceModel {
  return createCatalogueModel<Row>(database, {
    name: 'Product',
    label: 'Product',
    labelPlural: 'Products',
    inputs: ['product', 'event'],
    filters: [
      {
        key: 'active',
        label: 'On sale',
        type: 'choice',
        options: [
          { key: 'yes', label: 'yes' },
          { key: 'no', label: 'no' },
        ],
      },
      { key: 'event', label: 'Event (its short name)', type: 'text' },
    ],
    fields,
    statement,
    toRecord: (row) => ({
      id: row.product.id,
      label: row.product.name,
      scope: eventScope(row.event.organizer, row.event.slug),
      inputs: { product: row.product, event: row.event },
    }),
    keyset,
  })
}

function keyset(filter: SourceFilter, scope: string): Keyset {
  const { active, event } = parseFilter(filterSchema, filter)
  const conditions = scopeConditions(scope)
  if (active) conditions.add((parameter) => `r.is_active = ${parameter}`, active === 'yes')
  if (event) conditions.add((parameter) => `e.slug = ${parameter}`, event)
  return { from: `ticket_shop.item r ${eventJoins}`, scope: eventScopeSql, conditions }
}
