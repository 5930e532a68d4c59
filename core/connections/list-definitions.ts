// The definitions of providers as pages show them, with what uses them.
import type { Database } from '../database/transaction.ts'
import type { DefinitionState } from '../registry/definitions.ts'
import type { DefinitionKey } from './write-definition.ts'

export interface DefinitionSummary extends DefinitionKey {
  kind: string
  state: DefinitionState
  displayName: string
  /** Connections of this version that are not deleted. */
  connectionCount: number
  updatedAt: Date
}

export interface StoredDefinition extends DefinitionSummary {
  definition: unknown
  /** Another one whenever it was changed. */
  revision: string
}

const columns = (schema: string): string =>
  `d.identifier, d.version, d.kind, d.state, d.updated_at as "updatedAt",
   coalesce(nullif(d.definition ->> 'displayName', ''), d.identifier) as "displayName",
   (select count(*)::int from ${schema}.connection c
    where c.provider = d.identifier and c.provider_version = d.version and c.state <> 'deleted') as "connectionCount"`

/** By name, the newest version first. */
export async function listDefinitions(database: Database): Promise<DefinitionSummary[]> {
  const { rows } = await database.executeSql<DefinitionSummary>(
    `select ${columns(database.schema)} from ${database.schema}.provider_definition d
     order by d.identifier, case when d.version ~ '^[0-9.]+$' then string_to_array(d.version, '.')::numeric[] end desc nulls last, d.version desc`,
    [],
  )
  return rows
}

export async function getDefinition(
  database: Database,
  { identifier, version }: DefinitionKey,
): Promise<StoredDefinition | null> {
  const { rows } = await database.executeSql<StoredDefinition>(
    `select ${columns(database.schema)}, d.definition, d.updated_at::text as revision
     from ${database.schema}.provider_definition d where d.identifier = $1 and d.version = $2`,
    [identifier, version],
  )
  return rows[0] ?? null
}
