// Makes source fields under the keys, labels and categories that hosts of this kind share, so that a mapping made for one
// works for another; and the one place where a getter takes its record out of the inputs and turns empty text into "no value".
import type { FieldOption, SourceCategory, SourceField, SourceType, SourceValue } from '../../../core/sdk/index.ts'

export const fieldCategories = {
  orderPosition: { label: 'Order position', sortIndex: 10 },
  attendee: { label: 'Attendee', sortIndex: 11 },
  questions: { label: 'Questions', sortIndex: 12 },
  product: { label: 'Product', sortIndex: 20 },
  order: { label: 'Order', sortIndex: 21 },
  invoiceAddress: { label: 'Invoice address', sortIndex: 22 },
  event: { label: 'Event', sortIndex: 30 },
  eventOrDate: { label: 'Event or date', sortIndex: 31 },
} as const satisfies Record<string, SourceCategory>

interface FieldDeclaration<Record> {
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
