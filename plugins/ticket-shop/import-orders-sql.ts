// The statements of import-orders.ts. Each takes the rows of a batch as JSON, with the ids of what they belong to: without joins
// there is no plan to go wrong while the tables grow by a thousand times within one transaction. A row that is as given is
// not written; the answer names the orders of those that are.

/** `$1` the event, `$3` the days to pay in. Secrets of an order that is there already are kept. */
export const upsertOrders = `
insert into ticket_shop."order" as o
  (event_id, code, secret, status, customer_id, email, phone, locale, placed_at, expires_at, total)
select $1::bigint, code, secret, status, customer_id, email, phone, locale, datetime,
  coalesce(expires, datetime + make_interval(days => $3::integer)), total
from json_to_recordset($2) as given (code text, secret text, status text, customer_id bigint, email text, phone text,
  locale text, datetime timestamptz, expires timestamptz, total numeric)
on conflict (event_id, code) do update
set status = excluded.status, customer_id = excluded.customer_id, email = excluded.email, phone = excluded.phone,
    locale = excluded.locale, placed_at = excluded.placed_at, expires_at = excluded.expires_at, total = excluded.total,
    version = o.version + 1
where (o.status, o.customer_id, o.email, o.phone, o.locale, o.placed_at, o.expires_at, o.total) is distinct from
  (excluded.status, excluded.customer_id, excluded.email, excluded.phone, excluded.locale, excluded.placed_at,
   excluded.expires_at, excluded.total)
returning o.id::text as id, o.code, (xmax = 0) as is_new`

export const selectOrderIds = `
select id::text as id, code as name from ticket_shop."order" where event_id = $1 and code = any($2::text[])`

export const selectItemIds = `
select id::text as id, identifier as name from ticket_shop.item where event_id = $1 and identifier = any($2::text[])`

export const selectCustomerIds = `
select id::text as id, identifier as name from ticket_shop.customer
where organizer_id = $1 and identifier = any($2::text[])`

export const upsertPositions = `
insert into ticket_shop.order_position as p
  (order_id, positionid, item_id, price, quantity, attendee_name_parts, attendee_email, secret, web_secret)
select order_id, positionid, item_id, price, quantity, attendee_name_parts, attendee_email, secret, web_secret
from json_to_recordset($1) as given (order_id bigint, positionid integer, item_id bigint, price numeric,
  quantity integer, attendee_name_parts jsonb, attendee_email text, secret text, web_secret text)
on conflict (order_id, positionid) do update
set item_id = excluded.item_id, price = excluded.price, quantity = excluded.quantity,
    attendee_name_parts = excluded.attendee_name_parts, attendee_email = excluded.attendee_email, is_canceled = false
where (p.item_id, p.price, p.quantity, p.attendee_name_parts, p.attendee_email, p.is_canceled) is distinct from
  (excluded.item_id, excluded.price, excluded.quantity, excluded.attendee_name_parts, excluded.attendee_email, false)
returning p.order_id::text as order_id`

/** `$2` the orders that were there before. A position that is no longer given is canceled: its number is never given again. */
export const cancelStrayPositions = `
with given as materialized (
  select order_id, positionid from json_to_recordset($1) as given (order_id bigint, positionid integer)
)
update ticket_shop.order_position p set is_canceled = true
where p.order_id = any($2::bigint[]) and not p.is_canceled
  and not exists (select from given where given.order_id = p.order_id and given.positionid = p.positionid)
returning p.order_id::text as order_id`

export const upsertInvoiceAddresses = `
insert into ticket_shop.invoice_address as a
  (order_id, is_business, name_parts, company, street, zipcode, city, state, country, vat_id)
select order_id, is_business, name_parts, company, street, zipcode, city, state, country, vat_id
from json_to_recordset($1) as given (order_id bigint, is_business boolean, name_parts jsonb, company text, street text,
  zipcode text, city text, state text, country text, vat_id text)
on conflict (order_id) do update
set is_business = excluded.is_business, name_parts = excluded.name_parts, company = excluded.company,
    street = excluded.street, zipcode = excluded.zipcode, city = excluded.city, state = excluded.state,
    country = excluded.country, vat_id = excluded.vat_id
where (a.is_business, a.name_parts, a.company, a.street, a.zipcode, a.city, a.state, a.country, a.vat_id)
  is distinct from (excluded.is_business, excluded.name_parts, excluded.company, excluded.street, excluded.zipcode,
    excluded.city, excluded.state, excluded.country, excluded.vat_id)
returning a.order_id::text as order_id`

/** `$1` the orders that have none. */
export const deleteInvoiceAddresses = `
delete from ticket_shop.invoice_address where order_id = any($1::bigint[]) returning order_id::text as order_id`

// An order has at most one payment of an import: that of its total, when it was paid. Payments made in the shop are not
// touched. `$2` is the zone of the event, whose day begins at midnight there.
const givenPayments = `
select order_id, total, is_paid, is_new,
  case when length(payment_date) = 10 then payment_date::date::timestamp at time zone $2::text
    else payment_date::timestamptz end as paid_at
from json_to_recordset($1) as given (order_id bigint, total numeric, is_paid boolean, is_new boolean, payment_date text)`

/** `$3` the orders that were there before. */
export const deleteOutdatedPayments = `
with given as materialized (${givenPayments})
delete from ticket_shop.payment p
where p.order_id = any($3::bigint[]) and p.provider = 'import' and not exists (
  select from given
  where given.order_id = p.order_id and is_paid
    and (p.state, p.amount, p.paid_at) is not distinct from ('confirmed', given.total, given.paid_at))
returning p.order_id::text as order_id`

export const insertPayments = `
insert into ticket_shop.payment as p (order_id, state, amount, provider, paid_at)
select order_id, 'confirmed', total, 'import', paid_at from (${givenPayments}) as given
where is_paid and (is_new or not exists (
  select from ticket_shop.payment p where p.order_id = given.order_id and p.provider = 'import'))
returning p.order_id::text as order_id`

/** `$1` the orders of which only something below changed. */
export const raiseVersions = `
update ticket_shop."order" set version = version + 1 where id = any($1::bigint[])`
