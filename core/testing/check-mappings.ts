// What the mappings say, against what the provider declares and what the records of the test have: before anything is
// pushed, because a wrong name makes every push end alike, whatever the remote does.
import { type MappableRootModel, validateMapping } from '../mapping/validate-mapping.ts'
import { type MappingDocument, mappingDocumentSchema, type ObjectMapping } from '../sdk/mapping.ts'
import type { ConformanceOptions } from './conformance-options.ts'
import { demand } from './demand.ts'
import { openTrial } from './mapping-trial.ts'
import { orderModel } from './sample-order.ts'
import type { TestField } from './test-records.ts'
import { tryMappings } from './try-mappings.ts'

const ofProvider = "the provider's defaultMappings"
const ofTest = '`mappings`, which the test hands in'

export async function checkMappings(options: ConformanceOptions): Promise<void> {
  const trial = await openTrial(options)
  const { roots } = trial
  const given = givenMappings(options)
  const proposed = proposedMappings(options)
  const judged = [
    { title: ofProvider, problems: [...problemsOf(proposed, roots, options), ...elsewhereProblems(options)] },
    { title: ofTest, problems: problemsOf(given ?? [], roots, options) },
  ].filter(({ problems }) => problems.length > 0)
  const lines = judged.flatMap(({ title, problems }) => [
    `The mappings do not fit, in ${title}:`,
    ...problems.map((line) => `- ${line}`),
  ])
  demand(lines.length === 0, [...lines, ...ownModels(lines, options), ...available(options)].join('\n'))
  await tryMappings(options, { trial, given: given ?? proposed, title: given ? ofTest : ofProvider })
}

/** What the provider proposes for the models of the test; what it proposes for hosts with other models is left out. */
export function proposedMappings({ provider, models = [orderModel] }: ConformanceOptions): ObjectMapping[] {
  const known = models.flatMap(({ name, nested = {} }) => [name, ...Object.keys(nested)])
  return provider.defaultMappings.filter(({ sourceModel }) => known.includes(sourceModel))
}

// Of what is proposed for hosts with other models only the other end can be judged.
function elsewhereProblems(options: ConformanceOptions): string[] {
  const here = proposedMappings(options)
  const elsewhere = options.provider.defaultMappings.filter((mapping) => !here.includes(mapping))
  const unknown = { inputs: [], fields: [], mayHaveOthers: true, nested: [] }
  const models = elsewhere.map(({ sourceModel: name }) => ({ name, ...unknown }))
  return problemsOf(elsewhere, models, options, (path) => ofRemote.test(path))
}

const ofRemote = /\.(externalObjectType|externalIdField|externalField|updateMode|propertyMappings)$/

// Whoever maps the fields of a host of their own cannot know that the sample stands in for it.
function ownModels(lines: readonly string[], { models }: ConformanceOptions): string[] {
  if (models || !lines.some((line) => /: The source (field|model) "/.test(line))) return []
  return [
    'Source fields are looked for in the sample model; hand in `models` and `records` to test with source models of your own.',
  ]
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
  isJudged: (path: string) => boolean = () => true,
): string[] {
  const { externalObjectTypes: objectTypes, updateModes } = provider
  return validateMapping({ document, models, objectTypes, updateModes })
    .filter(({ path }) => isJudged(path))
    .map(({ path, message }) => {
      const [index, ...rest] = path.split('.')
      return `"${document[Number(index)]?.key}", ${rest.join('.')}: ${message}`
    })
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
