// Imports orders that are made up while they are written. Nobody can have broken them, so they are not looked at before.
import { fromMikroOrm } from '../../core/sdk/index.ts'
import { generatedEvent, generateOrders } from './generate-orders.ts'
import { importEntries } from './import-entries.ts'
import { type ImportOptions, type ImportResult, resultOf } from './import-order-file.ts'
import { orderFileSchemas, type ParsedEntry, type SampleEntry } from './order-file-schema.ts'

export async function importGeneratedOrders({
  count,
  seed,
  shop,
  onProgress = () => undefined,
  signal = new AbortController().signal,
}: { count: number; seed: number } & ImportOptions): Promise<ImportResult> {
  const { organizer, event, locales } = generatedEvent({ count, seed })
  const counts = await shop.database.openEntityManager().transactional((em) =>
    importEntries(fromMikroOrm(em), parseEntries(generateOrders({ count, seed })), {
      locales,
      signal,
      onOrders: (doneCount) => onProgress({ step: 'import', doneCount, totalCount: count, unit: 'orders' }),
    }),
  )
  return resultOf({ organizer, event, orderCount: count }, counts)
}

async function* parseEntries(entries: AsyncIterable<SampleEntry>): AsyncGenerator<ParsedEntry> {
  for await (const { section, value } of entries) {
    // The schema is the one of this section.
    yield { section, value: orderFileSchemas[section].parse(value) } as ParsedEntry
  }
}
