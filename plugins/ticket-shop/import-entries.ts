// Writes entries to the shop as they come, in the order in which they refer to each other: organizer, event, categories, items,
// customers, orders. Knows nothing of where they come from, and holds one batch of them at a time.
import { importCategories, importEvent, importItems, importOrganizer } from './import-catalogue.ts'
import { importCustomers } from './import-customers.ts'
import { importOrders } from './import-orders.ts'
import {
  addCounts,
  analyzeTables,
  type ImportSession,
  type ImportTarget,
  noCounts,
  type SectionCounts,
} from './import-session.ts'
import type { ParsedEntry, Section } from './order-file-schema.ts'

const batchSize = 500

export type ImportCounts = Readonly<Record<'categories' | 'items' | 'customers' | 'orders', SectionCounts>>

interface ImportOptions {
  /** The event's languages where it does not name them itself. */
  locales: readonly string[]
  signal: AbortSignal
  /** Called after each batch with the number of orders so far. */
  onOrders?(orderCount: number): void
}

/** No signal is fired: what is imported is history, and a backfill sends it. */
export async function importEntries(
  session: ImportSession,
  entries: AsyncIterable<ParsedEntry>,
  { locales, signal, onOrders }: ImportOptions,
): Promise<ImportCounts> {
  const counts = { categories: noCounts(), items: noCounts(), customers: noCounts(), orders: noCounts() }
  const target: ImportTarget = { organizerId: '', eventId: '', timezone: '' }
  let orderCount = 0

  async function writeBatch({ section, values, firstIndex }: Batch): Promise<void> {
    switch (section) {
      case 'organizer':
        for (const organizer of values) target.organizerId = await importOrganizer(session, organizer)
        return
      case 'event':
        for (const event of values) {
          Object.assign(target, await importEvent(session, { organizerId: target.organizerId, event, locales }))
        }
        return
      case 'categories':
        counts[section] = addCounts(
          counts[section],
          await importCategories(session, target, { categories: values, firstIndex }),
        )
        return
      case 'items':
        counts[section] = addCounts(counts[section], await importItems(session, target, { items: values, firstIndex }))
        return
      case 'customers':
        counts[section] = addCounts(counts[section], await importCustomers(session, target, values))
        return
      case 'orders':
        if (orderCount === 0) await analyzeTables(session, ['item', 'customer'])
        counts[section] = addCounts(counts[section], await importOrders(session, target, values))
        orderCount += values.length
        onOrders?.(orderCount)
    }
  }

  for await (const batch of inBatches(entries)) {
    signal.throwIfAborted()
    await writeBatch(batch)
  }
  await analyzeTables(session, ['order', 'order_position', 'invoice_address', 'payment'])
  return counts
}

type ValueOf<S extends Section> = Extract<ParsedEntry, { section: S }>['value']
type Batch = { [S in Section]: { section: S; values: ValueOf<S>[]; firstIndex: number } }[Section]

async function* inBatches(entries: AsyncIterable<ParsedEntry>): AsyncGenerator<Batch> {
  let section: Section | null = null
  let values: unknown[] = []
  let firstIndex = 0
  // All values of a batch come from entries of its section.
  const batch = (of: Section): Batch => ({ section: of, values, firstIndex }) as Batch
  for await (const entry of entries) {
    if (section !== null && (entry.section !== section || values.length === batchSize)) {
      yield batch(section)
      firstIndex = entry.section === section ? firstIndex + values.length : 0
      values = []
    }
    section = entry.section
    values.push(entry.value)
  }
  if (section !== null) yield batch(section)
}
