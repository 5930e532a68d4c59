// The statements of import-orders.ts. Each takes the event as $1 and the rows of a batch as JSON, writes only rows that are
// not as given, and answers with the orders these belong to.

/** `$3` the organizer, `$4` the days to pay in. Secrets of an order that is there already are kept. */
export const upsertOrders = `
insert into ticket_shop."order" as o
  (event_id, code, secret, status, customer_id, email, phone, locale, placed_at, expires_at, total)
select $1::bigint, given.code, secret, status, c.id, given.email, given.phone, locale, datetime,
  coalesce(expires, datetime + make_interval(days => $4::integer)), total
from json_to_recordset($2) as given (code text, secret text, status text, customer text, email text, phone text,
  locale text, datetime timestamptz, expires timestamptz, total numeric)
left join ticket_shop.customer c on c.organizer_id = $3::bigint and c.identifier = given.customer
on conflict (event_id, code) do update
set status = excluded.status, customer_id = excluded.customer_id, email = excluded.email, phone = excluded.phone,
    locale = excluded.locale, placed_at = excluded.placed_at, expires_at = excluded.expires_at, total = excluded.total,
    version = o.version + 1
where (o.status, o.customer_id, o.email, o.phone, o.locale, o.placed_at, o.expires_at, o.total) is distinct from
  (excluded.status, excluded.customer_id, excluded.email, excluded.phone, excluded.locale, excluded.placed_at,
   excluded.expires_at, excluded.total)
returning o.id::text as id, (xmax = 0) as is_new`

const joinOrder = 'join ticket_shop."order" o on o.event_id = $1::bigint and o.code = given.code'

export const upsertPositions = `
insert into ticket_shop.order_position as p
  (order_id, positionid, item_id, price, quantity, attendee_name_parts, attendee_email, secret, web_secret)
select o.id, positionid, i.id, price, quantity, attendee_name_parts, attendee_email, given.secret, web_secret
from json_to_recordset($2) as given (code text, positionid integer, item integer, price numeric, quantity integer,
  attendee_name_parts jsonb, attendee_email text, secret text, web_secret text)
${joinOrder}
left join ticket_shop.item i on i.event_id = $1::bigint and i.identifier = given.item::text
on conflict (order_id, positionid) do update
set item_id = excluded.item_id, price = excluded.price, quantity = excluded.quantity,
    attendee_name_parts = excluded.attendee_name_parts, attendee_email = excluded.attendee_email, is_canceled = false
where (p.item_id, p.price, p.quantity, p.attendee_name_parts, p.attendee_email, p.is_canceled) is distinct from
  (excluded.item_id, excluded.price, excluded.quantity, excluded.attendee_name_parts, excluded.attendee_email, false)
returning p.order_id::text as order_id`

/** A position that is no longer given is canceled and not deleted: its number is never given again. */
export const cancelStrayPositions = `
with given as materialized (
  select o.id as order_id, positionid from json_to_recordset($2) as given (code text, positionid integer) ${joinOrder}
)
update ticket_shop.order_position p set is_canceled = true
where p.order_id in (select order_id from given) and not p.is_canceled
  and not exists (select from given where given.order_id = p.order_id and given.positionid = p.positionid)
returning p.order_id::text as order_id`

export const upsertInvoiceAddresses = `
insert into ticket_shop.invoice_address as a
  (order_id, is_business, name_parts, company, street, zipcode, city, state, country, vat_id)
select o.id, is_business, name_parts, company, street, zipcode, city, state, country, vat_id
from json_to_recordset($2) as given (code text, has_address boolean, is_business boolean, name_parts jsonb,
  company text, street text, zipcode text, city text, state text, country text, vat_id text)
${joinOrder}
where has_address
on conflict (order_id) do update
set is_business = excluded.is_business, name_parts = excluded.name_parts, company = excluded.company,
    street = excluded.street, zipcode = excluded.zipcode, city = excluded.city, state = excluded.state,
    country = excluded.country, vat_id = excluded.vat_id
where (a.is_business, a.name_parts, a.company, a.street, a.zipcode, a.city, a.state, a.country, a.vat_id)
  is distinct from (excluded.is_business, excluded.name_parts, excluded.company, excluded.street, excluded.zipcode,
    excluded.city, excluded.state, excluded.country, excluded.vat_id)
returning a.order_id::text as order_id`

export const deleteStrayInvoiceAddresses = `
delete from ticket_shop.invoice_address a
using json_to_recordset($2) as given (code text, has_address boolean) ${joinOrder}
where a.order_id = o.id and not has_address
returning a.order_id::text as order_id`

// An order has at most one payment of an import: that of its total, when it was paid. Payments made in the shop are not
// touched.
const givenPayments = `
select o.id as order_id, given.total,
  case when length(payment_date) = 10 then payment_date::date::timestamp at time zone e.timezone
    else payment_date::timestamptz end as paid_at,
  payment_date is not null or given.status = 'p' as is_paid
from json_to_recordset($2) as given (code text, status text, total numeric, payment_date text)
${joinOrder} join ticket_shop.event e on e.id = $1::bigint`

export const deleteOutdatedPayments = `
delete from ticket_shop.payment p using (${givenPayments}) as given
where p.order_id = given.order_id and p.provider = 'import'
  and (not is_paid or (p.state, p.amount, p.paid_at) is distinct from ('confirmed', given.total, given.paid_at))
returning p.order_id::text as order_id`

export const insertPayments = `
insert into ticket_shop.payment as p (order_id, state, amount, provider, paid_at)
select order_id, 'confirmed', total, 'import', paid_at from (${givenPayments}) as given
where is_paid
  and not exists (select from ticket_shop.payment p where p.order_id = given.order_id and p.provider = 'import')
returning p.order_id::text as order_id`

/** `$1` the orders of which something below changed. */
export const raiseVersions = `
update ticket_shop."order" set version = version + 1 where id = any($1::bigint[])`
