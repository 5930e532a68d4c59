// The source models as a mapping is checked against them: what the loaded plugins bring, with the fields that they have in
// one scope.
import type { MappableRootModel } from '../mapping/validate-mapping.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { SourceField, SourceModel } from '../sdk/source-model.ts'

/** Fields that cannot be had are told as such; nothing is then said of them. */
export function loadMappableModels(
  catalog: Pick<Catalog, 'sourceModels'>,
  {
    scope,
    onlyFixed = false,
  }: {
    scope: string
    /** Ask only for fields that are the same in every scope and at every time. */
    onlyFixed?: boolean
  },
): Promise<readonly MappableRootModel[]> {
  return Promise.all(catalog.sourceModels().map((model) => mappable(model, scope, onlyFixed)))
}

async function mappable(model: SourceModel, scope: string, onlyFixed: boolean): Promise<MappableRootModel> {
  const fieldsOf = async (name: string): Promise<{ fields: readonly SourceField[]; mayHaveOthers: boolean }> => {
    const unknown = { fields: [], mayHaveOthers: true }
    if (onlyFixed && !model.hasFixedFields) return unknown
    try {
      return { fields: await model.fields(name, scope), mayHaveOthers: false }
    } catch {
      // It fails again when a record is read, and is told there with its plugin's name.
      return unknown
    }
  }
  return {
    name: model.name,
    inputs: model.inputs,
    ...(await fieldsOf(model.name)),
    nested: await Promise.all(
      Object.entries(model.nested).map(async ([name, { inputs }]) => ({ name, inputs, ...(await fieldsOf(name)) })),
    ),
  }
}
