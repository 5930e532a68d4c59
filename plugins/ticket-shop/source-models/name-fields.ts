// Fields for the parts of a name. Which there are depends on how the events of a scope ask for names.
import type { FieldMaker, SourceField } from '../../../core/sdk/index.ts'
import {
  type NamePart,
  type NameParts,
  type NameSchemeKey,
  namePartLabels,
  partsOf,
  readNamePart,
} from '../name-scheme.ts'

const splitParts = ['given_name', 'family_name'] as const

export interface NameFields<Record> {
  /** `attendee_name` makes `attendee_name_given_name` and so on. */
  keyPrefix: string
  labelPrefix: string
  schemes: readonly NameSchemeKey[]
  make: FieldMaker<Record>
  readName(record: Record): NameParts | null
}

/**
 * One field for each part that any of the schemes asks for, and given and family name even if none does: those are then
 * split from the whole name, which is a guess, and hidden from new mappings.
 */
export function namePartFields<Record>(name: NameFields<Record>): SourceField[] {
  const asked = new Set<NamePart>(name.schemes.flatMap((scheme) => [...partsOf(scheme)]))
  const isSinglePart = asked.size === 1
  const fields = [...asked].map((part) =>
    partField(name, { part, label: namePartLabels[part], isDeprecated: isSinglePart }),
  )
  const guessed = splitParts
    .filter((part) => !asked.has(part))
    .map((part) =>
      partField(name, {
        part,
        label: `${namePartLabels[part]} (guessed from the whole name, not recommended)`,
        isDeprecated: true,
      }),
    )
  return [...fields, ...guessed]
}

function partField<Record>(
  { keyPrefix, labelPrefix, make, readName }: NameFields<Record>,
  { part, label, isDeprecated }: { part: NamePart; label: string; isDeprecated: boolean },
): SourceField {
  return make({
    key: `${keyPrefix}_${part}`,
    label: `${labelPrefix}: ${label}`,
    ...(isDeprecated ? { isDeprecated } : {}),
    read: (record) => readNamePart(readName(record), part),
  })
}
