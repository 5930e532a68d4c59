// Two values of one thing in words that differ wherever the values do: by what people call them, else with their keys, and
// where even those say the same as they are stored. Pure.
import { isDeepStrictEqual } from 'node:util'
import type { MappingLabels } from '../mapping-labels.ts'

export interface WasIsNow {
  was: string
  is: string
}

/** Null where nothing differs. */
export function wasIsNow<Value>(
  before: Value,
  after: Value,
  labels: MappingLabels,
  words: { before(value: Value, labels: MappingLabels): string; after(value: Value, labels: MappingLabels): string },
): WasIsNow | null {
  if (isDeepStrictEqual(before, after)) return null
  for (const named of [labels, withKeys(labels)]) {
    const [was, is] = [words.before(before, named), words.after(after, named)]
    if (was !== is) return { was, is }
  }
  return { was: JSON.stringify(before), is: JSON.stringify(after) }
}

function withKeys(labels: MappingLabels): MappingLabels {
  const both = (label: string, key: string) => (label === key ? label : `${label} (${key})`)
  return {
    model: (name) => both(labels.model(name), name),
    field: (model, key) => both(labels.field(model, key), key),
    option: (model, field, key) => both(labels.option(model, field, key), key),
    objectType: (name) => both(labels.objectType(name), name),
    externalField: (type, key) => both(labels.externalField(type, key), key),
  }
}
