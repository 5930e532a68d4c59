// Refuses a mapping that was given in code with a slip of the pen in it, as far as that can be known before any record is
// read. What depends on the scope and the data of the host (the questions of an event, which may not be there yet) is
// left to the sync, where it needs attention.
import { SyncConfigError } from '../errors.ts'
import { type MappableRootModel, type MappingProblem, validateMapping } from '../mapping/validate-mapping.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { MappingDocument } from '../sdk/mapping.ts'
import type { ProviderClass } from '../sdk/provider.ts'
import type { SourceField, SourceModel } from '../sdk/source-model.ts'

export async function checkMappings(
  catalog: Pick<Catalog, 'plugins' | 'sourceModels'>,
  {
    provider,
    document,
    connection: { name, scope },
  }: { provider: ProviderClass; document: MappingDocument; connection: { name: string; scope: string } },
): Promise<void> {
  const sourceModels = catalog.sourceModels()
  // A plugin that is out of use at the moment may be the one that brings it.
  const areModelsKnown = sourceModels.length > 0 && catalog.plugins.every(({ status }) => status === 'ready')
  const { externalObjectTypes: objectTypes, updateModes } = provider
  const models = await Promise.all(sourceModels.map((model) => mappable(model, scope)))
  const problems = validateMapping({ document, models, objectTypes, updateModes }).filter(
    ({ path }) => certain.test(path) && (areModelsKnown || !ofModels.test(path)),
  )
  if (problems.length === 0) return
  throw new SyncConfigError(
    `The mappings of the connection "${name}" cannot be used. Correct them:\n${problems
      .slice(0, 20)
      .map((problem) => sentenceOf(problem, document))
      .join('\n')}`,
  )
}

// Names that do not exist. The rest of what the validation finds is a warning at most while nobody looks at it: options
// of a field and conditions may fit tomorrow, and what an object requires may be there already.
const certain =
  /\.(sourceModel|sourceIdField|externalObjectType|externalField|updateMode|field|template|idField|reference|nestedModel)$/
const ofModels = /\.(sourceModel|reference)$/

function sentenceOf({ path, message }: MappingProblem, document: MappingDocument): string {
  const [index, ...rest] = path.split('.')
  return `- mapping "${document[Number(index)]?.key}", ${rest.join('.')}: ${message}`
}

async function mappable(model: SourceModel, scope: string): Promise<MappableRootModel> {
  const fieldsOf = async (name: string): Promise<{ fields: readonly SourceField[]; mayHaveOthers: boolean }> => {
    const unknown = { fields: [], mayHaveOthers: true }
    if (!model.hasFixedFields) return unknown
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
