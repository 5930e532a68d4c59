// The form of a new backfill: which connection, which records, narrowed by what. Read from the address, so that a count can
// be shared and repeated, and read again from the fields of the start button.

import { isWithinScope } from '../connections/resolve-activation.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { SourceFilter, SourceModel } from '../sdk/source-model.ts'
import type { ConnectionRecord } from './connections/connection-records.ts'

export interface FormProblem {
  /** The id of the field. */
  field: string
  text: string
}

export interface BackfillForm {
  connection: ConnectionRecord | null
  model: SourceModel | null
  /** As typed. */
  scope: string
  values: Readonly<Record<string, string>>
  /** Only what was filled in. */
  filter: SourceFilter
  problems: readonly FormProblem[]
}

const maxTextLength = 200
export const filterPrefix = 'filter.'

export function readBackfillForm(
  read: (name: string) => string | null,
  {
    connections,
    catalog,
    mapped,
  }: {
    connections: readonly ConnectionRecord[]
    catalog: Pick<Catalog, 'sourceModel'>
    /** What a connection has a use for; none: nobody can tell. */
    mapped: ReadonlyMap<string, ReadonlySet<string>>
  },
): BackfillForm {
  const connection = connections.find(({ id }) => id === read('connection')) ?? null
  const named = catalog.sourceModel(read('model') ?? '')
  const isUseless = connection && named && mapped.get(connection.id)?.has(named.name) === false
  const model = isUseless ? null : named
  const scope = read('scope') ?? connection?.scope ?? ''
  const values: Record<string, string> = Object.create(null)
  const filter: Record<string, string> = {}
  const problems: FormProblem[] = []

  if (isUseless) {
    const text = `Choose other records: no mapping of ${connection.name} that is switched on begins at ${named.labelPlural}.`
    problems.push({ field: 'model-0', text })
  }
  if (connection && !isWithinScope(scope, connection.scope)) {
    problems.push({
      field: 'scope',
      text: `Enter ${connection.scope} or a scope below it; ${connection.name} is connected for nothing else.`,
    })
  }
  for (const field of model?.filters ?? []) {
    const value = (read(`${filterPrefix}${field.key}`) ?? '').trim()
    const problem = value === '' ? null : filterProblem(field, value)
    // A date field cannot show what is no date; the message names it.
    values[field.key] = problem && field.type === 'date' ? '' : value
    if (value === '') continue
    if (problem) problems.push({ field: `filter-${field.key}`, text: problem })
    else filter[field.key] = value
  }
  return { connection, model, scope, values, filter, problems }
}

function filterProblem(field: SourceModel['filters'][number], value: string): string | null {
  switch (field.type) {
    case 'text':
      return value.length > maxTextLength ? `${field.label}: enter at most ${maxTextLength} characters.` : null
    case 'date':
      return isDate(value) ? null : `${field.label}: “${value.slice(0, 20)}” is no date. Enter one such as 2026-11-22.`
    case 'choice':
      return field.options?.some(({ key }) => key === value) ? null : `${field.label}: choose one of the list.`
  }
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const date = new Date(`${text}T00:00:00Z`)
  // 2026-02-31 would be read as a day in March.
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}
