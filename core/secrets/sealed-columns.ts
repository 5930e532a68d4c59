// What is sealed where: every column that holds sealed values, once. Rotating the keys walks this list, and a value is
// bound to its line here and to its row, so that it opens nowhere else. A new column is a line.

export interface SealedColumn {
  table: string
  /** The primary key, in the order in which a place names it. */
  key: readonly string[]
  column: string
  /** One sealed text, or a jsonb object of them by name. */
  holds: 'text' | 'texts by name'
  /** Begins a sentence about one value. */
  says(row: readonly string[], field: string): string
}

export const sealedColumns = [
  {
    table: 'connection',
    key: ['id'],
    column: 'credentials',
    holds: 'texts by name',
    says: ([id], field) => `The secret "${field}" of connection ${id}`,
  },
  {
    table: 'connection',
    key: ['id'],
    column: 'sealed_grant',
    holds: 'text',
    says: ([id]) => `The grant of connection ${id}`,
  },
  {
    table: 'oauth_flow',
    key: ['state_hash'],
    column: 'sealed_verifier',
    holds: 'text',
    says: () => 'The code verifier of a sign-in under way',
  },
  {
    table: 'environment_variable',
    key: ['provider', 'provider_version', 'environment', 'name'],
    column: 'sealed_value',
    holds: 'text',
    says: ([provider, version, environment, name]) =>
      `The variable ${name} of the environment "${environment}" (${provider} ${version})`,
  },
] as const satisfies readonly SealedColumn[]

type NameOf<Column> = Column extends { table: infer Table extends string; column: infer Name extends string }
  ? `${Table}.${Name}`
  : never
export type SealedColumnName = NameOf<(typeof sealedColumns)[number]>

/** Where a sealed value belongs. */
export interface SecretPlace {
  /** The last one holds the data keys themselves, sealed with a master key. */
  column: SealedColumnName | 'data_key.wrapped_key'
  /** The primary key of its row. */
  row: readonly string[]
  /** Which one, in a column that holds several. */
  field?: string
}

export const nameOfColumn = ({ table, column }: SealedColumn): string => `${table}.${column}`

/** Begins a sentence about the value. */
export function nameOfPlace({ column, row, field = '' }: SecretPlace): string {
  const found: SealedColumn | undefined = sealedColumns.find((one) => nameOfColumn(one) === column)
  return found ? found.says(row, field) : `The data key "${row.join(' ')}"`
}

export function placeOfCredential(connectionId: string, field: string): SecretPlace {
  return { column: 'connection.credentials', row: [connectionId], field }
}
