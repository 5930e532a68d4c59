// The fields of a submitted form and of a query: plain texts, read once, without the nesting and the prototypes that
// body parsers build from names such as `a.b` or `__proto__`.
import type { PageContext } from './page-context.ts'

export type FormFields = Readonly<Record<string, string | readonly string[]>>

/** The fields of a POST; a repeated field keeps all its values. */
export function formFields(ctx: PageContext): FormFields {
  const raw = ctx.request.rawBody
  if (typeof raw === 'string') return collect(new URLSearchParams(raw))
  // A host that parsed the body before us handed on its fields.
  const body: unknown = ctx.request.body
  return typeof body === 'object' && body !== null ? collect(entriesOf(body)) : Object.create(null)
}

/** The first value of each query parameter. */
export function queryFields(ctx: PageContext): Readonly<Record<string, string>> {
  const fields: Record<string, string> = Object.create(null)
  for (const [name, value] of new URLSearchParams(ctx.querystring)) fields[name] ??= value
  return fields
}

/** One field as trimmed text; empty when it is missing. */
export function textField(fields: FormFields, name: string): string {
  const value = fields[name]
  return (typeof value === 'string' ? value : (value?.[0] ?? '')).trim()
}

/** All values of a field. */
export function listField(fields: FormFields, name: string): readonly string[] {
  const value = fields[name]
  return value === undefined ? [] : typeof value === 'string' ? [value] : value
}

function collect(entries: Iterable<readonly [string, string]>): FormFields {
  const fields: Record<string, string | string[]> = Object.create(null)
  for (const [name, value] of entries) {
    const known = fields[name]
    if (known === undefined) fields[name] = value
    else fields[name] = typeof known === 'string' ? [known, value] : [...known, value]
  }
  return fields
}

// Some parsers take the name `filter.state` apart, and make numbered fields of a long list.
function* entriesOf(body: object, prefix = ''): Iterable<readonly [string, string]> {
  for (const [key, value] of Object.entries(body)) {
    const name = prefix !== '' && /^\d+$/.test(key) ? prefix : [prefix, key].filter(Boolean).join('.')
    if (typeof value === 'string') yield [name, value]
    else if (typeof value === 'object' && value !== null) yield* entriesOf(value, name)
  }
}
