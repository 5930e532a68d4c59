// A kind of providers that are data instead of code: made in the browser, kept in a table, several versions side by side. A
// plugin brings the schema of such a definition and what makes a provider of it.
import { z } from 'zod'
import type { ProviderClass } from './provider.ts'

export interface DefinitionKind {
  /** Stored with each definition. */
  readonly kind: string
  /** What one definition is called, for example `REST provider`. */
  readonly label: string
  /** Forms are drawn from it. It has `identifier`, `version` and `displayName`, which the provider then has too. */
  readonly schema: z.ZodObject
  /** Of a stored definition; throws when it does not fit the schema. */
  build(stored: unknown): ProviderClass
  /** What a new one begins with, for its form. */
  readonly draft: Readonly<Record<string, unknown>>
}

const brand = Symbol.for('outbound-sync.definition-kind')
const named = z.object({ kind: z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/), label: z.string().min(1) })

export function defineDefinitionKind<Schema extends z.ZodObject>({
  kind,
  label,
  schema,
  build,
  draft = {},
}: {
  kind: string
  label: string
  schema: Schema
  build(definition: z.output<Schema>): ProviderClass
  draft?: Readonly<Record<string, unknown>>
}): DefinitionKind {
  const parsed = named.safeParse({ kind, label })
  if (!parsed.success) throw new TypeError(`defineDefinitionKind: ${z.prettifyError(parsed.error)}`)
  for (const name of ['identifier', 'version', 'displayName']) {
    if (!(name in schema.shape)) throw new TypeError(`defineDefinitionKind: the schema of "${kind}" has no ${name}`)
  }
  return Object.freeze({
    kind,
    label,
    schema,
    draft,
    build: (stored: unknown) => build(schema.parse(stored)),
    [brand]: true,
  })
}

/** True for what defineDefinitionKind returned, whichever copy of this package made it. */
export function isDefinitionKind(value: unknown): value is DefinitionKind {
  return typeof value === 'object' && value !== null && Reflect.get(value, brand) === true
}
