// The source model `Category`: the groups of products of an event.
import { createFieldMaker, type SourceFilter, type SourceModel, z } from '../../../core/sdk/index.ts'
import { eventScope } from '../scope-path.ts'
import type { ShopDatabase } from '../shop-database.ts'
import { createCatalogueModel } from './catalogue-model.ts'
import { eventFields } from './event-fields.ts'
import { fieldCategories } from './field-categories.ts'
import { type Keyset, parseFilter } from './keyset.ts'
import { eventJoins, eventScopeSql, scopeConditions } from './scope-conditions.ts'

interface LoadedCategory {
  id: string
  identifier: string
  name: string
  description: string | null
}

const category = createFieldMaker<LoadedCategory>('category', fieldCategories.product)

const fields = [
  category({ key: 'id', label: 'Id', type: 'integer', read: ({ id }) => id }),
  category({ key: 'identifier', label: 'Identifier', read: ({ identifier }) => identifier }),
  category({ key: 'name', label: 'Name', read: ({ name }) => name }),
  category({ key: 'description', label: 'Description', type: 'multiline', read: ({ description }) => description }),
  ...eventFields,
]

const statement = `
select json_build_object('id', r.id::text, 'identifier', r.identifier, 'name', r.name,
  'description', r.description) as category,
json_build_object('slug', e.slug, 'name', e.name, 'organizer', g.slug, 'currency', e.currency) as event
from ticket_shop.item_category r ${eventJoins}
where r.id = any($1::bigint[]) and ($2::text is null or g.slug = $2) and ($3::text is null or e.slug = $3)
order by r.id`

interface Row {
  category: LoadedCategory
  event: { slug: string; name: string; organizer: string; currency: string }
}

const filterSchema = z.strictObject({ event: z.string().optional() })

export function createCategoryModel(database: ShopDatabase): SourceModel {
  return createCatalogueModel<Row>(database, {
    name: 'Category',
    label: 'Category',
    labelPlural: 'Categories',
    inputs: ['category', 'event'],
    filters: [{ key: 'event', label: 'Event (its short name)', type: 'text' }],
    fields,
    statement,
    toRecord: (row) => ({
      id: row.category.id,
      label: row.category.name,
      scope: eventScope(row.event.organizer, row.event.slug),
      inputs: { category: row.category, event: row.event },
    }),
    keyset,
  })
}

function keyset(filter: SourceFilter, scope: string): Keyset {
  const { event } = parseFilter(filterSchema, filter)
  const conditions = scopeConditions(scope)
  if (event) conditions.add((parameter) => `e.slug = ${parameter}`, event)
  return { from: `ticket_shop.item_category r ${eventJoins}`, scope: eventScopeSql, conditions }
}
