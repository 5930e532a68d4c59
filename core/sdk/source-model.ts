// How a host's records become readable: a source model loads them in batches, its source fields read one value each.
import type { SourceValue } from './property-value.ts'

export const sourceTypes = [
  'text',
  'multiline',
  'email',
  'url',
  'phone',
  'country',
  'integer',
  'decimal',
  'boolean',
  'date',
  'datetime',
  'time',
  'choice',
  'multiple_choice',
] as const
/** Choice and multiple_choice getters return lists of option keys, boolean a boolean, all others text. */
export type SourceType = (typeof sourceTypes)[number]

export interface FieldOption {
  key: string
  label: string
}

/** The named records a getter reads from, for example `{ order, event }`. */
export type Inputs = Readonly<Record<string, unknown>>

export interface SourceField {
  /** Stable key that mappings store, for example `invoice_address_city`. */
  key: string
  label: string
  category: SourceCategory
  type: SourceType
  /** The choices of a `choice` or `multiple_choice` field. */
  options?: readonly FieldOption[]
  /** Name of the input the getter needs; a model without it cannot use the field. */
  requiredInput: string
  /** Hidden in pickers unless a mapping already uses it. */
  isDeprecated?: boolean
  /** Pure. Dates as ISO 8601 in the event's zone, decimals as stored. */
  getter(inputs: Inputs): SourceValue
}

export interface SourceCategory {
  label: string
  /** Categories are listed in this order. */
  sortIndex: number
}

/** A loaded nested record, for example one position of an order. */
export interface NestedRecord {
  id: string
  label: string
  inputs: Inputs
}

/** A loaded root record with everything its fields and its nested models' fields read from. */
export interface SourceRecord {
  id: string
  /** What a person calls it, for example the order code. */
  label: string
  scope: string
  /** A link to the record in the host, relative to the host. */
  href?: string
  /** Grows with every change; lets a load notice that it reads older data than the signal. */
  version?: number
  inputs: Inputs
  nested: Readonly<Record<string, readonly NestedRecord[]>>
}

export interface SourceFilterField {
  key: string
  label: string
  type: 'text' | 'date' | 'choice'
  options?: readonly FieldOption[]
}
export type SourceFilter = Readonly<Record<string, string>>

export interface LoadOptions {
  scope: string
  signal: AbortSignal
  /** Tells of one record that it is there and cannot be read: its job fails with the error, the others go on. */
  unreadable?(id: string, error: unknown): void
}

export interface SourceModel {
  name: string
  label: string
  labelPlural: string
  /** The names of the inputs that its fields may require. */
  inputs: readonly string[]
  /** Nested models by name; their fields are read from `SourceRecord.nested[name]`. */
  nested: Readonly<Record<string, { label: string; inputs: readonly string[] }>>
  filters: readonly SourceFilterField[]
  /**
   * `fields` answers the same in every scope and at every time: then a mapping that is given in code with another field
   * is refused at once, and not only when a record is to be sent. @default false
   */
  hasFixedFields?: boolean
  /** The fields of the model or of one of its nested models in a scope; questions and lists differ by scope. */
  fields(model: string, scope: string): Promise<readonly SourceField[]>
  /** What a person calls the record, where the id says it: then lists need not load what they show. */
  labelOf?(id: string): string
  /** Loads the records of a whole batch with a fixed number of queries. An id that no longer exists is left out. */
  load(ids: readonly string[], options: LoadOptions): Promise<readonly SourceRecord[]>
  /** One page of ids in a stable order after the cursor; `next` is null at the end. */
  page(
    after: string | null,
    filter: SourceFilter,
    options: { scope: string; limit: number; signal: AbortSignal },
  ): Promise<{ records: readonly { id: string; scope: string }[]; next: string | null }>
  count(filter: SourceFilter, options: { scope: string; signal: AbortSignal }): Promise<number>
}
