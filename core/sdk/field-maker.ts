// Makes the source fields of a host: the one place where a getter takes its record out of the inputs and turns empty text
// into "no value".
import type { SourceValue } from './property-value.ts'
import type { FieldOption, SourceCategory, SourceField, SourceType } from './source-model.ts'

export interface FieldDeclaration<Record> {
  key: string
  label: string
  /** @default 'text' */
  type?: SourceType
  options?: readonly FieldOption[]
  isDeprecated?: boolean
  read(record: Record): SourceValue
}

/** For the fields of one category that read the input of that name. */
export function createFieldMaker<Record>(requiredInput: string, category: SourceCategory) {
  return ({ type = 'text', read, ...declaration }: FieldDeclaration<Record>): SourceField => ({
    ...declaration,
    type,
    category,
    requiredInput,
    getter(inputs) {
      // The source model put a record of this kind under this name.
      const value = read(inputs[requiredInput] as Record)
      return value === '' ? null : value
    },
  })
}
export type FieldMaker<Record> = ReturnType<typeof createFieldMaker<Record>>
