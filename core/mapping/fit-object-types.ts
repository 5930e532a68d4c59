// What of a mapping document another provider can take: mappings whose object type it has and matches on the same field,
// with the properties that it knows. PURE.
import type { ExternalObjectType } from '../sdk/external-object-type.ts'
import type { MappingDocument, ObjectMapping } from '../sdk/mapping.ts'
import { findExternalField } from './external-fields.ts'

export interface FittedMappings {
  document: MappingDocument
  leftOutMappings: readonly ObjectMapping[]
  /** Of the mappings that stay. */
  leftOutProperties: readonly { mapping: ObjectMapping; externalField: string }[]
}

/** All of it where no type is declared: then every type and every field is accepted. */
export function fitObjectTypes(document: MappingDocument, objectTypes: readonly ExternalObjectType[]): FittedMappings {
  if (objectTypes.length === 0) return { document, leftOutMappings: [], leftOutProperties: [] }
  const typeOf = ({ externalObjectType }: ObjectMapping) => objectTypes.find(({ name }) => name === externalObjectType)
  const fits = (mapping: ObjectMapping) => typeOf(mapping)?.idFields.includes(mapping.externalIdField) ?? false
  const kept = document.filter(fits)
  const isKnown = (mapping: ObjectMapping) => {
    const type = typeOf(mapping) ?? null
    return ({ externalField }: { externalField: string }) => findExternalField(type, externalField) !== null
  }
  return {
    document: kept.map((mapping) => {
      const { whenNoLonger } = mapping
      const update = typeof whenNoLonger === 'string' ? [] : whenNoLonger.update.filter(isKnown(mapping))
      return {
        ...mapping,
        propertyMappings: mapping.propertyMappings.filter(isKnown(mapping)),
        whenNoLonger: typeof whenNoLonger === 'string' ? whenNoLonger : update.length > 0 ? { update } : 'keep',
      }
    }),
    leftOutMappings: document.filter((mapping) => !fits(mapping)),
    leftOutProperties: kept.flatMap((mapping) => {
      const { whenNoLonger } = mapping
      const updates = typeof whenNoLonger === 'string' ? [] : whenNoLonger.update
      const unknown = [...mapping.propertyMappings, ...updates].filter((property) => !isKnown(mapping)(property))
      return [...new Set(unknown.map(({ externalField }) => externalField))].map((externalField) => ({
        mapping,
        externalField,
      }))
    }),
  }
}
