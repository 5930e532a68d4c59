// Writes the organizer, the event, its categories and its items as a file describes them. What the file does not name stays as
// it is.
import { countChanges, type ImportSession, type ImportTarget, type SectionCounts } from './import-session.ts'
import type { ParsedEntry } from './order-file-schema.ts'

type ValueOf<S extends ParsedEntry['section']> = Extract<ParsedEntry, { section: S }>['value']

/** The organizer's row stays locked until the end: of two imports at once the second waits. */
export async function importOrganizer(session: ImportSession, { slug, name }: ValueOf<'organizer'>): Promise<string> {
  const { rows } = await session.executeSql(
    `insert into ticket_shop.organizer as g (slug, name) values ($1, $2)
     on conflict (slug) do update set name = excluded.name
     returning g.id::text as id`,
    [slug, name],
  )
  return String(rows[0]?.id)
}

/** Languages and a time zone that the event has already are kept. */
export async function importEvent(
  session: ImportSession,
  { organizerId, event, locales }: { organizerId: string; event: ValueOf<'event'>; locales: readonly string[] },
): Promise<{ eventId: string; timezone: string }> {
  const { rows } = await session.executeSql(
    `insert into ticket_shop.event as e (organizer_id, slug, name, currency, timezone, locales, name_scheme)
     values ($1::bigint, $2, $3, $4, coalesce($5::text, 'UTC'), $6::text[], 'full')
     on conflict (organizer_id, slug) do update
     set name = excluded.name, currency = excluded.currency, timezone = coalesce($5::text, e.timezone),
         locales = e.locales || array(select unnest(excluded.locales) except select unnest(e.locales) order by 1)
     returning e.id::text as id, e.timezone`,
    [organizerId, event.slug, event.name, event.currency, event.timezone ?? null, event.locales ?? locales],
  )
  return { eventId: String(rows[0]?.id), timezone: String(rows[0]?.timezone) }
}

export async function importCategories(
  session: ImportSession,
  { eventId }: ImportTarget,
  { categories, firstIndex }: { categories: readonly ValueOf<'categories'>[]; firstIndex: number },
): Promise<SectionCounts> {
  const { rows } = await session.executeSql(
    `insert into ticket_shop.item_category as c (event_id, identifier, name, description, sort_index)
     select $1::bigint, id::text, name, description, sort_index
     from json_to_recordset($2) as given (id integer, name text, description text, sort_index integer)
     on conflict (event_id, identifier) do update
     set name = excluded.name, description = excluded.description, sort_index = excluded.sort_index
     where (c.name, c.description, c.sort_index) is distinct from
       (excluded.name, excluded.description, excluded.sort_index)
     returning (xmax = 0) as is_new`,
    [eventId, JSON.stringify(withSortIndex(categories, firstIndex))],
  )
  return countChanges(categories.length, rows)
}

export async function importItems(
  session: ImportSession,
  { eventId }: ImportTarget,
  { items, firstIndex }: { items: readonly ValueOf<'items'>[]; firstIndex: number },
): Promise<SectionCounts> {
  const { rows } = await session.executeSql(
    `insert into ticket_shop.item as i (event_id, category_id, identifier, name, default_price, is_active, supplier,
       quantity_per_unit, units_in_stock, sort_index)
     select $1::bigint, c.id, given.id::text, given.name, given.default_price, given.active, given.supplier,
       given.quantity_per_unit, given.units_in_stock, given.sort_index
     from json_to_recordset($2) as given (id integer, name text, category integer, default_price numeric, active boolean,
       supplier text, quantity_per_unit text, units_in_stock integer, sort_index integer)
     left join ticket_shop.item_category c on c.event_id = $1::bigint and c.identifier = given.category::text
     on conflict (event_id, identifier) do update
     set category_id = excluded.category_id, name = excluded.name, default_price = excluded.default_price,
         is_active = excluded.is_active, supplier = excluded.supplier, quantity_per_unit = excluded.quantity_per_unit,
         units_in_stock = excluded.units_in_stock, sort_index = excluded.sort_index
     where (i.category_id, i.name, i.default_price, i.is_active, i.supplier, i.quantity_per_unit, i.units_in_stock,
         i.sort_index)
       is distinct from (excluded.category_id, excluded.name, excluded.default_price, excluded.is_active,
         excluded.supplier, excluded.quantity_per_unit, excluded.units_in_stock, excluded.sort_index)
     returning (xmax = 0) as is_new`,
    [eventId, JSON.stringify(withSortIndex(items, firstIndex))],
  )
  return countChanges(items.length, rows)
}

function withSortIndex<T extends object>(rows: readonly T[], firstIndex: number): (T & { sort_index: number })[] {
  return rows.map((row, index) => ({ ...row, sort_index: firstIndex + index }))
}
