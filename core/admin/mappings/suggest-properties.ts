// Properties for a new mapping, where a field of the record is called like a field there. PURE. Whoever makes the mapping
// sees them in the editor and changes them.
import { canConvert } from '../../mapping/conversions.ts'
import type { ExternalObjectType } from '../../sdk/external-object-type.ts'
import type { ObjectMappingInput, UpdateMode } from '../../sdk/mapping.ts'
import type { SourceField } from '../../sdk/source-model.ts'

type Suggested = ObjectMappingInput['propertyMappings'][number]

export function suggestProperties(
  { fields }: ExternalObjectType,
  {
    sources,
    externalIdField,
    updateModes,
  }: {
    sources: readonly SourceField[]
    externalIdField: string
    updateModes: readonly UpdateMode[]
  },
): Suggested[] {
  return fields.flatMap((field): Suggested[] => {
    // What identifies the object is written by itself.
    if (field.key === externalIdField) return []
    const updateMode = (field.updateModes ?? updateModes)[0]
    const source = sources.find((one) => isCalledAlike(one, field) && canConvert(one.type, field.type))
    if (!source || !updateMode || source.isDeprecated) return []
    return [{ externalField: field.key, source: { field: source.key }, updateMode }]
  })
}

/** The field that most likely identifies the object: called like it, else the first of its type, else the first. */
export function suggestIdField(
  sources: readonly SourceField[],
  external: { key: string; label: string; type: string } | null,
): string | null {
  const alike = external && sources.find((one) => isCalledAlike(one, external))
  const sameType = external && sources.find(({ type }) => type === external.type && type !== 'text')
  return (alike || sameType || sources[0])?.key ?? null
}

function isCalledAlike(source: { key: string; label: string }, external: { key: string; label: string }): boolean {
  const names = new Set([plain(external.key), plain(external.label)])
  return names.has(plain(source.key)) || names.has(plain(source.label))
}

const plain = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')
