// The variables of an environment, and putting them in the place of `{{env.NAME}}` in settings. Plain substitution, once:
// a value that itself holds such a reference is sent as it stands. A secret one goes into credentials only: what stands in
// any other setting is an address, is shown on pages, or is written down.
import type { SqlSession } from '../database/transaction.ts'
import { isErrorKind, SyncConfigError } from '../errors.ts'
import type { SecretPlace } from '../secrets/sealed-columns.ts'
import type { SecretOpener } from '../secrets/secret-box.ts'

type Settings = Readonly<Record<string, unknown>>

/** An environment belongs to one version of a provider. */
export interface EnvironmentKey {
  provider: string
  providerVersion: string
  /** Null for a connection that has none. */
  environment: string | null
}

export interface EnvironmentValues extends EnvironmentKey {
  variables: ReadonlyMap<string, EnvironmentVariable>
}

export interface EnvironmentVariable {
  isSecret: boolean
  /** Opened; an error where that cannot be done. */
  value: string | Error
}

interface VariableRow {
  provider: string
  provider_version: string
  environment: string
  name: string
  value: string | null
  sealed_value: string | null
}

const reference = /\{\{\s*env\.([^{}]*)\}\}/g

/** Also where the variable is not there yet. */
export function refersToEnvironment(value: unknown): boolean {
  return typeof value === 'string' && value.search(reference) >= 0
}

export function placeOfVariable(row: Omit<VariableRow, 'value' | 'sealed_value'>): SecretPlace {
  return {
    column: 'environment_variable.sealed_value',
    row: [row.provider, row.provider_version, row.environment, row.name],
  }
}

/** One statement, whatever the number of keys; none where no key names an environment. */
export async function readEnvironments(
  session: SqlSession,
  schema: string,
  { keys, openerOf }: { keys: readonly EnvironmentKey[]; openerOf(sealed: readonly string[]): Promise<SecretOpener> },
): Promise<(key: EnvironmentKey) => EnvironmentValues> {
  const named = keys.filter(({ environment }) => environment !== null)
  const { rows } =
    named.length === 0
      ? { rows: [] }
      : await session.executeSql<VariableRow>(
          `select provider, provider_version, environment, name, value, sealed_value
           from ${schema}.environment_variable
           where (provider, provider_version, environment) in (select * from unnest($1::text[], $2::text[], $3::text[]))`,
          [
            named.map(({ provider }) => provider),
            named.map(({ providerVersion }) => providerVersion),
            named.map(({ environment }) => environment),
          ],
        )
  const opener = await openerOf(rows.flatMap(({ sealed_value: sealed }) => sealed ?? []))
  const byEnvironment = Map.groupBy(rows, (row) =>
    JSON.stringify([row.provider, row.provider_version, row.environment]),
  )
  return ({ provider, providerVersion, environment }) => {
    const own = byEnvironment.get(JSON.stringify([provider, providerVersion, environment])) ?? []
    const variables = new Map(own.map((row) => [row.name, toVariable(row, opener)] as const))
    return { provider, providerVersion, environment, variables }
  }
}

function toVariable(row: VariableRow, opener: SecretOpener): EnvironmentVariable {
  if (row.sealed_value === null) return { isSecret: false, value: row.value ?? '' }
  try {
    return { isSecret: true, value: opener.open(row.sealed_value, placeOfVariable(row)) }
  } catch (error) {
    if (!isErrorKind(error, 'SecretError') || !(error instanceof Error)) throw error
    return { isSecret: true, value: error }
  }
}

/**
 * Every text of the settings with its references filled. Throws a SyncConfigError that says what is missing and where to set
 * it, or that a secret one stands where it must not.
 */
export function fillSettings(
  whole: Settings,
  values: EnvironmentValues,
  { connectionName, secretNames }: { connectionName: string; secretNames: readonly string[] },
): Settings {
  const fill = (value: unknown, setting: string): unknown => {
    if (typeof value === 'string') {
      return value.replaceAll(reference, (_whole, name: string) => textOf(name.trim(), setting))
    }
    if (Array.isArray(value)) return value.map((item) => fill(item, setting))
    // What is no plain object is refused where settings are checked.
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, setting)]))
  }

  function textOf(name: string, setting: string): string {
    const { provider, providerVersion, environment, variables } = values
    const needs = `The setting "${setting}" of the connection "${connectionName}" needs the variable "${name}"`
    if (environment === null) {
      throw new SyncConfigError(
        `${needs}, but the connection has no environment. Choose one for it; the environments of ${provider} ${providerVersion} stand on the page Environments (/environments).`,
      )
    }
    const found = variables.get(name)
    if (!found) {
      throw new SyncConfigError(
        `${needs}, which the environment "${environment}" of ${provider} ${providerVersion} does not have. Set it on the page Environments (${environmentPath({ provider, providerVersion, environment })}).`,
      )
    }
    if (found.isSecret && !secretNames.includes(setting)) {
      const places = secretNames.length > 0 ? secretNames.map((one) => `"${one}"`).join(', ') : 'none here'
      throw new SyncConfigError(
        `The setting "${setting}" of the connection "${connectionName}" refers to the variable "${name}", which is secret. A secret variable may stand in credentials only (${places}). Take it out of "${setting}", or make a variable of its own that is not secret for what stands there.`,
      )
    }
    if (found.value instanceof Error) throw found.value
    return found.value
  }

  return Object.fromEntries(Object.entries(whole).map(([setting, value]) => [setting, fill(value, setting)]))
}

/** What must not be shown: the opened secrets of the environment. */
export function secretsOf({ variables }: EnvironmentValues): string[] {
  return [...variables.values()].flatMap(({ isSecret, value }) => (isSecret && typeof value === 'string' ? value : []))
}

/** The page of an environment, below the path at which the pages are mounted. */
export function environmentPath({ provider, providerVersion, environment }: EnvironmentKey): string {
  return `/environments/${[provider, providerVersion, environment ?? ''].map(encodeURIComponent).join('/')}`
}

/** Until the end of the transaction: who writes a connection of the environment and who changes the environment wait for each other. */
export async function lockEnvironment(session: SqlSession, key: EnvironmentKey): Promise<void> {
  if (key.environment === null) return
  await session.executeSql('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `environment ${JSON.stringify([key.provider, key.providerVersion, key.environment])}`,
  ])
}
