// One record and one mapping in, the identifier and the properties of one external object out. The step of the line between
// loading and sending (DESIGN section 5): called for every object of every order, so it does no work twice. PURE and total:
// a value or a MappingError.

import { assignProperties } from '../sdk/assign-properties.ts'
import type { ExternalField, ExternalObjectType } from '../sdk/external-object-type.ts'
import type { NestedPropertyMapping, ObjectMapping, Property, PropertyMapping } from '../sdk/mapping.ts'
import type { PropertyValue } from '../sdk/property-value.ts'
import type { NestedRecord, SourceRecord } from '../sdk/source-model.ts'
import type { MappedObjects } from '../sdk/sync-object.ts'
import { describeCondition, meetsCondition } from './conditions.ts'
import { convertValue } from './conversions.ts'
import { externalFieldOf, undeclaredField } from './external-fields.ts'
import { readPropertySource, type SourceContext } from './property-source.ts'
import type { SourceReference } from './references.ts'
import {
  createNestedReaders,
  createReader,
  type Fields,
  fieldOf,
  readField,
  textOfSourceValue,
} from './source-fields.ts'
import { applyTransforms } from './transforms.ts'
import { isToCome } from './value-to-come.ts'

export { referencesOf, type SourceReference } from './references.ts'

export interface MappingInput {
  mapping: ObjectMapping
  /** The root record. */
  record: SourceRecord
  /** The record itself when `mapping.sourceModel` is a nested model. */
  nestedRecord?: NestedRecord
  /** The fields of a model by key, for the record's scope; an empty map for a model that does not exist. */
  fields(model: string): Fields
  /** Null where the provider declares none: every field is of type `any`. */
  objectType: ExternalObjectType | null
  /** Joins list values into text; null keeps them as lists. */
  listFieldJoiner: string | null
  /** The results of the mappings that ran before. */
  mappedObjects: MappedObjects
  /** The remote id of the external object of a source record, or null when it has none yet. */
  resolveReference(model: string, id: string): string | null
}

export type MappedProperties =
  | { kind: 'properties'; properties: Property[] }
  /** A record that the object refers to has no external object yet. */
  | { kind: 'waiting'; reference: SourceReference }

export type MappedResult =
  | { kind: 'object'; idValue: string; properties: Property[] }
  | { kind: 'skipped'; reason: string }
  | { kind: 'waiting'; reference: SourceReference }

export function applyMapping(input: MappingInput): MappedResult {
  const { mapping } = input
  const context = createContext(input)
  const { reader } = context
  if (mapping.when !== null && !meetsCondition(mapping.when, reader)) {
    const condition = describeCondition(mapping.when, reader.fields)
    return { kind: 'skipped', reason: `${reader.label} does not meet the condition of the mapping: ${cut(condition)}.` }
  }
  const idField = fieldOf(reader, mapping.sourceIdField)
  const idValue = textOfSourceValue(readField(reader, idField), input.listFieldJoiner ?? ',')
  if (idValue.trim() === '') {
    return {
      kind: 'skipped',
      reason: `${reader.label} has no value in "${idField.label}", by which its ${mapping.externalObjectType} is identified.`,
    }
  }
  const mapped = mapProperties(input, mapping.propertyMappings, context)
  return mapped.kind === 'waiting' ? mapped : { kind: 'object', idValue, properties: mapped.properties }
}

/**
 * The properties alone, for `whenNoLonger.update`: neither the condition nor the identifier is looked at. For a nested
 * record that is gone, hand in a `nestedRecord` with its id and the root record's inputs.
 */
export function applyProperties(input: MappingInput, propertyMappings: readonly PropertyMapping[]): MappedProperties {
  return mapProperties(input, propertyMappings, createContext(input))
}

export function createContext(input: MappingInput): SourceContext {
  const { sourceModel } = input.mapping
  return {
    reader: createReader(sourceModel, input.nestedRecord ?? input.record, input.fields(sourceModel)),
    record: input.record,
    joiner: input.listFieldJoiner,
    mappedObjects: input.mappedObjects,
    resolveReference: (model, id) => input.resolveReference(model, id),
    unresolved: [],
  }
}

function mapProperties(
  input: MappingInput,
  propertyMappings: readonly PropertyMapping[],
  context: SourceContext,
): MappedProperties {
  const properties: Property[] = []
  for (const property of propertyMappings) {
    const to = externalFieldOf(input.objectType, property.externalField)
    const value = 'each' in property ? mapEach(property, to, input, context) : mapProperty(property, to, context)
    properties.push([property.externalField, value, property.updateMode])
  }
  // All properties are looked at first: a mistake in the mapping is told at once and not after a long wait.
  const [reference] = context.unresolved
  return reference === undefined ? { kind: 'properties', properties } : { kind: 'waiting', reference }
}

function mapProperty(property: NestedPropertyMapping, to: ExternalField, context: SourceContext): PropertyValue {
  const { value, from, origin } = readPropertySource(property, context)
  if (isToCome(value)) return value
  const { transforms } = property
  if (transforms.length === 0) return convertValue(value, { from, to, joiner: context.joiner, origin })
  const transformed = applyTransforms(value, transforms, property.externalField)
  return convertValue(transformed, { from: 'any', to, joiner: context.joiner, origin })
}

function mapEach(
  { each }: Extract<PropertyMapping, { each: unknown }>,
  to: ExternalField,
  input: MappingInput,
  context: SourceContext,
): PropertyValue {
  const joiner = input.listFieldJoiner
  const items = createNestedReaders(input.record, each.nestedModel, input.fields(each.nestedModel)).map((reader) => {
    const itemContext = { ...context, reader }
    const properties = each.propertyMappings.map((property): Property => {
      const value = mapProperty(property, undeclaredField(property.externalField), itemContext)
      return [property.externalField, value, property.updateMode]
    })
    // An item is built anew each time, so the update modes only settle which of two entries for one key wins.
    return assignProperties(properties, {}, { isNew: true, listSeparator: joiner })
  })
  return convertValue(items, { from: 'each', to, joiner: null, origin: each.nestedModel })
}

function cut(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
