// What the mappings say, against what the provider declares and what the records of the test have: before anything is
// pushed, because a wrong name makes every push end alike, whatever the remote does.
import { type MappableRootModel, validateMapping } from '../mapping/validate-mapping.ts'
import { type MappingDocument, mappingDocumentSchema } from '../sdk/mapping.ts'
import type { SourceModel } from '../sdk/source-model.ts'
import type { ConformanceOptions } from './conformance-options.ts'
import { demand } from './demand.ts'
import { orderModel } from './sample-order.ts'
import { createTestRecords, type TestField } from './test-records.ts'
import { tryMappings } from './try-mappings.ts'

const scope = 'organizer:conformance'

export async function checkMappings(options: ConformanceOptions): Promise<void> {
  const { provider, models = [orderModel] } = options
  const { records, sourceModels } = createTestRecords({ models, scope })
  const roots = await Promise.all(sourceModels.map(mappableModel))
  const known = roots.flatMap(({ name, nested }) => [name, ...nested.map((one) => one.name)])
  const given = givenMappings(options)
  // Proposals that were made for a host with other models are judged by what concerns the models of the test.
  const proposed = provider.defaultMappings.filter(({ sourceModel }) => known.includes(sourceModel))
  const problems = [...problemsOf(proposed, roots, options), ...problemsOf(given ?? [], roots, options)]
  demand(
    problems.length === 0,
    ['The mappings do not fit:', ...problems.map((line) => `- ${line}`), ...available(options)].join('\n'),
  )
  await tryMappings(options, { mappings: given ?? proposed, roots, records, sourceModels })
}

function givenMappings({ mappings }: ConformanceOptions): MappingDocument | null {
  if (!mappings) return null
  const parsed = mappingDocumentSchema.safeParse(mappings)
  const issues = parsed.error?.issues.map(({ path, message }) => `- ${path.join('.')}: ${message}`) ?? []
  return demand(parsed.data ?? null, ['`mappings` are not of the shape of ObjectMappingInput:', ...issues].join('\n'))
}

function problemsOf(
  document: MappingDocument,
  models: readonly MappableRootModel[],
  { provider }: ConformanceOptions,
): string[] {
  const { externalObjectTypes: objectTypes, updateModes } = provider
  return validateMapping({ document, models, objectTypes, updateModes }).map(({ path, message }) => {
    const [index, ...rest] = path.split('.')
    return `"${document[Number(index)]?.key}", ${rest.join('.')}: ${message}`
  })
}

async function mappableModel(model: SourceModel): Promise<MappableRootModel> {
  const nested = Object.entries(model.nested).map(async ([name, { inputs }]) => ({
    name,
    inputs,
    fields: await model.fields(name, scope),
  }))
  const { name, inputs } = model
  return { name, inputs, fields: await model.fields(name, scope), nested: await Promise.all(nested) }
}

/** What can be chosen from, a line each. */
function available({ provider, models = [orderModel] }: ConformanceOptions): string[] {
  const keys = (fields: readonly TestField[]): string => fields.map(({ key }) => key).join(', ')
  return [
    ...models.flatMap(({ name, fields, nested = {} }) => [
      `Source fields of ${name}: ${keys(fields)}.`,
      ...Object.entries(nested).map(([one, own]) => `Source fields of ${one}: ${keys(own)}; and those of ${name}.`),
    ]),
    ...provider.externalObjectTypes.map(
      ({ name, fields, idFields, allowsOtherFields }) =>
        `External fields of ${name}: ${fields.map(({ key }) => key).join(', ')}${allowsOtherFields ? '; and any other' : ''}. Matched on ${idFields.join(' or ')}.`,
    ),
  ]
}
