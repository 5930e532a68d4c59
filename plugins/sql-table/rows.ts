// Rows as statements: found and locked, inserted, changed, deleted. Values are bound parameters, names are quoted.
import type { Client } from 'pg'
import { MappingError, type PropertyValue, z } from '../../core/sdk/index.ts'
import { quoteName } from './identifier.ts'
import type { Column, Table } from './tables.ts'

export type Values = Readonly<Record<string, PropertyValue>>

export interface Row {
  /** The value of the key column, as text. */
  key: string
  values: Values
}

/** A column with the text that a row is looked for by. */
export interface Place {
  column: Column
  value: string
}

export interface Target {
  client: Client
  schema: string
  table: Table
  /** The column whose value stays the row's name: the primary key, else the one it is matched on. */
  keyColumn: Column
}

const rowSchema = z.looseObject({ outbound_sync_key: z.string() })

/** @param isLocked against other writers, until the transaction ends */
export async function findRow(target: Target, { column, value }: Place, isLocked: boolean): Promise<Row | null> {
  const { table, keyColumn } = target
  const columns = [...table.columns.values()]
  const read = columns.map((one, index) => `${readable(one)} as c${index}`).join(', ')
  const { rows } = await target.client.query(
    `select ${quoteName(keyColumn.name)}::text as outbound_sync_key, ${read} from ${tableName(target)}
     where ${quoteName(column.name)} = $1::${column.sqlType}${isLocked ? ' for update' : ''}`,
    [value],
  )
  const [row] = rows
  if (row === undefined) return null
  const parsed = rowSchema.parse(row)
  const values = columns.map(({ name }, index) => [name, z.json().parse(parsed[`c${index}`])] as const)
  return { key: parsed.outbound_sync_key, values: Object.fromEntries(values) }
}

/** Null when a row with this identifying value is there already; it is not changed. */
export async function insertRow(target: Target, idColumn: Column, values: Values): Promise<string | null> {
  const writes = toWrites(target.table, values)
  const { rows } = await target.client.query(
    `insert into ${tableName(target)} (${writes.map(({ column }) => quoteName(column.name)).join(', ')})
     values (${writes.map(({ column }, index) => `$${index + 1}::${column.sqlType}`).join(', ')})
     on conflict (${quoteName(idColumn.name)}) do nothing
     returning ${quoteName(target.keyColumn.name)}::text as outbound_sync_key`,
    writes.map(({ parameter }) => parameter),
  )
  return rows[0] === undefined ? null : rowSchema.parse(rows[0]).outbound_sync_key
}

/** Null when the row holds these values already: PostgreSQL compares them, so 12.5 is 12.50 and a moment has any zone. */
export async function updateRow(target: Target, key: string, values: Values): Promise<string | null> {
  const writes = toWrites(target.table, values)
  const assignments = writes.map(({ column }, index) => `${quoteName(column.name)} = $${index + 2}::${column.sqlType}`)
  const differences = writes.map(({ column }, index) => isDistinct(column, `$${index + 2}`))
  const { keyColumn } = target
  const { rows } = await target.client.query(
    `update ${tableName(target)} set ${assignments.join(', ')}
     where ${quoteName(keyColumn.name)} = $1::${keyColumn.sqlType} and (${differences.join(' or ')})
     returning ${quoteName(keyColumn.name)}::text as outbound_sync_key`,
    [key, ...writes.map(({ parameter }) => parameter)],
  )
  return rows[0] === undefined ? null : rowSchema.parse(rows[0]).outbound_sync_key
}

/** False when there was none. */
export async function deleteRow(target: Target, { column, value }: Place): Promise<boolean> {
  const { rowCount } = await target.client.query(
    `delete from ${tableName(target)} where ${quoteName(column.name)} = $1::${column.sqlType}`,
    [value],
  )
  return (rowCount ?? 0) > 0
}

function tableName({ schema, table }: Target): string {
  return `${quoteName(schema)}.${quoteName(table.name)}`
}

// What update modes look at: lists as lists, JSON as it is, all else as PostgreSQL writes it.
function readable({ name, kind }: Column): string {
  const quoted = quoteName(name)
  if (kind === 'array') return `to_json(${quoted})`
  return kind === 'scalar' ? `${quoted}::text` : quoted
}

// Compared as it would be stored: numeric(6,2) rounds, and a rounded value that is there already is no change.
function isDistinct({ name, isComparable, kind, sqlType, storedType }: Column, parameter: string): string {
  const given = `${parameter}::${sqlType}::${storedType}`
  if (isComparable) return `${quoteName(name)} is distinct from ${given}`
  const comparable = kind === 'json' ? 'jsonb' : 'text'
  return `${quoteName(name)}::${comparable} is distinct from ${given}::${comparable}`
}

function toWrites(table: Table, values: Values): { column: Column; parameter: unknown }[] {
  return Object.entries(values).map(([name, value]) => {
    const column = columnOf(table, name)
    return { column, parameter: toParameter(column, value) }
  })
}

export function columnOf(table: Table, name: string): Column {
  const column = table.columns.get(name)
  if (column) return column
  throw new MappingError(
    `The table "${table.name}" has no column "${name}" that can be written. Choose another one in the mapping.`,
  )
}

function toParameter({ kind, takesEmptyText }: Column, value: PropertyValue): unknown {
  if (value === null) return null
  if (kind === 'json') return JSON.stringify(value)
  // The driver writes a list as PostgreSQL's array.
  if (kind === 'array') return Array.isArray(value) ? value : [value]
  if (value === '' && !takesEmptyText) return null
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
