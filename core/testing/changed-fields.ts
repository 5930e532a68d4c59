// Which values of a record have to arrive when it has changed: those that a mapping sends by "overwrite" to an object that
// it may change. Computed from the mappings, because what a provider leaves alone stands in no history.
import { isDeepStrictEqual } from 'node:util'
import { mappingDocumentSchema, type ObjectMapping, type PropertyMapping } from '../sdk/mapping.ts'
import type { PropertyValue } from '../sdk/property-value.ts'
import type { ConformanceOptions } from './conformance-options.ts'
import { type MappedRecord, mapRecord, openTrial, pushedMappings } from './mapping-trial.ts'
import type { TestRecord } from './test-records.ts'

export interface ChangedField {
  mapping: string
  externalField: string
  old: PropertyValue
  value: PropertyValue
}

/** Whether a change of a record can have to arrive at all. */
export function canOverwrite(options: ConformanceOptions): boolean {
  const { data } = mappingDocumentSchema.safeParse(options.mappings ?? options.provider.defaultMappings)
  // What is of no good shape is told by the check of the declaration.
  return !data || pushedMappings(options, data).some(isOverwriting)
}

export function canUpdate({ mode }: ObjectMapping): boolean {
  return mode === 'upsert' || mode === 'update'
}

function isOverwriting(mapping: ObjectMapping): boolean {
  return canUpdate(mapping) && mapping.propertyMappings.some((property) => isChangeable(property, mapping))
}

// A constant is the same for every record, and what identifies an object is not to be changed.
function isChangeable(property: PropertyMapping, { sourceIdField }: ObjectMapping): boolean {
  if (property.updateMode !== 'overwrite') return false
  if (!('source' in property)) return true
  const { source } = property
  return !('constant' in source) && !('field' in source && source.field === sourceIdField)
}

export async function changedFields(
  options: ConformanceOptions,
  given: readonly ObjectMapping[],
  [former, record]: readonly [TestRecord, TestRecord],
): Promise<ChangedField[]> {
  const mappings = pushedMappings(options, given).filter(canUpdate)
  const context = { options, mappings, trial: await openTrial(options) }
  const before = overwritten(await mapRecord(context, 'the record before records.change', former))
  const after = overwritten(await mapRecord(context, 'the record after records.change', record))
  return after.flatMap(({ mapping, idValue, externalField, value }) => {
    const old = before.find(
      (one) => one.mapping === mapping && one.idValue === idValue && one.externalField === externalField,
    )
    return old && !isDeepStrictEqual(old.value, value) ? [{ mapping, externalField, old: old.value, value }] : []
  })
}

function overwritten(mapped: readonly MappedRecord[]) {
  return mapped.flatMap(({ mapping: { key }, result }) => {
    if (result.kind !== 'object') return []
    const { idValue, properties } = result
    const values = properties.flatMap(([field, value, mode]) => (mode === 'overwrite' ? [[field, value] as const] : []))
    // Of several values for one field the last is written.
    return [...new Map(values)].map(([externalField, value]) => ({ mapping: key, idValue, externalField, value }))
  })
}
