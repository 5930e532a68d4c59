// Which fields of a form hold something else than what is stored.
import type { FormField, FormValues } from './form-field.ts'

export function hasChanged(fields: readonly FormField[], stored: FormValues): (names: readonly string[]) => boolean {
  const changed = new Set(
    fields
      .filter(({ name, kind, value, values }) => {
        if (kind === 'checkboxes') return values.toSorted().join('\n') !== stored.list(name).toSorted().join('\n')
        // What is stored may have blanks around it that a field does not keep.
        return value !== stored.text(name).replaceAll('\r\n', '\n').trim()
      })
      .map(({ name }) => name),
  )
  return (names) => names.some((name) => changed.has(name))
}
