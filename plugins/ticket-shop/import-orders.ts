// Writes orders with their positions, invoice addresses and payments, known by their code: a new one is written whole, a
// changed one is brought to what is given, one that is as given is not touched. A handful of statements for any number.
import {
  cancelStrayPositions,
  deleteOutdatedPayments,
  deleteStrayInvoiceAddresses,
  insertPayments,
  raiseVersions,
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

export async function importOrders(
  session: ImportSession,
  { organizerId, eventId }: ImportTarget,
  given: readonly OrderEntry[],
): Promise<SectionCounts> {
  const orderRows = JSON.stringify(given.map(toOrderRow))
  const positionRows = JSON.stringify(given.flatMap(toPositionRows))
  const addressRows = JSON.stringify(given.map(toAddressRow))
  const written = await session.executeSql(upsertOrders, [eventId, orderRows, organizerId, paymentTermDays])
  const createdIds = new Set(written.rows.flatMap((row) => (row.is_new === true ? String(row.id) : [])))
  const raisedIds = new Set(written.rows.flatMap((row) => (row.is_new === true ? [] : String(row.id))))
  const changedIds = new Set<string>()
  for (const [statement, rows] of [
    [upsertPositions, positionRows],
    [cancelStrayPositions, positionRows],
    [upsertInvoiceAddresses, addressRows],
    [deleteStrayInvoiceAddresses, addressRows],
    [deleteOutdatedPayments, orderRows],
    [insertPayments, orderRows],
  ] as const) {
    const changed = await session.executeSql(statement, [eventId, rows])
    for (const { order_id: id } of changed.rows) changedIds.add(String(id))
  }
  const onlyBelow = [...changedIds].filter((id) => !createdIds.has(id) && !raisedIds.has(id))
  if (onlyBelow.length > 0) await session.executeSql(raiseVersions, [onlyBelow])
  const updated = raisedIds.size + onlyBelow.length
  return { created: createdIds.size, updated, unchanged: given.length - createdIds.size - updated }
}

function toOrderRow({ positions: _positions, invoice_address: _address, ...order }: OrderEntry) {
  return { ...order, secret: newSecret() }
}

function toPositionRows({ code, positions }: OrderEntry) {
  return positions.map(({ attendee_name: attendee, ...position }) => ({
    code,
    ...position,
    attendee_name_parts: attendee == null ? null : toNameParts(attendee, 'full'),
    secret: newSecret(),
    web_secret: newSecret(),
  }))
}

// An order without an address has a row too, so that one it had before is taken away.
function toAddressRow({ code, invoice_address: given }: OrderEntry) {
  if (!given) return { code, has_address: false }
  const { name, is_business: isBusiness, ...address } = given
  return {
    code,
    has_address: true,
    ...address,
    is_business: isBusiness ?? Boolean(given.company),
    name_parts: name == null ? null : toNameParts(name, 'full'),
  }
}
