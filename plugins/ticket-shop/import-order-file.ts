// Imports an order file: it is looked at whole before anything is written, so that a broken one is refused with its line and
// field; then written in one transaction, batch by batch. The file wins over what was changed in the shop since.
import { fromMikroOrm } from '../../core/sdk/index.ts'
import { type ImportCounts, importEntries } from './import-entries.ts'
import { type OrderFile, openOrderFile, type ReadOptions } from './order-file.ts'
import { createOrderFileCheck, type OrderFileContents } from './order-file-check.ts'
import { OrderFileProblem } from './order-file-problem.ts'
import { type ParsedEntry, sections } from './order-file-schema.ts'
import { eventScope, organizerScope } from './scope-path.ts'
import type { Shop } from './shop-database.ts'
import { ShopError } from './shop-error.ts'

export interface ImportProgress {
  step: 'check' | 'import'
  doneCount: number
  totalCount: number
  unit: 'bytes' | 'orders'
}

export interface ImportOptions {
  shop: Pick<Shop, 'database'>
  onProgress?(progress: ImportProgress): void
  signal?: AbortSignal
}

export interface ImportResult {
  organizerScope: string
  eventScope: string
  /** Orders given, whether or not they changed anything. */
  orderCount: number
  counts: ImportCounts
}

/** Importing the same file again changes nothing. */
export async function importOrderFile({
  path,
  shop,
  onProgress = () => undefined,
  signal = new AbortController().signal,
}: { path: string } & ImportOptions): Promise<ImportResult> {
  const file = await openOrderFile(path)
  try {
    const contents = await checkFile(file, { onProgress, signal })
    const counts = await shop.database.openEntityManager().transactional(async (em) => {
      const { orderCount: totalCount } = contents
      const written = await importEntries(fromMikroOrm(em), entriesToImport(file, { signal }), {
        locales: contents.locales,
        signal,
        onOrders: (doneCount) => onProgress({ step: 'import', doneCount, totalCount, unit: 'orders' }),
      })
      if (await file.hasChanged()) {
        throw new ShopError(`Cannot import ${path}: it was changed meanwhile. Nothing was imported; try again.`)
      }
      return written
    })
    return resultOf(contents, counts)
  } catch (error) {
    throw error instanceof OrderFileProblem ? error.refuse(path) : error
  } finally {
    await file.close()
  }
}

export function resultOf(
  { organizer, event, orderCount }: Omit<OrderFileContents, 'locales'>,
  counts: ImportCounts,
): ImportResult {
  return {
    organizerScope: organizerScope(organizer),
    eventScope: eventScope(organizer, event),
    orderCount,
    counts,
  }
}

async function checkFile(
  file: OrderFile,
  { onProgress, signal }: { onProgress(progress: ImportProgress): void; signal: AbortSignal },
): Promise<OrderFileContents> {
  const check = createOrderFileCheck()
  let doneCount = 0
  const onBytes = (byteCount: number): void => {
    doneCount += byteCount
    onProgress({ step: 'check', doneCount, totalCount: file.byteCount, unit: 'bytes' })
  }
  for await (const entry of file.entries({ signal, onBytes })) check.accept(entry)
  return check.finish()
}

// The members of an object have no order, so each section is looked for. Usually they stand as they are needed, and what is
// looked through again is short.
async function* entriesToImport(file: OrderFile, options: ReadOptions): AsyncGenerator<ParsedEntry> {
  for (const section of sections) yield* file.section(section, options)
}
