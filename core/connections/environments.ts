// Environments: named sets of variables of a provider version, which the settings of its connections refer to. Changing a
// variable changes those connections, in the same transaction: they are read anew, and where the variable names another
// account they count as a new one.
import { z } from 'zod'
import { isStorableText } from '../database/stored-json.ts'
import type { Database, SqlSession } from '../database/transaction.ts'
import { writeAuditEntry } from '../database/write-audit-entry.ts'
import { SyncConfigError } from '../errors.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { DataKeys } from '../secrets/data-keys.ts'
import { type EnvironmentKey, lockEnvironment, placeOfVariable } from './environment-values.ts'
import { refreshConnections } from './refresh-connections.ts'

export interface EnvironmentSummary {
  provider: string
  providerVersion: string
  environment: string
  variableCount: number
  connectionNames: readonly string[]
}

export interface VariableSummary {
  name: string
  isSecret: boolean
  /** Null for a secret one, which is never shown. */
  value: string | null
}

export interface VariableRequest {
  provider: string
  providerVersion: string
  environment: string
  name: string
  actor: string
}

export interface Environments {
  /** Those that have a variable or a connection. */
  list(): Promise<EnvironmentSummary[]>
  /** By name. */
  variables(key: EnvironmentKey): Promise<VariableSummary[]>
  /** An empty value of a secret one keeps what is stored. */
  set(request: VariableRequest & { value: string; isSecret: boolean }): Promise<void>
  /** False when there was none. */
  remove(request: VariableRequest): Promise<boolean>
}

/** Named in URLs and in texts, so nothing that would have to be escaped there. */
export const environmentName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$/,
    'must be letters, digits, dashes and underscores, at most 60, such as live',
  )
export const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'must be letters, digits and underscores, at most 100, such as BASE_URL')
const variableValue = z
  .string()
  .max(10_000, 'must have at most 10,000 characters')
  .refine(isStorableText, 'must not hold a NUL character')
const requestSchema = z.object({ environment: environmentName, name: variableName, value: variableValue })

export function createEnvironments({
  database,
  catalog,
  dataKeys,
  wakeUp,
}: {
  database: Database
  catalog: Pick<Catalog, 'provider'>
  dataKeys: DataKeys
  /** Called when connections may go on. */
  wakeUp(): void
}): Environments {
  const { schema } = database
  const table = `${schema}.environment_variable`
  const whereKey = 'provider = $1 and provider_version = $2 and environment = $3'
  const keyOf = ({ provider, providerVersion, environment }: EnvironmentKey) => [provider, providerVersion, environment]

  async function change(
    request: VariableRequest,
    action: 'environment.variable_set' | 'environment.variable_removed',
    write: (session: SqlSession, before: VariableSummary | null) => Promise<VariableSummary | null>,
  ): Promise<void> {
    await database.transaction(async (session) => {
      await lockEnvironment(session, request)
      const { rows } = await session.executeSql<{ name: string; value: string | null; is_secret: boolean }>(
        `select name, value, sealed_value is not null as is_secret from ${table} where ${whereKey} and name = $4`,
        [...keyOf(request), request.name],
      )
      const before = rows[0] ? { name: rows[0].name, isSecret: rows[0].is_secret, value: rows[0].value } : null
      const after = await write(session, before)
      await refreshConnections(session, { schema, catalog, dataKeys, key: request })
      // A value that is or becomes secret is named and not written.
      const isSecret = before?.isSecret || after?.isSecret
      const told = (one: VariableSummary | null) =>
        one && { name: one.name, isSecret: one.isSecret, value: isSecret ? 'not shown' : one.value }
      await writeAuditEntry(session, schema, {
        actor: request.actor,
        action,
        scope: '',
        target: `environment:${keyOf(request).join('/')}`,
        before: told(before),
        after: told(after),
      })
    })
    wakeUp()
  }

  async function variables(key: EnvironmentKey): Promise<VariableSummary[]> {
    const { rows } = await database.executeSql<{ name: string; value: string | null; is_secret: boolean }>(
      `select name, value, sealed_value is not null as is_secret from ${table} where ${whereKey} order by name`,
      keyOf(key),
    )
    return rows.map((row) => ({ name: row.name, isSecret: row.is_secret, value: row.value }))
  }

  return Object.freeze({
    variables,

    async list() {
      const { rows } = await database.executeSql<{
        provider: string
        provider_version: string
        environment: string
        variable_count: number
        connection_names: string[]
      }>(
        `with variable as (
           select provider, provider_version, environment, count(*)::int as variable_count from ${table} group by 1, 2, 3
         ), used as (
           select provider, provider_version, environment, array_agg(name order by name, id) as connection_names
           from ${schema}.connection where state <> 'deleted' and environment is not null group by 1, 2, 3
         )
         select provider, provider_version, environment, coalesce(variable_count, 0) as variable_count,
                coalesce(connection_names, '{}') as connection_names
         from variable full join used using (provider, provider_version, environment) order by 1, 2, 3`,
        [],
      )
      return rows.map((row) => ({
        provider: row.provider,
        providerVersion: row.provider_version,
        environment: row.environment,
        variableCount: row.variable_count,
        connectionNames: row.connection_names,
      }))
    },

    async set(request) {
      const parsed = requestSchema.safeParse(request)
      if (!parsed.success) {
        const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
        throw new SyncConfigError(`This variable cannot be set. Correct it: ${problems.join('; ')}.`)
      }
      const { name, value, isSecret } = request
      await change(request, 'environment.variable_set', async (session, before) => {
        const after = { name, isSecret, value: isSecret ? null : value }
        if (isSecret && value === '' && before?.isSecret) return after
        const [provider, version, environment] = [request.provider, request.providerVersion, request.environment]
        const place = placeOfVariable({ provider, provider_version: version, environment, name })
        const sealed = isSecret ? (await dataKeys.box(session)).seal(value, place) : null
        await session.executeSql(
          `insert into ${table} (provider, provider_version, environment, name, value, sealed_value)
           values ($1, $2, $3, $4, $5, $6)
           on conflict (provider, provider_version, environment, name) do update
           set value = excluded.value, sealed_value = excluded.sealed_value`,
          [provider, version, environment, name, isSecret ? null : value, sealed],
        )
        return after
      })
    },

    async remove(request) {
      const known = (await variables(request)).some(({ name }) => name === request.name)
      if (!known) return false
      await change(request, 'environment.variable_removed', async (session) => {
        await session.executeSql(`delete from ${table} where ${whereKey} and name = $4`, [
          ...keyOf(request),
          request.name,
        ])
        return null
      })
      return true
    },
  } satisfies Environments)
}
