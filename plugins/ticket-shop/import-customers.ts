// Writes the customers of an organizer, known by their identifier.
import { countChanges, type ImportSession, type ImportTarget, type SectionCounts } from './import-session.ts'
import { toNameParts } from './name-scheme.ts'
import type { ParsedEntry } from './order-file-schema.ts'

type CustomerEntry = Extract<ParsedEntry, { section: 'customers' }>['value']

const columns = [
  'email',
  'phone',
  'name_parts',
  'job_title',
  'company',
  'street',
  'zipcode',
  'city',
  'state',
  'country',
]
const list = (prefix: string): string => columns.map((column) => `${prefix}${column}`).join(', ')

const statement = `
insert into ticket_shop.customer as c (organizer_id, identifier, ${list('')})
select $1::bigint, identifier, ${list('')}
from json_to_recordset($2) as given (identifier text, email text, phone text, name_parts jsonb, job_title text,
  company text, street text, zipcode text, city text, state text, country text)
on conflict (organizer_id, identifier) do update
set (${list('')}, version) = row(${list('excluded.')}, c.version + 1)
where (${list('c.')}) is distinct from (${list('excluded.')})
returning (xmax = 0) as is_new`

export async function importCustomers(
  session: ImportSession,
  { organizerId }: ImportTarget,
  customers: readonly CustomerEntry[],
): Promise<SectionCounts> {
  const given = customers.map(({ name, title, ...customer }) => ({
    ...customer,
    name_parts: name == null ? null : toNameParts(name, 'full'),
    job_title: title,
  }))
  const { rows } = await session.executeSql(statement, [organizerId, JSON.stringify(given)])
  return countChanges(customers.length, rows)
}
