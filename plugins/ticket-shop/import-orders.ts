// Writes orders with their positions, invoice addresses and payments, known by their code: a new one is written whole, a
// changed one is brought to what is given, one that is as given is not touched. A handful of statements for any number.
import { requireNamed } from './event-catalogue.ts'
import {
  cancelStrayPositions,
  deleteInvoiceAddresses,
  deleteOutdatedPayments,
  insertPayments,
  raiseVersions,
  selectCustomerIds,
  selectItemIds,
  selectOrderIds,
  upsertInvoiceAddresses,
  upsertOrders,
  upsertPositions,
} from './import-orders-sql.ts'
import type { ImportSession, ImportTarget, SectionCounts } from './import-session.ts'
import { toNameParts } from './name-scheme.ts'
import { newSecret } from './order-code.ts'
import { paymentTermDays } from './order-draft.ts'
import type { ParsedEntry } from './order-file-schema.ts'

type OrderEntry = Extract<ParsedEntry, { section: 'orders' }>['value']
type WithIds = OrderEntry & { orderId: string; isNew: boolean }

export async function importOrders(
  session: ImportSession,
  target: ImportTarget,
  entries: readonly OrderEntry[],
): Promise<SectionCounts> {
  const written = await writeOrders(session, target, entries)
  const oldIds = written.orders.filter(({ isNew }) => !isNew).map(({ orderId }) => orderId)
  const changedIds = new Set([
    ...(await writePositions(session, target, { orders: written.orders, oldIds })),
    ...(await writeInvoiceAddresses(session, { orders: written.orders })),
    ...(await writePayments(session, target, { orders: written.orders, oldIds })),
  ])
  const raisedIds = oldIds.filter((id) => changedIds.has(id) && !written.updatedIds.has(id))
  if (raisedIds.length > 0) await session.executeSql(raiseVersions, [raisedIds])
  const updated = written.updatedIds.size + raisedIds.length
  return { created: entries.length - oldIds.length, updated, unchanged: oldIds.length - updated }
}

async function writeOrders(
  session: ImportSession,
  { organizerId, eventId }: ImportTarget,
  entries: readonly OrderEntry[],
): Promise<{ orders: WithIds[]; updatedIds: ReadonlySet<string> }> {
  const names = [...new Set(entries.flatMap(({ customer }) => customer ?? []))]
  const customerIds = await selectIds(session, selectCustomerIds, { parentId: organizerId, names })
  const rows = entries.map(({ positions: _positions, invoice_address: _address, customer, ...order }) => ({
    ...order,
    customer_id: customer == null ? null : requireNamed(customerIds, customer, 'customer'),
    secret: newSecret(),
  }))
  const written = await session.executeSql(upsertOrders, [eventId, JSON.stringify(rows), paymentTermDays])
  const idsByCode = new Map(written.rows.map((row) => [String(row.code), String(row.id)]))
  const newIds = new Set(written.rows.flatMap((row) => (row.is_new === true ? String(row.id) : [])))
  const untouched = entries.map(({ code }) => code).filter((code) => !idsByCode.has(code))
  const oldIds = await selectIds(session, selectOrderIds, { parentId: eventId, names: untouched })
  const orders = entries.map((entry) => {
    const orderId = idsByCode.get(entry.code) ?? requireNamed(oldIds, entry.code, 'order')
    return { ...entry, orderId, isNew: newIds.has(orderId) }
  })
  return { orders, updatedIds: new Set([...idsByCode.values()].filter((id) => !newIds.has(id))) }
}

async function writePositions(
  session: ImportSession,
  { eventId }: ImportTarget,
  { orders, oldIds }: { orders: readonly WithIds[]; oldIds: readonly string[] },
): Promise<string[]> {
  const names = [...new Set(orders.flatMap(({ positions }) => positions.map(({ item }) => String(item))))]
  const itemIds = await selectIds(session, selectItemIds, { parentId: eventId, names })
  const rows = orders.flatMap(({ orderId, positions }) =>
    positions.map(({ item, attendee_name: attendee, ...position }) => ({
      ...position,
      order_id: orderId,
      item_id: requireNamed(itemIds, String(item), 'item'),
      attendee_name_parts: toParts(attendee),
      secret: newSecret(),
      web_secret: newSecret(),
    })),
  )
  const json = JSON.stringify(rows)
  const changedIds = await changedOrderIds(session, upsertPositions, [json])
  if (oldIds.length > 0) changedIds.push(...(await changedOrderIds(session, cancelStrayPositions, [json, oldIds])))
  return changedIds
}

async function writeInvoiceAddresses(
  session: ImportSession,
  { orders }: { orders: readonly WithIds[] },
): Promise<string[]> {
  const rows = orders.flatMap(({ orderId, invoice_address: given }) => {
    if (!given) return []
    const { name, is_business: isBusiness, ...address } = given
    return {
      ...address,
      order_id: orderId,
      is_business: isBusiness ?? Boolean(given.company),
      name_parts: toParts(name),
    }
  })
  const bareIds = orders.filter((order) => !order.isNew && !order.invoice_address).map(({ orderId }) => orderId)
  const changedIds = await changedOrderIds(session, upsertInvoiceAddresses, [JSON.stringify(rows)])
  if (bareIds.length > 0) changedIds.push(...(await changedOrderIds(session, deleteInvoiceAddresses, [bareIds])))
  return changedIds
}

async function writePayments(
  session: ImportSession,
  { timezone }: ImportTarget,
  { orders, oldIds }: { orders: readonly WithIds[]; oldIds: readonly string[] },
): Promise<string[]> {
  const rows = orders.map(({ orderId, isNew, status, total, payment_date }) => ({
    order_id: orderId,
    is_new: isNew,
    is_paid: payment_date != null || status === 'p',
    total,
    payment_date,
  }))
  const json = JSON.stringify(rows)
  const changedIds =
    oldIds.length > 0 ? await changedOrderIds(session, deleteOutdatedPayments, [json, timezone, oldIds]) : []
  return [...changedIds, ...(await changedOrderIds(session, insertPayments, [json, timezone]))]
}

async function selectIds(
  session: ImportSession,
  statement: string,
  { parentId, names }: { parentId: string; names: readonly string[] },
): Promise<Map<string, string>> {
  if (names.length === 0) return new Map()
  const { rows } = await session.executeSql(statement, [parentId, names])
  return new Map(rows.map((row) => [String(row.name), String(row.id)]))
}

async function changedOrderIds(
  session: ImportSession,
  statement: string,
  values: readonly unknown[],
): Promise<string[]> {
  const { rows } = await session.executeSql(statement, values)
  return rows.map((row) => String(row.order_id))
}

function toParts(name: string | null | undefined) {
  return name == null ? null : toNameParts(name, 'full')
}
