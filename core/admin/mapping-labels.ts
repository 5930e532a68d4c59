// What a person calls the parts of a mapping: models and fields as the host names them in a scope, object types and their
// fields as the provider does. Where nobody has a name for a thing, its key is shown.
import { messageOf } from '../errors.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { ExternalObjectType } from '../sdk/external-object-type.ts'
import type { Log } from '../sdk/log.ts'
import type { ObjectMapping } from '../sdk/mapping.ts'

export interface MappingLabels {
  model(name: string): string
  /** A field of a source model. */
  field(model: string, key: string): string
  /** A choice of such a field. */
  option(model: string, field: string, key: string): string
  objectType(name: string): string
  externalField(objectType: string, key: string): string
}

export async function loadMappingLabels(
  mappings: readonly ObjectMapping[],
  {
    catalog,
    scope,
    objectTypes,
    log,
  }: {
    catalog: Pick<Catalog, 'sourceModelOf'>
    scope: string
    objectTypes: readonly ExternalObjectType[]
    log: Log
  },
): Promise<MappingLabels> {
  const names = new Set(mappings.flatMap((mapping) => [mapping.sourceModel, ...nestedModelsOf(mapping)]))
  const lists = await Promise.all(
    [...names].map(async (name) => {
      try {
        const fields = (await catalog.sourceModelOf(name)?.fields(name, scope)) ?? []
        return fields.map((field) => [`${name}/${field.key}`, field] as const)
      } catch (error) {
        // The keys are shown instead; the page is worth more than its labels.
        log.warn({ model: name, scope, error: messageOf(error) }, 'The host could not name its fields')
        return []
      }
    }),
  )
  const fields = new Map(lists.flat())
  const typeOf = (name: string) => objectTypes.find((type) => type.name === name)
  return Object.freeze({
    model(name) {
      const model = catalog.sourceModelOf(name)
      return (model?.name === name ? model.label : model?.nested[name]?.label) ?? name
    },
    field: (model, key) => fields.get(`${model}/${key}`)?.label ?? key,
    option: (model, field, key) =>
      fields.get(`${model}/${field}`)?.options?.find((option) => option.key === key)?.label ?? key,
    objectType: (name) => typeOf(name)?.label ?? name,
    externalField: (type, key) => typeOf(type)?.fields.find((field) => field.key === key)?.label ?? key,
  } satisfies MappingLabels)
}

function nestedModelsOf(mapping: ObjectMapping): string[] {
  return mapping.propertyMappings.flatMap((property) => ('each' in property ? [property.each.nestedModel] : []))
}
