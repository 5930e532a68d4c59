// A real record whose values stand beside the fields in the pickers: the one asked for, else the newest that was sent.
import type { ConnectionSummary } from '../../connections/connect.ts'
import { isWithinScope } from '../../connections/resolve-activation.ts'
import type { Database } from '../../database/transaction.ts'
import { messageOf } from '../../errors.ts'
import { createReader, type FieldReader, readField, textOfSourceValue } from '../../mapping/source-fields.ts'
import type { Catalog } from '../../registry/catalog.ts'
import type { Log } from '../../sdk/log.ts'
import type { SourceModel, SourceRecord } from '../../sdk/source-model.ts'
import type { User } from '../../sdk/user.ts'
import type { SourceRecords } from '../source-records.ts'
import type { EndModel, RootEndModel } from './mapping-ends.ts'

export interface SampleRecord {
  label: string
  /** What the field of a model holds; of nested records the first one's. Empty where there is nothing or none can be read. */
  valueOf(model: EndModel, key: string): string
}

const limitMs = 3_000
const longestValue = 60

export async function findSample(
  {
    database,
    catalog,
    records,
    log,
  }: { database: Database; catalog: Pick<Catalog, 'sourceModel'>; records: SourceRecords; log: Log },
  {
    connection,
    root,
    text,
    actor,
  }: { connection: ConnectionSummary; root: RootEndModel; text: string; actor: Pick<User, 'can'> },
): Promise<{ sample: SampleRecord | null; problem: string | null }> {
  const model = catalog.sourceModel(root.name)
  if (!model) return { sample: null, problem: null }
  const mayBeRead = (scope: string) =>
    isWithinScope(scope, connection.scope) && actor.can('view', scope) && actor.can('see_payloads', scope)
  try {
    const ids =
      text === ''
        ? await newestIds({ database, model, connection })
        : (await records.search(text)).filter((one) => one.model === root.name).map(({ id }) => id)
    const signal = AbortSignal.timeout(limitMs)
    const found = ids.length > 0 ? await model.load(ids.slice(0, 10), { scope: connection.scope, signal }) : []
    const record = found.find(({ scope }) => mayBeRead(scope))
    if (record) return { sample: sampleOf(record, root), problem: null }
    return { sample: null, problem: text === '' ? null : `There is no ${root.label} “${text}” that you may see here.` }
  } catch (error) {
    log.warn({ model: root.name, error: messageOf(error) }, 'The host could not show a record for its mapping')
    return { sample: null, problem: `The ${root.label} could not be read: ${messageOf(error)}` }
  }
}

async function newestIds({
  database,
  model,
  connection,
}: {
  database: Database
  model: SourceModel
  connection: ConnectionSummary
}): Promise<string[]> {
  const { rows } = await database.executeSql<{ source_id: string }>(
    `select source_id from ${database.schema}.attempt
     where connection_id = $1 and source_model = $2 order by id desc limit 1`,
    [connection.id, model.name],
  )
  if (rows[0]) return [rows[0].source_id]
  const options = { scope: connection.scope, limit: 1, signal: AbortSignal.timeout(limitMs) }
  const { records } = await model.page(null, {}, options)
  return records.map(({ id }) => id)
}

function sampleOf(record: SourceRecord, root: RootEndModel): SampleRecord {
  const readers = new Map<string, FieldReader | null>()
  const readerOf = (model: EndModel): FieldReader | null => {
    const known = readers.get(model.name)
    if (known !== undefined) return known
    const nested = Object.hasOwn(record.nested, model.name) ? record.nested[model.name]?.[0] : undefined
    const of = model.name === root.name ? record : nested
    const reader = of ? createReader(model.name, of, new Map(model.fields.map((field) => [field.key, field]))) : null
    readers.set(model.name, reader)
    return reader
  }
  return Object.freeze({
    label: record.label,
    valueOf(model, key) {
      const reader = readerOf(model)
      const field = reader?.fields.get(key)
      if (!reader || !field) return ''
      try {
        const value = readField(reader, field)
        const labels = new Map(field.options?.map((option) => [option.key, option.label]))
        const shown = Array.isArray(value) ? value.map((one) => labels.get(one) ?? one) : value
        const text = textOfSourceValue(shown, ', ').replaceAll(/\s+/g, ' ').trim()
        return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text
      } catch {
        // What cannot be read of this one record is told by the preview; here it is only an example.
        return ''
      }
    },
  } satisfies SampleRecord)
}
