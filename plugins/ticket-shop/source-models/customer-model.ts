// The source model `Customer`: the buyers an organizer knows. The scope of an event holds those who ordered there.
import { createFieldMaker, type SourceFilter, type SourceModel, z } from '../../../core/sdk/index.ts'
import { fullName, type NameParts } from '../name-scheme.ts'
import { organizerScope, parseScope } from '../scope-path.ts'
import type { ShopDatabase } from '../shop-database.ts'
import { createCatalogueModel } from './catalogue-model.ts'
import { emailDomain, normalizeEmail } from './email-host.ts'
import { fieldCategories } from './field-categories.ts'
import { createConditions, type Keyset, parseFilter } from './keyset.ts'
import type { LoadedAddress } from './loaded-order.ts'
import { namePartFields } from './name-fields.ts'

interface LoadedCustomer extends LoadedAddress {
  id: string
  identifier: string
  email: string | null
  phone: string | null
  nameParts: NameParts | null
  jobTitle: string | null
  version: number
}

const customer = createFieldMaker<LoadedCustomer>('customer', fieldCategories.customer)

const fields = [
  customer({ key: 'id', label: 'Id', type: 'integer', read: ({ id }) => id }),
  customer({ key: 'identifier', label: 'Identifier', read: ({ identifier }) => identifier }),
  customer({ key: 'email', label: 'E-mail', type: 'email', read: ({ email }) => normalizeEmail(email) }),
  customer({ key: 'email_domain', label: 'E-mail domain', read: ({ email }) => emailDomain(email) }),
  customer({ key: 'phone', label: 'Phone number', type: 'phone', read: ({ phone }) => phone }),
  customer({ key: 'name', label: 'Name', read: ({ nameParts }) => fullName(nameParts) }),
  ...namePartFields({
    keyPrefix: 'name',
    labelPrefix: 'Name',
    schemes: ['salutation_title_given_family'],
    make: customer,
    readName: ({ nameParts }) => nameParts,
  }),
  customer({ key: 'job_title', label: 'Job title', read: ({ jobTitle }) => jobTitle }),
  customer({ key: 'company', label: 'Company', read: ({ company }) => company }),
  customer({ key: 'street', label: 'Street', read: ({ street }) => street }),
  customer({ key: 'zipcode', label: 'Postal code', read: ({ zipcode }) => zipcode }),
  customer({ key: 'city', label: 'City', read: ({ city }) => city }),
  customer({ key: 'state', label: 'State', read: ({ state }) => state }),
  customer({ key: 'country', label: 'Country', type: 'country', read: ({ country }) => country }),
]

const joins = 'join ticket_shop.organizer g on g.id = r.organizer_id'
const orderedAt = (eventSlug: string): string =>
  `exists (select from ticket_shop."order" o join ticket_shop.event e on e.id = o.event_id
    where o.customer_id = r.id and e.slug = ${eventSlug})`

const statement = `
select json_build_object('id', r.id::text, 'identifier', r.identifier, 'email', r.email, 'phone', r.phone,
  'nameParts', r.name_parts, 'jobTitle', r.job_title, 'company', r.company, 'street', r.street, 'zipcode', r.zipcode,
  'city', r.city, 'state', r.state, 'country', r.country, 'version', r.version) as customer,
json_build_object('slug', g.slug, 'name', g.name) as organizer
from ticket_shop.customer r ${joins}
where r.id = any($1::bigint[]) and ($2::text is null or g.slug = $2) and ($3::text is null or ${orderedAt('$3')})
order by r.id`

interface Row {
  customer: LoadedCustomer
  organizer: { slug: string; name: string }
}

export function createCustomerModel(database: ShopDatabase): SourceModel {
  return createCatalogueModel<Row>(database, {
    name: 'Customer',
    label: 'Customer',
    labelPlural: 'Customers',
    inputs: ['customer', 'organizer'],
    filters: [],
    fields,
    statement,
    toRecord: (row) => ({
      id: row.customer.id,
      label: fullName(row.customer.nameParts) ?? row.customer.identifier,
      scope: organizerScope(row.organizer.slug),
      version: row.customer.version,
      inputs: { customer: row.customer, organizer: row.organizer },
    }),
    keyset,
  })
}

function keyset(filter: SourceFilter, scope: string): Keyset {
  parseFilter(z.strictObject({}), filter)
  const { organizer, event } = parseScope(scope)
  const conditions = createConditions()
  if (organizer !== null) conditions.add((parameter) => `g.slug = ${parameter}`, organizer)
  if (event !== null) conditions.add(orderedAt, event)
  return { from: `ticket_shop.customer r ${joins}`, scope: `'organizer:' || g.slug`, conditions }
}
