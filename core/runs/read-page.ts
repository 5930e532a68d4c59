// The host's records, counted and read page by page, with what a careless source model could do wrong caught at the border: records of
// another tenant, a cursor that stands still, the same record twice.
import { z } from 'zod'
import { isWithinScope } from '../connections/resolve-activation.ts'
import type { SourceFilter, SourceModel } from '../sdk/source-model.ts'
import { askHost } from './ask-host.ts'

const pageSchema = z.object({
  records: z.array(z.object({ id: z.string().min(1), scope: z.string() })),
  next: z.string().nullable(),
})
export type Page = z.infer<typeof pageSchema>

// Long enough for a count over a large table.
const timeoutMs = 60_000

export async function countRecords({
  model,
  filter,
  scope,
  signal,
}: {
  model: SourceModel
  filter: SourceFilter
  scope: string
  signal: AbortSignal
}): Promise<number> {
  const count = await askHost((given) => model.count(filter, { scope, signal: given }), { signal, timeoutMs })
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new Error(`the source model "${model.name}" counted ${count} records`)
  }
  return count
}

export async function readPage({
  model,
  after,
  filter,
  scope,
  limit,
  signal,
}: {
  model: SourceModel
  after: string | null
  filter: SourceFilter
  scope: string
  limit: number
  signal: AbortSignal
}): Promise<Page> {
  const answer = await askHost((given) => model.page(after, filter, { scope, limit, signal: given }), {
    signal,
    timeoutMs,
  })
  const parsed = pageSchema.safeParse(answer)
  if (!parsed.success) {
    throw new Error(`the source model "${model.name}" gave a page of another form: ${z.prettifyError(parsed.error)}`)
  }
  const page = parsed.data
  const stray = page.records.find((record) => !isRelated(record.scope, scope))
  if (stray) {
    throw new Error(
      `the source model "${model.name}" gave the record ${stray.id} of "${stray.scope}", which does not belong to "${scope}"`,
    )
  }
  if (page.next !== null && page.next === after) {
    throw new Error(`the source model "${model.name}" gave the cursor "${after}" for the page after it, without an end`)
  }
  const recordsById = new Map(page.records.map((record) => [record.id, record]))
  return { records: [...recordsById.values()], next: page.next }
}

// A record of an organizer, a customer say, is listed for one of its events too; a neighbour's never is.
function isRelated(recordScope: string, scope: string): boolean {
  return isWithinScope(recordScope, scope) || isWithinScope(scope, recordScope)
}
