// A list of fields that a person picks from by typing a part of a name. People see labels, mappings hold keys; each label
// stands for one key. PURE.

export interface FieldList {
  /** Of the datalist element. */
  id: string
  entries: readonly { label: string; hint: string }[]
  /** A key that is not on the list is its own label. */
  labelOf(key: string): string
  /** Of a label or a key; anything else is left as it was typed, for the check to find. */
  keyOf(text: string): string
}

export interface ListedField {
  key: string
  label: string
  /** What stands beside it, such as its type. */
  hint: string
}

export function createFieldList(id: string, fields: readonly ListedField[]): FieldList {
  const timesUsed = new Map<string, number>()
  for (const { label } of fields) timesUsed.set(fold(label), (timesUsed.get(fold(label)) ?? 0) + 1)
  const named = fields.map((field) => ({
    ...field,
    label: (timesUsed.get(fold(field.label)) ?? 0) > 1 ? `${field.label} (${field.key})` : field.label,
  }))
  const labels = new Map(named.map(({ key, label }) => [key, label]))
  const keys = new Map(named.map(({ key, label }) => [fold(label), key]))
  return Object.freeze({
    id,
    entries: named.map(({ label, hint }) => ({ label, hint })),
    labelOf: (key) => labels.get(key) ?? key,
    keyOf: (text) => keys.get(fold(text)) ?? text.trim(),
  } satisfies FieldList)
}

const fold = (text: string): string => text.trim().toLocaleLowerCase('en')
