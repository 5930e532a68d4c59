// A field of a form as views draw it: what was typed stays in it, whether it was right or not.
import type { FieldOption, PageRequest } from '../../../core/sdk/index.ts'

export type FieldKind =
  | 'text'
  | 'email'
  | 'tel'
  | 'number'
  | 'money'
  | 'textarea'
  | 'select'
  | 'checkbox'
  | 'checkboxes'
  | 'date'
  | 'time'
  | 'datetime-local'
  | 'country'

export interface FieldOptionGroup {
  /** Empty for options without a heading. */
  label: string
  options: readonly FieldOption[]
}

export interface FormField {
  /** Also its id. */
  name: string
  label: string
  kind: FieldKind
  value: string
  /** Of checkboxes: the keys of those that are ticked. */
  values: readonly string[]
  /** Of a select and of checkboxes. */
  groups: readonly FieldOptionGroup[]
  hint: string | null
  width: 'full' | 'half' | 'third' | 'quarter'
  /** Which part of the form it belongs to, for sentences that stand away from it; empty for the form itself. */
  place: string
}

export type FieldDescription = Pick<FormField, 'name' | 'label'> &
  Partial<Omit<FormField, 'value' | 'values' | 'groups'>> & {
    options?: readonly FieldOption[]
    groups?: readonly FieldOptionGroup[]
  }

/** What a form says of itself, whether it came from a browser or from what is stored. */
export interface FormValues {
  text(name: string): string
  list(name: string): readonly string[]
}

export function createField(description: FieldDescription, values: FormValues): FormField {
  const { name, label, kind = 'text', options = [], groups, hint = null, width = 'half', place = '' } = description
  return {
    name,
    label,
    kind,
    value: values.text(name),
    values: values.list(name),
    groups: groups ?? (options.length > 0 ? [{ label: '', options }] : []),
    hint,
    width,
    place,
  }
}

/** The fields of a POST: trimmed, with line breaks as they are stored. */
export function submittedValues(form: PageRequest['form']): FormValues {
  const list = (name: string): string[] => {
    const value = form[name]
    return value === undefined ? [] : (typeof value === 'string' ? [value] : [...value]).map(clean)
  }
  return { text: (name) => list(name)[0] ?? '', list: (name) => list(name).filter((text) => text !== '') }
}

/** The fields as they are filled in before anybody typed. */
export function presetValues(preset: Readonly<Record<string, string | readonly string[]>>): FormValues {
  const known = new Map(Object.entries(preset))
  const list = (name: string): readonly string[] => {
    const value = known.get(name)
    return value === undefined ? [] : typeof value === 'string' ? [value] : value
  }
  return { text: (name) => list(name)[0] ?? '', list: (name) => list(name).filter((text) => text !== '') }
}

// No text column takes a NUL character.
function clean(text: string): string {
  return text.replaceAll('\0', '').replaceAll('\r\n', '\n').trim()
}
