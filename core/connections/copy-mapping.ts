// What the mapping of one connection would be at another: what the other provider can take, with the fields of the other
// scope in the place of those that are of this one only.
import { type FittedMappings, fitObjectTypes } from '../mapping/fit-object-types.ts'
import { type FieldTranslation, translateFields } from '../mapping/translate-fields.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { ExternalObjectType } from '../sdk/external-object-type.ts'
import type { MappingDocument } from '../sdk/mapping.ts'
import { loadMappableModels } from './mappable-models.ts'

export interface MappingCopy extends FittedMappings {
  translations: readonly FieldTranslation[]
  /** Models whose fields the host could not list in one of the scopes: what is mapped from them is copied as it is. */
  unlistedModels: readonly string[]
}

export async function copyMapping(
  catalog: Pick<Catalog, 'sourceModels'>,
  {
    document,
    from,
    to,
  }: {
    document: MappingDocument
    from: { provider: string; scope: string }
    to: { provider: string; scope: string; objectTypes: readonly ExternalObjectType[] }
  },
): Promise<MappingCopy> {
  // One provider may hold more than it declares; whatever does not fit there is told by the validation.
  const fitted = fitObjectTypes(document, from.provider === to.provider ? [] : to.objectTypes)
  if (from.scope === to.scope) return { ...fitted, translations: [], unlistedModels: [] }
  const [here, there] = await Promise.all([from, to].map(({ scope }) => loadMappableModels(catalog, { scope })))
  const scopes = { from: here ?? [], to: there ?? [] }
  const used = new Set(
    fitted.document.flatMap(({ sourceModel, propertyMappings }) => [
      sourceModel,
      ...propertyMappings.flatMap((property) => ('each' in property ? property.each.nestedModel : [])),
    ]),
  )
  const unlisted = [...scopes.from, ...scopes.to]
    .flatMap((model) => [model, ...model.nested])
    .filter(({ name, mayHaveOthers }) => mayHaveOthers && used.has(name))
  return {
    ...fitted,
    ...translateFields(fitted.document, scopes),
    unlistedModels: [...new Set(unlisted.map(({ name }) => name))],
  }
}
