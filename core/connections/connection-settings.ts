// What was given as settings, checked against the connection's schema and parted into what may be read (settings) and what
// is sealed (credentials). Both are stored as they were given and parsed at every load, so that a schema may turn
// them into whatever its provider likes.
import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { isStorableJson } from '../database/stored-json.ts'
import { isErrorKind, SyncConfigError } from '../errors.ts'
import { didYouMean } from '../sdk/near-name.ts'
import type { ProviderClass } from '../sdk/provider.ts'
import { secretSettings } from '../sdk/secret.ts'
import { issueSentences } from '../sdk/zod-words.ts'
import { placeOfCredential } from '../secrets/sealed-columns.ts'
import type { SecretBox, SecretOpener } from '../secrets/secret-box.ts'
import { connectionSchema } from './connection-schema.ts'
import { type EnvironmentValues, fillSettings, secretsOf } from './environment-values.ts'

export type Settings = Readonly<Record<string, unknown>>
/** Sealed values by setting. */
export type Credentials = Readonly<Record<string, string>>

export interface SettingsSplit {
  settings: Settings
  /** The secrets, those that have not changed as they were stored. */
  seal(secretBox: SecretBox): Credentials
  /** Names of secrets that are new, other or gone. */
  changedSecrets: readonly string[]
  /** Of settings and credentials, as the schema makes them. */
  parsed: Settings
  /** The values of all secrets, in clear text. */
  secrets: readonly string[]
}

/**
 * Checks the settings and parts them. A secret that is left out or empty keeps its stored value, because
 * a form never shows it again; null removes it.
 */
export function splitSettings({
  provider,
  connection,
  given,
  stored,
  environment,
  opener,
}: {
  provider: ProviderClass
  connection: { id: string; name: string }
  given: Settings
  stored: Credentials
  environment: EnvironmentValues
  opener: SecretOpener
}): SettingsSplit {
  const secretNames = secretSettings(connectionSchema(provider))
  const open = (name: string, sealed: string) => opener.open(sealed, placeOfCredential(connection.id, name))
  const isGiven = (value: unknown) => value !== undefined && value !== null && value !== ''

  const whole = Object.fromEntries(
    Object.entries(given).filter(([name, value]) => value !== undefined && !secretNames.includes(name)),
  )
  for (const name of secretNames) {
    const sealed = stored[name]
    if (isGiven(given[name])) whole[name] = given[name]
    else if (given[name] !== null && sealed !== undefined) whole[name] = open(name, sealed)
  }
  const filled = fillSettings(whole, environment, { connectionName: connection.name, secretNames })
  const parsed = parseSettings(provider, filled, connection.name)

  const kept: Record<string, string> = {}
  const changed: Record<string, string> = {}
  const changedSecrets = Object.keys(stored).filter(
    (name) => !Object.hasOwn(whole, name) || !secretNames.includes(name),
  )
  for (const name of secretNames) {
    const value = whole[name]
    if (value === undefined) continue
    // `secret()` is a text; a provider that wraps it so that something else passes cannot be served.
    if (typeof value !== 'string') {
      throw invalidSettings(provider, connection.name, [`${name}: a secret must be a text`])
    }
    const sealed = stored[name]
    if (sealed !== undefined && isSame(() => open(name, sealed), value)) {
      kept[name] = sealed
      continue
    }
    changed[name] = value
    changedSecrets.push(name)
  }
  const settings = Object.fromEntries(Object.entries(whole).filter(([name]) => !secretNames.includes(name)))
  const ownSecrets = secretNames.flatMap((name) => [whole[name], filled[name]])
  const secrets = [...ownSecrets.filter((value) => typeof value === 'string'), ...secretsOf(environment)]
  return {
    settings,
    changedSecrets,
    parsed,
    secrets,
    seal(secretBox) {
      const sealed = Object.entries(changed).map(([name, value]) => [
        name,
        secretBox.seal(value, placeOfCredential(connection.id, name)),
      ])
      return { ...kept, ...Object.fromEntries(sealed) }
    },
  }
}

// Sealing is never twice the same, so values are compared open. One whose key is lost is replaced by the new value.
function isSame(openStored: () => string, value: string): boolean {
  try {
    return openStored() === value
  } catch (error) {
    if (isErrorKind(error, 'SecretError')) return false
    throw error
  }
}

/** What provider and auth mechanism are handed. Throws a SyncConfigError that names every setting at fault. */
export function parseSettings(provider: ProviderClass, whole: Settings, connectionName: string): Settings {
  const problems = [...unknownSettings(provider, whole), ...notJson(whole)]
  const parsed = connectionSchema(provider).safeParse(whole)
  if (!parsed.success) {
    problems.push(...issueSentences(parsed.error.issues, { whole: 'settings', input: whole }))
  }
  if (problems.length > 0 || !parsed.success) throw invalidSettings(provider, connectionName, problems)
  return parsed.data
}

// A zod object passes over what it does not know; here that would be a setting with a slip of the pen and no effect.
function unknownSettings(provider: ProviderClass, whole: Settings): string[] {
  const schema = connectionSchema(provider)
  if (schema.def.catchall !== undefined) return []
  const known = Object.keys(schema.shape)
  return Object.keys(whole)
    .filter((name) => !known.includes(name))
    .map((name) => `${name}: there is no such setting.${didYouMean(name, known)}`)
}

function notJson(whole: Settings): string[] {
  return Object.entries(whole)
    .filter(([, value]) => !isStorableJson(value))
    .map(([name]) => `${name}: cannot be stored, because it is no JSON value or holds a NUL character`)
}

function invalidSettings(provider: ProviderClass, connectionName: string, problems: readonly string[]) {
  return new SyncConfigError(
    `The settings of the connection "${connectionName}" (${provider.identifier} ${provider.version}) cannot be used. Correct them: ${problems.join('; ')}.`,
  )
}

/** The same for every connection to one account at the remote: its limits hold for all of them together. */
export function accountKeyOf(provider: ProviderClass, { id, parsed }: { id: string; parsed: Settings }): string {
  if (provider.accountSettings.length === 0) return id
  const account = provider.accountSettings.map((name) => [name, parsed[name] ?? null])
  const text = canonicalize([provider.identifier, ...account])
  return createHash('sha256')
    .update(text ?? '')
    .digest('hex')
}
