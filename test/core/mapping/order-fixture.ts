// A small order with two positions and the fields to read it, for the tests of the mapping room.
import type { MappingInput } from '../../../core/mapping/apply-mapping.ts'
import type { FieldReader } from '../../../core/mapping/source-fields.ts'
import type { NestedPropertyMapping, ObjectMapping, ObjectMappingInput } from '../../../core/sdk/mapping.ts'
import { objectMappingSchema } from '../../../core/sdk/mapping.ts'
import type { SourceValue } from '../../../core/sdk/property-value.ts'
import type {
  FieldOption,
  NestedRecord,
  SourceField,
  SourceRecord,
  SourceType,
} from '../../../core/sdk/source-model.ts'
import type { MappedObject } from '../../../core/sdk/sync-object.ts'

const statusOptions = [
  { key: 'n', label: 'pending' },
  { key: 'p', label: 'paid' },
  { key: 'e', label: 'expired' },
]
const topicOptions = [
  { key: 'db', label: 'Databases' },
  { key: 'ui', label: 'Interfaces' },
]

const orderValues: Record<string, [type: SourceType, value: SourceValue, options?: readonly FieldOption[]]> = {
  code: ['text', 'ABC12'],
  email: ['email', 'ada@example.org'],
  total: ['decimal', '120.50'],
  status: ['choice', ['p'], statusOptions],
  no_choice: ['choice', [], statusOptions],
  topics: ['multiple_choice', ['db', 'ui'], topicOptions],
  placed_at: ['datetime', '2026-03-01T09:30:00+01:00'],
  due_on: ['date', '2026-03-15'],
  is_test: ['boolean', false],
  seats: ['integer', '12'],
  name: ['text', 'Ada King Lovelace'],
  zip: ['text', '01234'],
  note: ['multiline', null],
  customer_id: ['text', 'c1'],
}

/** A field whose getter reads `inputs[requiredInput][key]`. */
export function field(
  key: string,
  type: SourceType,
  requiredInput: string,
  options?: readonly FieldOption[],
): SourceField {
  return {
    key,
    label: `The ${key}`,
    category: { label: 'Order', sortIndex: 1 },
    type,
    options,
    requiredInput,
    getter: (inputs) => Reflect.get(Object(inputs[requiredInput]), key),
  }
}

export const orderFields: ReadonlyMap<string, SourceField> = new Map(
  Object.entries(orderValues).map(([key, [type, , options]]) => [key, field(key, type, 'order', options)]),
)
export const positionFields: ReadonlyMap<string, SourceField> = new Map([
  ['position_id', field('position_id', 'text', 'position')],
  ['attendee', field('attendee', 'text', 'position')],
  ['price', field('price', 'decimal', 'position')],
  ['product_id', field('product_id', 'text', 'position')],
  ['topics', field('topics', 'multiple_choice', 'position', topicOptions)],
  ['code', field('code', 'text', 'order')],
])
const noFields: ReadonlyMap<string, SourceField> = new Map()

const order = Object.fromEntries(Object.entries(orderValues).map(([key, [, value]]) => [key, value]))

function position(id: string, values: Record<string, SourceValue>): NestedRecord {
  return { id, label: `ABC12-${id}`, inputs: { position: { position_id: id, ...values }, order } }
}
export const positions: readonly NestedRecord[] = [
  position('1', { attendee: 'Grace', price: '100.00', product_id: 'p1', topics: ['db'] }),
  position('2', { attendee: '', price: '20.50', product_id: 'p2', topics: [] }),
]

export const orderRecord: SourceRecord = {
  id: '7',
  label: 'ABC12',
  scope: '',
  inputs: { order },
  nested: { OrderPosition: positions, Payment: [] },
}

export const orderReader: FieldReader = {
  model: 'Order',
  id: '7',
  label: 'ABC12',
  fields: orderFields,
  inputs: orderRecord.inputs,
}

export function fieldsOf(model: string): ReadonlyMap<string, SourceField> {
  return model === 'Order' ? orderFields : model === 'OrderPosition' ? positionFields : noFields
}

export function orderMapping(members: Partial<ObjectMappingInput> = {}): ObjectMapping {
  return objectMappingSchema.parse({
    key: 'orders',
    sourceModel: 'Order',
    externalObjectType: 'deal',
    sourceIdField: 'code',
    externalIdField: 'number',
    propertyMappings: [],
    ...members,
  })
}

/** One property `x` with these members. */
export function property(members: Partial<NestedPropertyMapping>): NestedPropertyMapping {
  return { externalField: 'x', source: { constant: null }, transforms: [], updateMode: 'overwrite', ...members }
}

export function mappingInput(
  members: Partial<ObjectMappingInput> = {},
  rest: Partial<MappingInput> = {},
): MappingInput {
  return {
    mapping: orderMapping(members),
    record: orderRecord,
    fields: fieldsOf,
    objectType: null,
    listFieldJoiner: ',',
    mappedObjects: {},
    resolveReference: () => null,
    ...rest,
  }
}

export function mappedObject(sourceModel: string, sourceId: string, members: object = {}): MappedObject {
  return {
    action: 'created',
    remoteId: `r${sourceId}`,
    sourceModel,
    sourceId,
    externalObjectType: 'contact',
    externalIdField: 'email',
    idValue: sourceId,
    ...members,
  }
}
