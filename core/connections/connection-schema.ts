// What has to be filled in for a connection: the provider's own settings and the fields of its auth mechanism, as one zod
// object. There is one form, one check and one way of sealing for both; they are parted again when a connection is loaded.
import { z } from 'zod'
import type { ProviderClass } from '../sdk/provider.ts'

type Declared = Pick<ProviderClass, 'settings' | 'auth'>

const schemas = new WeakMap<Declared, z.ZodObject>()

export function connectionSchema(provider: Declared): z.ZodObject {
  const known = schemas.get(provider)
  if (known) return known
  // The registry lets in z.object(...) only, and no name that stands in both.
  const own = provider.settings instanceof z.ZodObject ? provider.settings : z.object({})
  const schema = provider.auth ? own.safeExtend(provider.auth.fields.shape) : own
  schemas.set(provider, schema)
  return schema
}

/** What of the parsed whole is the provider's own, and what belongs to its auth mechanism. */
export function partSettings(
  { auth }: Pick<ProviderClass, 'auth'>,
  whole: Readonly<Record<string, unknown>>,
): { settings: Record<string, unknown>; authValues: Record<string, unknown> } {
  const settings: Record<string, unknown> = {}
  const authValues: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(whole)) {
    if (auth && Object.hasOwn(auth.fields.shape, name)) authValues[name] = value
    else settings[name] = value
  }
  return { settings, authValues }
}
