// What a remote system holds, as its provider declares or discovers it: drawn in pickers, used by the conversion table.
import type { UpdateMode } from './mapping.ts'
import type { FieldOption } from './source-model.ts'

export const externalTypes = [
  'text',
  'email',
  'url',
  'integer',
  'number',
  'decimal',
  'boolean',
  'date',
  'datetime',
  'choice',
  'list',
  'object_list',
  'any',
] as const
/** `decimal` travels as text as it is stored, `number` as a JSON number; `any` takes the value as it is. */
export type ExternalType = (typeof externalTypes)[number]

export interface ExternalField {
  key: string
  label: string
  type: ExternalType
  isRequired?: boolean
  options?: readonly FieldOption[]
  maxLength?: number
  /** @default those of the provider */
  updateModes?: readonly UpdateMode[]
}

export interface ExternalObjectType {
  name: string
  label: string
  fields: readonly ExternalField[]
  /** Fields an object can be matched on. */
  idFields: readonly string[]
  /** Accept fields that are not listed, as type `any`. @default false */
  allowsOtherFields?: boolean
}
