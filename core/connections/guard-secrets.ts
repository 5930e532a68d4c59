// Where a connection's secrets may go. Whoever may configure one scope only must not be able to have secrets that he does not
// know sent to a server of his own: neither those that others stored in the connection, by changing where it leads, nor
// those of an environment, by referring to them. PURE. Why these rules and no others: core/README.md, Keys and secrets.
import canonicalize from 'canonicalize'
import { z } from 'zod'
import type { ProviderClass } from '../sdk/provider.ts'
import { secretSettings } from '../sdk/secret.ts'
import { connectionSchema } from './connection-schema.ts'
import type { Credentials, Settings } from './connection-settings.ts'
import { refersToEnvironment } from './environment-values.ts'

export interface SettingProblem {
  /** The setting at fault. */
  property: string
  message: string
}

/** Of the settings that may lead to another server or account: those that are not what they were. */
export function changedLeads(
  provider: Pick<ProviderClass, 'settings' | 'auth' | 'accountSettings'>,
  { stored, given }: { stored: Settings; given: Settings },
): readonly string[] {
  const schema = connectionSchema(provider)
  const secretNames = secretSettings(schema)
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const mayLead = !secretNames.includes(name) && (provider.accountSettings.includes(name) || !isClosed(field))
    return mayLead && givenText(stored[name]) !== givenText(given[name]) ? [name] : []
  })
}

/** What somebody who may not configure everything has to give beside `given`, or to leave out of it. */
export function secretProblems(
  provider: Pick<ProviderClass, 'settings' | 'auth' | 'accountSettings'>,
  { stored, given, credentials }: { stored: Settings; given: Settings; credentials: Credentials },
): readonly SettingProblem[] {
  const schema = connectionSchema(provider)
  const [lead] = changedLeads(provider, { stored, given })
  return secretSettings(schema).flatMap((property) => {
    const value = given[property]
    if (refersToEnvironment(value)) {
      const message =
        'Enter the credential itself: a variable may be put in its place only by those who may configure everything.'
      return [{ property, message }]
    }
    const isKept = Object.hasOwn(credentials, property) && (value === undefined || value === '')
    if (lead === undefined || !isKept) return []
    const message = `You changed ${titleOf(schema, lead)}, so enter ${titleOf(schema, property)} again: what is stored was entered for where the connection led before.`
    return [{ property, message }]
  })
}

// What is chosen from a list that the provider's author has made leads nowhere that he did not mean; a text or a number may
// become a part of an address.
function isClosed(field: unknown): boolean {
  if (field instanceof z.ZodOptional || field instanceof z.ZodDefault || field instanceof z.ZodNullable) {
    return isClosed(field.def.innerType)
  }
  if (field instanceof z.ZodPipe) return isClosed(field.def.in)
  return field instanceof z.ZodBoolean || field instanceof z.ZodEnum || field instanceof z.ZodLiteral
}

// What is left out, empty or null is not set.
const givenText = (value: unknown): string | undefined =>
  canonicalize(value === undefined || value === '' ? null : value)

function titleOf({ shape }: z.ZodObject, name: string): string {
  const field: unknown = shape[name]
  return `“${(field instanceof z.ZodType && field.meta()?.title) || name}”`
}
