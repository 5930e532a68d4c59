// Replaces option keys by what the remote calls them. PURE.
import { MappingError } from '../errors.ts'
import type { NestedPropertyMapping } from '../sdk/mapping.ts'
import { didYouMean } from '../sdk/near-name.ts'
import { isEmptyValue, type PropertyValue, type SourceValue } from '../sdk/property-value.ts'
import type { SourceField } from '../sdk/source-model.ts'

/**
 * Applies only to lists of a field with options, and only when the map has entries. An option that is mapped to nothing
 * (null, empty text) is left out. An option that is not mapped takes `valueMapDefault`, else it is a MappingError.
 */
export function applyValueMap(value: SourceValue, field: SourceField, property: NestedPropertyMapping): PropertyValue {
  const { valueMap } = property
  if (valueMap === undefined || !field.options?.length || !Array.isArray(value)) return value
  if (Object.keys(valueMap).length === 0) return value
  const mapped: PropertyValue[] = []
  for (const option of value) {
    const replacement = Object.hasOwn(valueMap, option) ? valueMap[option] : property.valueMapDefault
    if (replacement === undefined) {
      const label = field.options.find(({ key }) => key === option)?.label
      throw new MappingError(
        `The option "${option}"${label === undefined || label === option ? '' : ` (${label})`} of "${field.label}" has no ` +
          `entry in the value mapping of the property "${property.externalField}".` +
          `${didYouMean(option, Object.keys(valueMap))} Update the value mapping, or give it a default.`,
      )
    }
    if (!isEmptyValue(replacement)) mapped.push(replacement)
  }
  return mapped
}
