// The tables that the user of the connection may write, with their columns, read from PostgreSQL's catalog.
import type { Client } from 'pg'
import { type ExternalObjectType, type ExternalType, type FieldOption, z } from '../../core/sdk/index.ts'

export interface Column {
  name: string
  type: ExternalType
  /** As PostgreSQL writes it, without its length: what a value is converted to. */
  sqlType: string
  /** With its length or precision: what a value becomes when it is stored. */
  storedType: string
  kind: 'scalar' | 'boolean' | 'array' | 'json'
  /** Else empty text is no value. */
  takesEmptyText: boolean
  /** Whether its values can be compared as they are. */
  isComparable: boolean
  isRequired: boolean
  maxLength: number | null
  options: readonly FieldOption[]
}

export interface Table {
  name: string
  columns: ReadonlyMap<string, Column>
  /** Columns with a unique index of their own: a row can be found by them. */
  idColumns: readonly string[]
  /** The column that names a row for good: the primary key where it is a single column. */
  keyColumn: string | null
}

// Generated columns cannot be written. An index that is partial, deferred, over an expression or over several columns
// does not say that a value is there once.
const catalogQuery = `
  select t.relname as table_name, a.attname as name, format_type(a.atttypid, -1) as sql_type,
         format_type(a.atttypid, a.atttypmod) as stored_type,
         coalesce(base.typname, ty.typname) as base_type, coalesce(base.typcategory, ty.typcategory) as category,
         a.attnotnull and not a.atthasdef and a.attidentity = '' as is_required,
         case when coalesce(base.typname, ty.typname) in ('varchar', 'bpchar') and a.atttypmod > 4 then a.atttypmod - 4
         end as max_length,
         (select array_agg(e.enumlabel::text order by e.enumsortorder) from pg_enum e where e.enumtypid = ty.oid) as options,
         coalesce(u.is_unique, false) as is_unique, coalesce(u.is_primary, false) as is_primary
  from pg_class t
  join pg_namespace n on n.oid = t.relnamespace
  join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  join pg_type ty on ty.oid = a.atttypid
  left join pg_type base on base.oid = ty.typbasetype
  left join lateral (
    select true as is_unique, bool_or(i.indisprimary) as is_primary
    from pg_index i
    where i.indrelid = t.oid and i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null
      and i.indexprs is null and i.indnkeyatts = 1 and i.indkey[0] = a.attnum
    having count(*) > 0
  ) u on true
  where n.nspname = $1 and t.relkind in ('r', 'p') and has_table_privilege(t.oid, 'select')
    and has_any_column_privilege(t.oid, 'insert, update')
  order by t.relname, a.attnum`

const rowsSchema = z.array(
  z.object({
    table_name: z.string(),
    name: z.string(),
    sql_type: z.string(),
    stored_type: z.string(),
    base_type: z.string(),
    category: z.string(),
    is_required: z.boolean(),
    max_length: z.int().nullable(),
    options: z.array(z.string()).nullable(),
    is_unique: z.boolean(),
    is_primary: z.boolean(),
  }),
)
type CatalogRow = z.infer<typeof rowsSchema>[number]

export async function readTables(client: Client, schema: string): Promise<ReadonlyMap<string, Table>> {
  const { rows } = await client.query(catalogQuery, [schema])
  const byTable = Map.groupBy(rowsSchema.parse(rows), (row) => row.table_name)
  return new Map(
    [...byTable].map(([name, columns]) => [
      name,
      {
        name,
        columns: new Map(columns.map((row) => [row.name, toColumn(row)])),
        idColumns: columns.filter((row) => row.is_unique).map((row) => row.name),
        keyColumn: columns.find((row) => row.is_primary)?.name ?? null,
      },
    ]),
  )
}

/** Tables of which no row could be found again are left out. */
export function toObjectTypes(tables: ReadonlyMap<string, Table>): ExternalObjectType[] {
  return [...tables.values()]
    .filter(({ idColumns }) => idColumns.length > 0)
    .map(({ name, columns, idColumns }) => ({
      name,
      label: name,
      idFields: idColumns,
      fields: [...columns.values()].map(({ name: key, type, isRequired, maxLength, options }) => ({
        key,
        label: key,
        type,
        isRequired,
        ...(maxLength === null ? {} : { maxLength }),
        ...(options.length === 0 ? {} : { options }),
      })),
    }))
}

const types = new Map<string, ExternalType>([
  ['int2', 'integer'],
  ['int4', 'integer'],
  ['int8', 'integer'],
  ['numeric', 'decimal'],
  ['float4', 'number'],
  ['float8', 'number'],
  ['bool', 'boolean'],
  ['date', 'date'],
  ['timestamp', 'datetime'],
  ['timestamptz', 'datetime'],
  ['json', 'any'],
  ['jsonb', 'any'],
])
const incomparableTypes = new Set(['json', 'xml', 'point', 'polygon'])

// A type that is not listed takes the text form of its values, as PostgreSQL reads it.
function toColumn(row: CatalogRow): Column {
  const isArray = row.category === 'A'
  const isChoice = row.options !== null
  return {
    name: row.name,
    type: isArray ? 'list' : isChoice ? 'choice' : (types.get(row.base_type) ?? 'text'),
    sqlType: row.sql_type,
    storedType: row.stored_type,
    kind: isArray ? 'array' : kindOf(row.base_type),
    takesEmptyText: row.category === 'S',
    isComparable: !incomparableTypes.has(row.base_type.replace(/^_/, '')),
    isRequired: row.is_required,
    maxLength: row.max_length,
    options: (row.options ?? []).map((key) => ({ key, label: key })),
  }
}

function kindOf(baseType: string): Column['kind'] {
  if (baseType === 'json' || baseType === 'jsonb') return 'json'
  return baseType === 'bool' ? 'boolean' : 'scalar'
}
